"""Films and strips, read back with independent readers."""

import base64
import io
import struct
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vae.errors import BadRequestError
from vae.pictures.movie import MovieSettings, write_movie

COUNT = 37
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def pictures():
    """A bright bar on a grey ramp; it moves by one column per picture."""
    ramp = np.tile(np.linspace(0, 120, 40).astype(np.uint8)[:, None], (1, 28))
    images = np.stack([ramp] * COUNT)[..., None]
    for index in range(COUNT):
        images[index, :, index % 28] = 255
    return images


@pytest.fixture(scope="module")
def colours():
    rng = np.random.default_rng(0)
    return np.stack([np.full((12, 12, 3), rng.integers(0, 255, 3), np.uint8) for _ in range(5)])


def box(data: bytes, *path: bytes) -> bytes:
    """The content of a nested box of an MP4 file (ISO/IEC 14496-12)."""
    at = 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == path[0]:
            content = data[at + 8 : at + length]
            return content if len(path) == 1 else box(content, *path[1:])
        at += length
    raise AssertionError(f"no {path[0]} box")


class TestMp4:
    @pytest.mark.parametrize("rate", [10, 30])
    def test_frames_duration_and_kind(self, pictures, tmp_path, rate):
        path = tmp_path / "film.mp4"
        assert write_movie(path, pictures, MovieSettings(size=99, frames_per_second=rate))
        data = path.read_bytes()
        moov = box(data, b"moov")
        unit, length = struct.unpack(">II", box(moov, b"mvhd")[12:20])
        assert length / unit == pytest.approx(COUNT / rate, abs=0.05)
        table = box(moov, b"trak", b"mdia", b"minf", b"stbl")
        assert struct.unpack(">I", box(table, b"stsz")[8:12])[0] == COUNT
        entry = box(table, b"stsd")[8:]
        assert entry[4:8] == b"avc1"
        assert struct.unpack(">HH", entry[32:36]) == (70, 100), "even, with the ratio of the pictures"
        assert data.index(b"moov") < data.index(b"mdat"), "it can be played before the download is complete"

    def test_it_contains_the_pictures(self, pictures, tmp_path):
        import av

        path = tmp_path / "film.mp4"
        write_movie(path, pictures, MovieSettings(size=400))
        with av.open(str(path)) as container:
            frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
            assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        for index in (0, 17, 36):
            column = frames[index].mean(axis=0).reshape(28, 10).mean(axis=1)
            assert column.argmax() == index % 28


class TestAnimations:
    @pytest.mark.parametrize("format", ["gif", "webp"])
    @pytest.mark.parametrize("rate", [7, 30, 60])
    def test_frames_and_duration(self, pictures, tmp_path, format, rate):
        settings = MovieSettings(format=format, size=80, frames_per_second=rate)
        path = tmp_path / f"film{settings.suffix}"
        assert write_movie(path, pictures, settings)
        with Image.open(path) as film:
            assert film.n_frames == COUNT and film.info.get("loop") == 0 and film.size == (56, 80)
            total, columns = 0, []
            for frame in ImageSequence.Iterator(film):
                grey = np.asarray(frame.convert("L"))  # for WebP, the duration is known after decoding
                total += frame.info["duration"]
                columns.append(int(grey.mean(axis=0).reshape(28, 2).mean(axis=1).argmax()))
        assert total == pytest.approx(1000 * COUNT / rate, abs=11)
        assert columns == [index % 28 for index in range(COUNT)]

    def test_a_grey_gif_is_exact(self, pictures, tmp_path):
        write_movie(tmp_path / "film.gif", pictures, MovieSettings(format="gif", size=40))
        with Image.open(tmp_path / "film.gif") as film:
            film.seek(9)
            np.testing.assert_array_equal(np.asarray(film.convert("L")), pictures[9, ..., 0])

    def test_colours(self, colours, tmp_path):
        for format in ("gif", "webp"):
            settings = MovieSettings(format=format, size=48, frames_per_second=5)
            path = tmp_path / f"film{settings.suffix}"
            write_movie(path, colours, settings)
            with Image.open(path) as film:
                for index in range(5):
                    film.seek(index)
                    found = np.asarray(film.convert("RGB")).astype(int)
                    assert np.abs(found - colours[index, 0, 0]).mean() < 6


def test_a_strip_contains_all_pictures_side_by_side(pictures, tmp_path):
    write_movie(tmp_path / "s.png", pictures[:9], MovieSettings(format="strip", size=40))
    strip = np.asarray(Image.open(tmp_path / "s.png").convert("L"))
    assert strip.shape == (44, 9 * 30 + 2)
    np.testing.assert_array_equal(strip[2:42, 2 + 4 * 30 : 2 + 4 * 30 + 28], pictures[4, ..., 0])


def read_svg(path):
    """The images of an SVG strip, as (x, y, width, height, style, pixels), and its texts as (x, text)."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg" and root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    images = []
    for node in root.iter(f"{SVG}image"):
        kind, data = node.get("{http://www.w3.org/1999/xlink}href").split(",")
        assert kind == "data:image/png;base64"
        box = [float(node.get(name)) for name in ("x", "y", "width", "height")]
        images.append((*box, node.get("style"), np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))))
    return root, images, [(float(node.get("x")), node.text) for node in root.iter(f"{SVG}text")]


def test_an_svg_strip_embeds_the_pictures_with_their_pixels(pictures, colours, tmp_path):
    path = tmp_path / "s.svg"
    captions = ["0.00\t<b>&", *(f"{index}\x00" for index in range(1, 9))]
    write_movie(path, pictures[:9], MovieSettings(format="svg", size=400, columns=4), captions)
    root, images, texts = read_svg(path)
    assert len(images) == 9
    for index, (x, y, width, height, style, pixels) in enumerate(images):
        np.testing.assert_array_equal(pixels, pictures[index, ..., 0])
        assert (width, height) == (280, 400) and "image-rendering:pixelated" in style
        assert x == 2 + index % 4 * 282 and x + width <= float(root.get("width"))
        assert y + height <= float(root.get("height"))
    tops = sorted({y for _, y, *_ in images})
    assert len(tops) == 3 and min(np.diff(tops)) > 400, "three rows, with room for captions"
    assert [text for _, text in texts] == ["0.00", "<b>&", *map(str, range(1, 9))]
    assert [x for x, _ in texts[:3]] == [2 + 70, 2 + 210, 284 + 140]

    write_movie(path, colours, MovieSettings(format="svg", size=48, upscaling="lanczos"))
    _, images, texts = read_svg(path)
    assert not texts and all("pixelated" not in style for *_, style, _ in images)
    np.testing.assert_array_equal([pixels for *_, pixels in images], colours)


def test_frames_are_numbered_in_order(pictures, tmp_path):
    write_movie(tmp_path / "f.zip", pictures[:3], MovieSettings(format="frames", size=40))
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        assert archive.namelist() == ["frame-0000.png", "frame-0001.png", "frame-0002.png"]
        frame = np.asarray(Image.open(io.BytesIO(archive.read("frame-0002.png"))).convert("L"))
    np.testing.assert_array_equal(frame, pictures[2, ..., 0])


def test_captions_are_under_the_picture(pictures, tmp_path):
    settings = MovieSettings(format="frames", size=400)
    write_movie(tmp_path / "f.zip", pictures[:2], settings, ["0.00", "1.00"])
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        one, other = (np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in archive.namelist())
    assert one.shape[0] > 400 and not np.array_equal(one[400:], other[400:])
    assert one[400:].max() > 200


@pytest.mark.parametrize("format", ["mp4", "webp", "gif", "strip", "svg", "frames"])
class TestIncompleteFiles:
    def test_a_stop_leaves_the_old_file(self, pictures, tmp_path, format):
        settings = MovieSettings(format=format, size=64)
        path = tmp_path / f"film{settings.suffix}"
        path.write_bytes(b"before")
        calls = []
        assert not write_movie(
            path,
            pictures,
            settings,
            progress=lambda done, total: calls.append(done),
            should_stop=lambda: len(calls) == 5,
        )
        assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]

    def test_an_error_leaves_no_file(self, pictures, tmp_path, format):
        settings = MovieSettings(format=format, size=64)

        def broken(done, total):
            if done == 3:
                raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="space"):
            write_movie(tmp_path / f"film{settings.suffix}", pictures, settings, progress=broken)
        assert list(tmp_path.iterdir()) == []

    def test_one_picture_is_enough(self, pictures, tmp_path, format):
        settings = MovieSettings(format=format, size=64)
        assert write_movie(tmp_path / f"film{settings.suffix}", pictures[:1], settings)

    def test_progress_ends_with_the_total(self, pictures, tmp_path, format):
        settings, calls = MovieSettings(format=format, size=32), []
        write_movie(tmp_path / f"film{settings.suffix}", pictures, settings, progress=lambda *done: calls.append(done))
        assert calls == [(done, COUNT) for done in range(COUNT + 1)]


def test_invalid_arguments_are_refused(pictures, tmp_path):
    settings = MovieSettings(format="gif")
    for bad, message in (
        (pictures[:0], "at least one"),
        (pictures[0], "at least one"),
        (pictures / 255, "uint8"),
        (np.zeros((3601, 2, 2, 1), np.uint8), "too many"),
    ):
        with pytest.raises(BadRequestError, match=message):
            write_movie(tmp_path / "film.gif", bad, settings)
    with pytest.raises(BadRequestError, match="does not end with"):
        write_movie(tmp_path / "film.mp4", pictures, settings)
    with pytest.raises(BadRequestError, match="captions"):
        write_movie(tmp_path / "film.gif", pictures, settings, ["one"])
    with pytest.raises(BadRequestError, match="too large"):
        write_movie(tmp_path / "s.png", pictures, MovieSettings(format="strip", size=2048))
    with pytest.raises(BadRequestError, match=r"SVG strip of 200 .* at most 152 pictures"):
        write_movie(tmp_path / "s.svg", np.zeros((200, 256, 256, 3), np.uint8), MovieSettings(format="svg"))
    with pytest.raises(BadRequestError, match="too large"):
        write_movie(tmp_path / "s.png", pictures, MovieSettings(format="strip", size=2048, columns=6))
    with pytest.raises(BadRequestError, match="too large"):
        write_movie(
            tmp_path / "film.gif", np.resize(pictures, (200, 40, 28, 1)), MovieSettings(format="gif", size=2048)
        )
    assert list(tmp_path.iterdir()) == []
