"""All kinds of picture files are read as an independent decoder reads them, or refused with a reason."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.vae.corpora import archive
from tests.vae.corpora.intake import SHAPE
from tests.vae.corpora.kinds import WIDE_GAMUT, kinds, large, scene
from vae.data.picture_files import UnreadableImageError, read_picture
from vae.pictures.preparation import InputStyle, prepare

ROOT = Path(__file__).resolve().parents[2]
PINNED = Path(__file__).parent / "corpora"
MOST_MEGABYTES = 450  # the documents say 512
DIGITS = InputStyle(content="object", light=True, background=0, extent=0.7143, centre="mass", middle=(0.518, 0.518))
KINDS = kinds()


def _intake(folder: Path) -> tuple[dict[str, str], float]:
    """Run the intake in a separate process; return the outcome of each file and the peak memory in megabytes."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.vae.corpora.intake", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, ""), lines[-1:]
    return {line["name"]: line["outcome"] for line in lines}, lines[-1]["megabytes"]


def _pinned(name: str) -> dict[str, str]:
    lines = (PINNED / name).read_text(encoding="utf-8").splitlines()
    return {file: outcome for file, _, outcome in (line.partition(" | ") for line in lines)}


def _changes(found: dict[str, str], pinned: dict[str, str]) -> dict[str, tuple]:
    """Return the expected and the actual outcome of each file for which they differ."""
    names = found.keys() | pinned.keys()
    return {name: (pinned.get(name), found.get(name)) for name in names if pinned.get(name) != found.get(name)}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of damaged metadata that it ignores
class TestOutcomes:
    @pytest.mark.full
    def test_every_kind(self, tmp_path):
        for name, content in KINDS.items():
            (tmp_path / name).write_bytes(content)
        found, megabytes = _intake(tmp_path)
        assert _changes(found, _pinned("kinds.txt")) == {}
        assert megabytes < 150

    @pytest.mark.full
    def test_the_largest_files(self, tmp_path):
        for name, content in large():
            (tmp_path / name).write_bytes(content)
        found, megabytes = _intake(tmp_path)
        assert _changes(found, _pinned("large.txt")) == {}
        assert 100 < megabytes < MOST_MEGABYTES

    @pytest.mark.full
    def test_the_test_pictures_of_pillow(self, tmp_path, pytestconfig):
        try:
            folder = archive.unpack(archive.download(pytestconfig.cache.mkdir("pillow")), tmp_path)
        except OSError as error:
            pytest.skip(f"Pillow's pictures cannot be fetched: {error}")
        found, megabytes = _intake(folder)
        assert _changes(found, _pinned("pillow.txt")) == {}
        assert megabytes < MOST_MEGABYTES

    @pytest.mark.full
    def test_ten_thousand_pictures_leak_no_memory(self, run_python):
        code = """
import io, itertools
from tests.vae.corpora.intake import peak
from tests.vae.corpora.kinds import kinds
from vae.data.picture_files import UnreadableImageError, read_picture
contents = [content for content in kinds().values() if len(content) < 5_000]
def read(count):
    for content in itertools.islice(itertools.cycle(contents), count):
        try:
            read_picture(io.BytesIO(content))
        except UnreadableImageError:
            pass
read(1_000)
before = peak()
read(10_000)
print(peak() - before)
"""
        done = run_python("-W", "ignore", "-c", code)
        assert done.returncode == 0, done.stderr
        assert float(done.stdout) < 30

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("photo.heic", "HEIC"), ("photo.avif", "AVIF"), ("scan.tif", "TIFF"), ("photo.jxl", "JPEG XL")],
    )
    def test_an_unsupported_kind_is_refused_with_advice(self, name, kind):
        with pytest.raises(UnreadableImageError) as caught:
            read_picture(io.BytesIO(KINDS[name]))
        assert (
            f"{kind} files are not supported" in caught.value.message and caught.value.hint == "Save it as JPEG or PNG."
        )

    def test_every_refusal_has_advice(self):
        for content in KINDS.values():
            try:
                read_picture(io.BytesIO(content))
            except UnreadableImageError as error:
                assert (
                    error.message.startswith("Can't read the picture: ") and error.message.endswith(".") and error.hint
                )


def _read(name: str) -> np.ndarray:
    """Read a picture as float `(h, w, 3)`, grey or colour."""
    picture = read_picture(io.BytesIO(KINDS[name])).astype(float)
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def _independent(name: str) -> np.ndarray:
    """Read the first frame with FFmpeg's decoders, float `(h, w, 4)`."""
    import av

    with av.open(io.BytesIO(KINDS[name]), "r") as film:
        return next(film.decode(video=0)).to_ndarray(format="rgba").astype(float)


def _shown(layer: np.ndarray) -> np.ndarray:
    """Put transparent pixels on white or black, whichever contrasts more with the opaque ones."""
    colours, alpha = layer[..., :3], layer[..., 3:] / 255
    luma = colours @ (0.299, 0.587, 0.114)
    ground = 255 if alpha.min() < 1 and np.average(luma, weights=alpha[..., 0]) < 127.5 else 0
    return colours * alpha + ground * (1 - alpha)


def _deep(channels: int) -> np.ndarray:
    """Return the levels of the 16-bit kinds in 8 bits."""
    levels = np.arange(16 * 24 * channels).reshape(16, 24, channels) * 40_503 % 65_536
    return np.repeat(levels / 257, 3, axis=2) if channels == 1 else levels / 257


@pytest.mark.filterwarnings("ignore")
class TestPixels:
    @pytest.mark.parametrize(
        ("name", "within"),
        [
            ("grey.png", 0),
            ("one bit.png", 0),
            ("two bits.png", 0),
            ("interlaced.png", 0),
            ("many pieces.png", 0),
            ("palette.png", 0),
            ("palette.bmp", 0),
            ("palette, clear entries.png", 1),
            ("palette, a clear entry.gif", 0),
            ("grey, a clear level.png", 0),
            ("rgb, a clear colour.png", 0),
            ("rgb.bmp", 0),
            ("rgba.png", 1),
            ("la.png", 1),
            ("lossless alpha.webp", 1),
            ("film.gif", 0),
            ("film.png", 0),
            ("grey.jpg", 2),
            ("orientation 1.jpg", 3),
            ("progressive.jpg", 3),
            ("text behind.png", 0),
        ],
    )
    def test_pixels_are_those_of_an_independent_decoder(self, name, within):
        np.testing.assert_allclose(_read(name), _shown(_independent(name)), atol=within)

    @pytest.mark.parametrize("name", ["sampled.jpg", "two in one.jpg", "lossy.webp", "lossy alpha.webp"])
    def test_subsampled_colours_have_the_right_luma(self, name):
        """Decoders interpolate subsampled colours in different ways."""
        luma = np.array((0.299, 0.587, 0.114))
        assert np.abs((_read(name) - _shown(_independent(name))) @ luma).mean() < 2

    @pytest.mark.parametrize("name", ["film.webp", "rgba.bmp", "wrong checksum of the pixels.png"])
    def test_pixels_are_the_saved_ones(self, name):
        """Of a film, the first frame. In a bitmap without masks, the fourth byte has no meaning."""
        np.testing.assert_array_equal(_read(name), np.asarray(scene()))

    @pytest.mark.parametrize("kind", ["png", "jpg"])
    @pytest.mark.parametrize(
        ("orientation", "as_shown"),
        [
            (1, lambda x: x),
            (2, np.fliplr),
            (3, lambda x: np.rot90(x, 2)),
            (4, np.flipud),
            (5, lambda x: np.swapaxes(x, 0, 1)),
            (6, lambda x: np.rot90(x, -1)),
            (7, lambda x: np.rot90(np.swapaxes(x, 0, 1), 2)),
            (8, lambda x: np.rot90(x, 1)),
        ],
    )
    def test_pictures_are_upright(self, orientation, as_shown, kind):
        expected = as_shown(np.asarray(scene()).astype(float))
        np.testing.assert_allclose(
            _read(f"orientation {orientation}.{kind}"), expected, atol=0 if kind == "png" else 12
        )

    def test_cmyk_is_converted(self):
        assert np.abs(_read("cmyk.jpg") - np.asarray(scene())).mean() < 6

    @pytest.mark.parametrize(("name", "channels"), [("grey16.png", 1), ("rgb16.png", 3)])
    def test_sixteen_bits_are_scaled(self, name, channels):
        np.testing.assert_allclose(_read(name), _deep(channels), atol=1)

    def test_sixteen_bits_with_alpha_are_put_on_the_background(self):
        np.testing.assert_allclose(_read("rgba16.png"), _shown(_deep(4)), atol=2)

    @pytest.mark.parametrize(("name", "channels"), [("grey16, a clear level.png", 1), ("rgb16, a clear colour.png", 3)])
    def test_with_sixteen_bits_only_the_transparent_level_is_transparent(self, name, channels):
        levels = _deep(channels)
        clear = np.zeros((16, 24), bool)
        clear[5, 5] = True
        shown, ground = _read(name), {0.0, 255.0}
        np.testing.assert_allclose(shown[~clear], levels[~clear], atol=1)
        assert set(shown[5, 5].tolist()) <= ground and len(set(shown[5, 5].tolist())) == 1

    @pytest.mark.parametrize(("name", "within"), [("wide gamut.png", 3), ("wide gamut.jpg", 12)])
    def test_another_gamut_is_converted_to_srgb(self, name, within):
        np.testing.assert_allclose(_read(name), _from_wide_gamut(np.asarray(scene())), atol=within)

    def test_another_gamut_keeps_transparency(self):
        layer = np.dstack([_from_wide_gamut(np.asarray(scene())), _independent("wide gamut alpha.png")[..., 3:]])
        np.testing.assert_allclose(_read("wide gamut alpha.png"), _shown(layer), atol=3)

    @pytest.mark.parametrize("name", ["srgb.png", "damaged profile.png", "damaged exif.png"])
    def test_srgb_and_damaged_metadata_change_nothing(self, name):
        np.testing.assert_allclose(_read(name), np.asarray(scene()), atol=1)

    def test_transparent_colours_do_not_bleed_when_a_picture_is_reduced(self):
        layer = Image.new("RGBA", (5000, 1000), (0, 255, 0, 0))
        layer.paste((200, 0, 0, 255), (1003, 0, 5000, 1000))
        file = io.BytesIO()
        layer.save(file, "PNG")
        picture = read_picture(file).astype(int)
        assert picture.shape == (205, 1024, 3) and (picture[..., 1] == picture[..., 2]).all()


def _from_wide_gamut(pixels: np.ndarray) -> np.ndarray:
    """Convert Display P3 to sRGB, by IEC 61966-2-1 and the primaries."""

    def to_xyz(primaries: tuple) -> np.ndarray:
        columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in primaries]).T
        white = np.array([0.3127 / 0.329, 1, (1 - 0.3127 - 0.329) / 0.329])
        return columns * np.linalg.solve(columns, white)

    srgb = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
    levels = pixels / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ (np.linalg.inv(to_xyz(srgb)) @ to_xyz(WIDE_GAMUT)).T, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _lines_of_text() -> np.ndarray:
    """Return a picture of dark text on paper."""
    paper = Image.new("RGB", (400, 300), (240, 238, 230))
    ImageDraw.Draw(paper).multiline_text((20, 20), "Ten lines of print,\nwhich are no digit.\n" * 5, (30, 30, 40))
    return np.asarray(paper)


class TestPreparation:
    @pytest.mark.parametrize("shape", [SHAPE, (32, 32, 3), (9, 5, 1)])
    @pytest.mark.parametrize(
        ("picture", "found"),
        [
            (np.zeros((280, 280, 1), np.uint8), False),
            (np.full((700, 1000, 3), 255, np.uint8), False),
            (np.full((28, 28, 1), 128, np.uint8), False),
            (np.zeros((1, 1, 1), np.uint8), False),
            (np.full((1, 1, 3), 255, np.uint8), False),
            (np.full((20_000, 1, 1), 255, np.uint8), False),
            (np.full((1, 20_000, 3), 9, np.uint8), False),
            (np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8), True),
            (np.random.default_rng(0).integers(0, 256, (1, 20_000, 1), np.uint8), None),
            (np.indices((64, 64)).sum(axis=0)[..., None].astype(np.uint8), None),
            (_lines_of_text(), True),
        ],
        ids=["canvas", "white", "grey", "pixel", "white pixel", "column", "row", "noise", "noisy row", "ramp", "text"],
    )
    def test_pictures_without_an_object(self, picture, found, shape):
        prepared = prepare(picture, DIGITS, shape)
        assert (prepared.image.shape, prepared.image.dtype) == (shape, np.uint8)
        assert prepared.found is found or found is None
        if not prepared.found:
            assert prepared.box is None and not prepared.image.any()
