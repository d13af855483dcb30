"""Reading pictures of all formats and modes, and refusing other files."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vae.data import picture_files as images
from vae.data.picture_files import UnreadableImageError, image_size, read_on_backgrounds, read_picture
from vae.errors import DataError

GREY, COLOUR = (8, 8, 1), (8, 8, 3)


def _file(image: Image.Image, kind: str = "PNG", **settings) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    buffer.seek(0)
    return buffer


def _quarters(mode: str = "RGB", size: int = 64) -> Image.Image:
    """Red, green, blue and black quarters: upper left, upper right, lower left, lower right."""
    pixels = np.zeros((size, size, 3), np.uint8)
    half = size // 2
    pixels[:half, :half, 0] = pixels[:half, half:, 1] = pixels[half:, :half, 2] = 255
    return Image.fromarray(pixels).convert(mode)


def _corners(picture: np.ndarray) -> list[list[int]]:
    return [picture[row, column].tolist() for row, column in ((1, 1), (1, -2), (-2, 1), (-2, -2))]


def read_image(source, shape) -> np.ndarray:
    """Read a picture over black."""
    return read_on_backgrounds(source, shape)[0]


RED, GREEN, BLUE, BLACK = [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "JPEG"])
def test_every_kind_is_read_in_colour_and_grey(kind):
    settings = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    picture = read_image(_file(_quarters(), kind, **settings), COLOUR)
    assert (picture.shape, picture.dtype) == (COLOUR, np.uint8)
    np.testing.assert_allclose(_corners(picture), [RED, GREEN, BLUE, BLACK], atol=8)
    grey = read_image(_file(_quarters(), kind, **settings), GREY)
    assert grey.shape == GREY
    # ITU-R 601 luma: green is bright, blue is dark.
    np.testing.assert_allclose(np.ravel(_corners(grey)), [76, 150, 29, 0], atol=8)


def test_a_path_is_read_like_a_stream(tmp_path):
    _quarters().save(tmp_path / "quarters.png")
    expected = read_image(_file(_quarters()), COLOUR)
    np.testing.assert_array_equal(read_image(tmp_path / "quarters.png", COLOUR), expected)
    np.testing.assert_array_equal(read_image(str(tmp_path / "quarters.png"), COLOUR), expected)


def test_a_picture_of_the_target_size_is_unchanged():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    np.testing.assert_array_equal(read_image(_file(Image.fromarray(pixels)), GREY)[..., 0], pixels)


@pytest.mark.parametrize("size", [(200, 64), (64, 200)])
def test_another_ratio_is_cropped_around_the_centre(size):
    canvas = Image.new("RGB", size, "white")
    canvas.paste(_quarters(), ((size[0] - 64) // 2, (size[1] - 64) // 2))
    np.testing.assert_allclose(_corners(read_image(_file(canvas), COLOUR)), [RED, GREEN, BLUE, BLACK], atol=8)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
def test_thin_and_tiny_pictures_are_enlarged(size):
    assert (read_image(_file(Image.new("L", size, 77)), GREY) == 77).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_exif_orientation_is_applied(orientation, kind):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # stored rotated to the left, to be shown rotated to the right
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = _quarters().transpose(undo[orientation]) if orientation > 1 else _quarters()
    exif = Image.Exif()
    exif[0x0112] = orientation
    settings = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    shown = read_image(_file(stored, kind, exif=exif, **settings), COLOUR)
    np.testing.assert_allclose(_corners(shown), [RED, GREEN, BLUE, BLACK], atol=10)


def test_the_orientation_of_a_16_bit_picture_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 3
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    shown = read_image(_file(Image.fromarray(ramp[::-1, ::-1].copy()), exif=exif), GREY)
    np.testing.assert_allclose(shown[..., 0], ramp / 257, atol=1)


def test_sixteen_bits_are_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    np.testing.assert_allclose(read_image(_file(Image.fromarray(ramp)), GREY)[..., 0], ramp / 257, atol=1)


def test_a_nearly_black_sixteen_bit_picture_stays_nearly_black():
    assert read_image(_file(Image.fromarray(np.full((8, 8), 200, np.uint16))), GREY).max() <= 1


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_shows_black(mode):
    layer = Image.new(mode, (16, 16), (255, 255, 255, 255) if mode == "RGBA" else (255, 255))
    layer.paste((255, 255, 255, 0) if mode == "RGBA" else (255, 0), (0, 0, 16, 8))
    shown = read_image(_file(layer), GREY)[..., 0]
    assert (shown[:3] <= 2).all()
    assert (shown[-3:] >= 253).all()


def test_half_transparent_white_is_middle_grey():
    np.testing.assert_allclose(read_image(_file(Image.new("RGBA", (8, 8), (255, 255, 255, 128))), COLOUR), 128, atol=1)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_transparent_colour_shows_black(mode):
    image = _quarters().convert("L").point(lambda v: 255 if v > 100 else 0).convert(mode)
    opaque = read_image(_file(image), GREY)
    assert opaque[1, -2] >= 253
    white = {"1": 1, "L": 255, "P": image.convert("P").getpixel((60, 2)), "RGB": (255, 255, 255)}[mode]
    assert (read_image(_file(image, transparency=white), GREY) == 0).all()


def test_a_palette_s_colours_are_looked_up():
    np.testing.assert_allclose(_corners(read_image(_file(_quarters("P")), COLOUR)), [RED, GREEN, BLUE, BLACK], atol=8)


def test_cmyk_is_converted():
    shown = read_image(_file(_quarters("CMYK"), "JPEG", quality=95, subsampling=0), COLOUR)
    np.testing.assert_allclose(_corners(shown), [RED, GREEN, BLUE, BLACK], atol=12)
    assert read_image(_file(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "JPEG"), GREY).min() > 250


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation_is_read(kind):
    frames = [Image.new("L", (8, 8), value) for value in (200, 10, 90)]
    film = _file(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    np.testing.assert_allclose(read_image(film, GREY), 200, atol=2)


def test_the_size_is_read_from_the_header_alone():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8))
    whole = _file(noise).getvalue()
    assert image_size(io.BytesIO(whole[:100])) == (70, 40)
    with pytest.raises(UnreadableImageError):
        image_size(io.BytesIO(b"text"))


class TestRefusals:
    @pytest.mark.parametrize("content", [b"x", b"<svg></svg>", b"%PDF-1.7", b"MZ" * 500, bytes(5000)])
    def test_other_content_is_refused(self, content):
        with pytest.raises(DataError, match=r"Can't read the picture: not a supported image\. Use JPEG, PNG"):
            read_image(io.BytesIO(content), GREY)

    def test_other_image_formats_are_refused(self):
        for kind in ("TIFF", "PPM", "ICO", "TGA"):
            with pytest.raises(
                DataError, match=r"Can.t read the picture: (not a supported image|TIFF files are not supported)"
            ):
                read_image(_file(_quarters(), kind), GREY)

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "empty.png").touch()
        with pytest.raises(UnreadableImageError, match=r"Can't read empty\.png: the file is empty") as caught:
            read_picture(tmp_path / "empty.png")
        assert caught.value.fault == "not a picture"

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(DataError, match=r"There is no picture .*absent\.png\. Check the path"):
            read_image(tmp_path / "absent.png", GREY)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
    def test_a_truncated_file(self, kind):
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
        whole = _file(noise, kind).getvalue()
        with pytest.raises(DataError):
            read_image(io.BytesIO(whole[: len(whole) // 2]), COLOUR)

    def test_too_many_pixels_are_refused_before_decoding(self):
        """A small file whose header declares 20,000 × 20,000 pixels."""

        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        for side, word in ((20_000, "more than 50 megapixels"), (8_000, "limit is 50 megapixels")):
            header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
            bomb = (
                b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
            )
            with pytest.raises(DataError, match=word):
                read_image(io.BytesIO(bomb), GREY)

    def test_too_many_bytes_by_path_or_stream(self, tmp_path, monkeypatch):
        file = _file(_quarters())
        (tmp_path / "quarters.png").write_bytes(file.getvalue())
        monkeypatch.setattr(images, "MAX_BYTES", len(file.getvalue()))
        read_image(file, COLOUR)
        read_image(tmp_path / "quarters.png", COLOUR)
        monkeypatch.setattr(images, "MAX_BYTES", len(file.getvalue()) - 1)
        for source in (_file(_quarters()), tmp_path / "quarters.png"):
            with pytest.raises(DataError, match="larger than"):
                read_image(source, COLOUR)

    def test_the_fault_has_a_category(self, monkeypatch):
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
        whole = _file(noise).getvalue()
        faults = {b"text": "not a picture", whole[: len(whole) // 2]: "damaged"}
        for content, fault in faults.items():
            with pytest.raises(UnreadableImageError) as caught:
                read_image(io.BytesIO(content), GREY)
            assert caught.value.fault == fault
        for limit in ("MAX_BYTES", "MAX_PIXELS"):
            with monkeypatch.context() as patch, pytest.raises(UnreadableImageError) as caught:
                patch.setattr(images, limit, 100)
                read_image(io.BytesIO(whole), GREY)
            assert caught.value.fault == "too large"

    def test_any_exception_of_a_decoder_means_a_damaged_picture(self, monkeypatch):
        for error in (KeyError("x"), struct.error("x"), IndexError("x"), AssertionError("x"), MemoryError()):

            def fail(*_, error=error):
                raise error

            with monkeypatch.context() as patch, pytest.raises(UnreadableImageError) as caught:
                patch.setattr(images.ImageOps, "fit", fail)
                read_image(_file(_quarters()), GREY)
            assert caught.value.fault == "damaged"

    def test_keyboard_interrupts_are_not_caught(self, monkeypatch):
        def stop(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(images.ImageOps, "fit", stop)
        with pytest.raises(KeyboardInterrupt):
            read_image(_file(_quarters()), GREY)

    def test_the_limits_are_those_of_the_documents(self):
        assert (images.MAX_BYTES, images.MAX_PIXELS) == (30_000_000, 50_000_000)


def _samples() -> list[bytes]:
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        _file(noise, "JPEG", exif=exif).getvalue(),
        _file(noise, "PNG", exif=exif).getvalue(),
        _file(noise.convert("P"), "PNG", transparency=3).getvalue(),
        _file(Image.fromarray(rng.integers(0, 65536, (9, 9), np.uint16)), "PNG").getvalue(),
        _file(noise, "WEBP", exif=exif).getvalue(),
        _file(noise, "GIF", save_all=True, append_images=[noise.rotate(90)]).getvalue(),
        _file(noise, "BMP").getvalue(),
    ]


_SAMPLES = _samples()


@given(st.data())
@pytest.mark.filterwarnings("ignore")  # Pillow warns of damaged metadata that it ignores
def test_a_damaged_file_is_refused_or_read(data):
    raw = bytearray(data.draw(st.sampled_from(_SAMPLES)))
    # Parsers decide mostly by the first bytes.
    places = st.one_of(st.integers(0, min(200, len(raw)) - 1), st.integers(0, len(raw) - 1))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=5)):
        raw[place] = value
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    try:
        picture = read_image(io.BytesIO(bytes(raw)), COLOUR)
    except DataError:
        return
    assert (picture.shape, picture.dtype) == (COLOUR, np.uint8)


class TestReadPicture:
    def test_size_and_channels_are_kept_and_it_is_upright(self):
        picture = read_picture(_file(_quarters()))
        assert picture.shape == (64, 64, 3) and _corners(picture) == [RED, GREEN, BLUE, BLACK]
        for mode in ("L", "LA", "1"):
            assert read_picture(_file(_quarters(mode))).shape == (64, 64, 1)
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by 90°
        turned = read_picture(_file(_quarters(), exif=exif.tobytes()))
        assert _corners(turned) == [BLUE, RED, BLACK, GREEN]

    def test_a_large_picture_is_reduced(self):
        assert read_picture(_file(Image.new("RGB", (3000, 600))), 500).shape == (100, 500, 3)
        assert read_picture(_file(Image.new("RGB", (3000, 600)), "JPEG")).shape == (205, 1024, 3)

    @pytest.mark.parametrize(("ink", "background"), [((20, 20, 20), 255), ((230, 230, 230), 0)])
    def test_transparency_becomes_the_colour_with_more_contrast(self, ink, background):
        layer = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
        layer.paste((*ink, 255), (5, 5, 10, 15))
        picture = read_picture(_file(layer))
        assert picture[0, 0].tolist() == [background] * 3 and picture[7, 7].tolist() == list(ink)

    def test_other_files_are_refused(self):
        with pytest.raises(UnreadableImageError):
            read_picture(io.BytesIO(b"hello"))
