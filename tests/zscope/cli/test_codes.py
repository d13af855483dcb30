"""`encode` and `decode`: pictures to codes and back through files."""

import json
import re
import shutil

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec

ZEROS = "0,0,0,0,0,0"


@pytest.fixture
def pictures(digits, tmp_path):
    """Ten test images, one of each class, as PNG files and as they are."""
    rows = [int(np.flatnonzero(digits.test.labels == digit)[0]) for digit in range(10)]
    images = digits.test.images[rows]
    paths = [tmp_path / f"digit-{digit}.png" for digit in range(10)]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    return paths, images


@pytest.fixture
def codes_file(tmp_path):
    def write(name: str, content: str | bytes):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def _resemble(decoded: np.ndarray, images: np.ndarray) -> None:
    """Check that most decoded pictures are nearer to their own image than to any other."""
    errors = np.square(decoded[:, None] / 255 - images[None] / 255).mean(axis=(2, 3, 4))
    assert (errors.argmin(axis=1) == np.arange(len(images))).mean() >= 0.9
    assert np.diag(errors).mean() < 0.04


def test_pictures_to_json_lines_to_pictures(command, published, pictures, tmp_path):
    paths, images = pictures
    lines = command("encode", published, *paths).stdout
    parsed = [json.loads(line) for line in lines.splitlines()]
    assert [entry["image"] for entry in parsed] == [path.name for path in paths]
    z_mean, z_log_var = Codec(load_bundle(published).vae).encode(images)
    np.testing.assert_allclose([entry["z_mean"] for entry in parsed], z_mean, atol=1e-5)
    np.testing.assert_allclose([entry["z_log_var"] for entry in parsed], z_log_var, atol=1e-5)

    said = command("decode", published, "-", "--out", tmp_path / "decoded", stdin=lines).stdout
    assert said.startswith("10 pictures in ")
    found = sorted((tmp_path / "decoded").iterdir())
    assert [path.name for path in found] == [f"{index:05d}.png" for index in range(10)]
    _resemble(np.stack([np.asarray(Image.open(path))[..., None] for path in found]), images)


def test_archives_all_the_way(command, published, pictures, tmp_path):
    _, images = pictures
    np.savez(tmp_path / "images.npz", images=images)
    command("encode", published, tmp_path / "images.npz", "--out", tmp_path / "codes.npz")
    command("decode", published, tmp_path / "codes.npz", "--out", tmp_path / "decoded.npz")
    with np.load(tmp_path / "decoded.npz") as archive:
        decoded = archive["images"]
    assert (decoded.shape, decoded.dtype) == (images.shape, np.uint8)
    _resemble(decoded, images)
    with np.load(tmp_path / "codes.npz") as archive:
        np.testing.assert_array_equal(decoded, Codec(load_bundle(published).vae).decode_pixels(archive["z_mean"]))


def test_an_archive_without_its_ending_is_named_as_it_is_written(command, published, pictures, tmp_path):
    said = command("encode", published, pictures[0][0], "--out", tmp_path / "codes").stdout
    written = said.split(" in ", 1)[1].strip()
    with np.load(written) as archive:
        assert archive["z_mean"].shape == (1, 6)


def test_a_table_of_numbers_and_blank_lines(command, published, codes_file, tmp_path):
    path = codes_file("codes.csv", f"{ZEROS}\n\n 1, 0,0,0,0,-1e0\n\n")
    command("decode", published, path, "--out", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as archive:
        expected = Codec(load_bundle(published).vae).decode_pixels([[0] * 6, [1, 0, 0, 0, 0, -1]])
        np.testing.assert_array_equal(archive["images"], expected)


def test_no_codes_give_no_pictures(command, published, codes_file, tmp_path):
    said = command("decode", published, codes_file("codes.csv", "\n"), "--out", tmp_path / "out").stdout
    assert said.startswith("0 pictures")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1,2,3\n", "Line 1 of .* has 3 numbers, the model has 6 dimensions"),
        (f"{ZEROS}\n1,2,3,4,5,x\n", "Line 2 of .* is not a code"),
        ("0,0,0,0,0,nan\n", "NaN or infinity"),
        ("0,0,0,0,0,1e999\n", "NaN or infinity"),
        ('{"z_mean": [0, 0, 0]}\n', "has 3 numbers"),
        ('{"z": [0]}\n', "is not a code"),
        ('{"z_mean": {"a": 1}}\n', "is not a code"),
        ('{"z_mean": null}\n', "dimensions"),
        ('{"z_mean": "abc"}\n', "is not a code"),
        ('{"z_mean": [[0], [0, 1]]}\n', "is not a code"),
        ('{"z_mean": [1' + "0" * 400 + ", 0, 0, 0, 0, 0]}\n", "is not a code"),
        ('{"z_mean": ' + "[" * 100_000 + "\n", "is not a code"),
        ("{broken\n", "is not a code"),
        (b"\xff\xfe\x00", "Can't read"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_bad_line_is_named(command, published, codes_file, content, said):
    error = command("decode", published, codes_file("codes.csv", content), fails=True)
    assert re.search(said, str(error))


@pytest.mark.parametrize(
    "arrays",
    [
        {"z": np.zeros((2, 6))},
        {"z_mean": np.zeros((2, 5))},
        {"z_mean": np.zeros(6)},
        {"z_mean": np.full((2, 6), np.nan)},
        {"z_mean": np.full((2, 6), "a")},
        {"z_mean": np.full((2, 6), None)},
    ],
)
def test_a_bad_archive_is_refused(command, published, tmp_path, arrays):
    np.savez(tmp_path / "codes.npz", **arrays)
    command("decode", published, tmp_path / "codes.npz", fails=True)


@pytest.mark.parametrize(
    "arrays",
    [
        {"pictures": np.zeros((2, 8, 8, 1), np.uint8)},
        {"images": np.zeros((2, 28, 28, 1), np.uint8)},
        {"images": np.zeros((2, 8, 8), np.uint8)},
        {"images": np.zeros((2, 8, 8, 1), np.int64)},
        {"images": np.full((2, 8, 8, 1), 255.0)},
    ],
)
def test_bad_images_are_refused(command, published, tmp_path, arrays):
    np.savez(tmp_path / "images.npz", **arrays)
    command("encode", published, tmp_path / "images.npz", fails=True)


def test_missing_files_are_named(command, published, tmp_path):
    assert "absent.csv" in str(command("decode", published, tmp_path / "absent.csv", fails=True))
    assert "absent.npz" in str(command("decode", published, tmp_path / "absent.npz", fails=True))
    assert "absent.png" in str(command("encode", published, tmp_path / "absent.png", fails=True))


def test_ten_thousand_files_are_not_littered(command, published, tmp_path):
    np.savez(tmp_path / "codes.npz", z_mean=np.zeros((10_001, 6), np.float32))
    error = command("decode", published, tmp_path / "codes.npz", "--out", tmp_path / "out", fails=True)
    assert "Use --out FILE.npz" in str(error)
    assert not (tmp_path / "out").exists()


def test_a_zip_of_the_bundle_serves_as_well(command, published, pictures, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "bundle"), "zip", published)
    one, other = (command("encode", model, pictures[0][3]).stdout for model in (published, archive))
    assert one == other


class TestSources:
    """`encode SOURCE --model ID --out FOLDER`."""

    def test_a_source_becomes_parquet_files(self, command, published, pictures, tmp_path):
        paths, _ = pictures
        words = ("encode", paths[0].parent, "--model", published, "--out", tmp_path / "codes", "--processes", "1")
        assert command(*words).stdout.startswith(f"10 codes in {tmp_path / 'codes'}: 10 new in ")
        assert command(*words).stdout.startswith(f"10 codes in {tmp_path / 'codes'}: 0 new in ")
        table = pyarrow.parquet.read_table(tmp_path / "codes")
        lines = [json.loads(line) for line in command("encode", published, *sorted(paths)).stdout.splitlines()]
        assert table["source"].to_pylist() == [line["image"] for line in lines]
        np.testing.assert_allclose(np.array(table["z_mean"].to_pylist()), [line["z_mean"] for line in lines], atol=1e-4)

    @pytest.mark.parametrize("words", [["pictures"], ["pictures", "more", "--out", "codes"]])
    def test_it_needs_one_source_and_a_folder(self, command, published, words):
        error = command("encode", *words, "--model", published, fails=True)
        assert "--model needs one source and --out" in str(error)
