"""Encoding of whole sources: every image once, in order, with the figures that other parts of the app measure."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from vae.data import load_dataset
from vae.errors import BadRequestError, DataError, ZscopeError
from vae.evaluation.codes import squared_errors
from vae.inference.runtime import open_codec
from zscope.jobs.bulk import run
from zscope.jobs.bulk.encoding import part_rows
from zscope.jobs.bulk.run import Encoded, encode_source
from zscope.jobs.bulk.sources import open_source
from zscope.library.registry import find_model, open_model

MODEL = "mnist-2d"


@pytest.fixture(scope="module")
def bundle():
    return find_model(MODEL).path


@pytest.fixture(scope="module")
def images():
    return open_model(MODEL), np.asarray(load_dataset("mnist", download=False).test.images[:50])


@pytest.fixture
def array(tmp_path, images):
    np.save(tmp_path / "images.npy", images[1])
    return str(tmp_path / "images.npy")


def table(out):
    return pyarrow.parquet.read_table(out)


def codes(out):
    return np.array(table(out)["z_mean"].to_pylist(), np.float32)


@pytest.mark.parametrize("processes", [1, 2])
def test_all_images_are_encoded_in_their_order(bundle, images, array, tmp_path, processes):
    opened, pixels = images
    seen = []
    out = tmp_path / "codes"
    found = encode_source(
        bundle, array, out, processes=processes, part=16, report=lambda done, total: seen.append((done, total))
    )
    assert found == Encoded(rows=50, kept=0, left_out=0)
    assert sorted(path.name for path in out.iterdir()) == [f"part-{number:05d}.parquet" for number in range(4)]
    assert seen[0] == (0, 50) and seen[-1] == (50, 50) and len(seen) == 5
    codec = open_codec(opened)
    z_mean, z_log_var = codec.encode(pixels)
    read = table(out)
    assert read["source"].to_pylist() == [str(row) for row in range(50)]
    np.testing.assert_allclose(codes(out), z_mean, atol=1e-5)
    np.testing.assert_allclose(np.array(read["sigma"].to_pylist()), np.exp(z_log_var / 2), rtol=1e-4)
    np.testing.assert_allclose(read["error"].to_numpy(), squared_errors(codec, pixels, z_mean), rtol=1e-4)
    assert abs(read["elbo"].to_numpy().mean() - opened.card.metrics.elbo.value) < 20


def test_finished_parts_are_kept_and_missing_ones_are_made(bundle, array, tmp_path):
    out = tmp_path / "codes"
    encode_source(bundle, array, out, processes=1, part=16)
    before, times = codes(out), {path: path.stat().st_mtime_ns for path in out.iterdir()}
    (out / "part-00001.parquet").unlink()
    assert encode_source(bundle, array, out, processes=1, part=16) == Encoded(rows=50, kept=34, left_out=0)
    np.testing.assert_array_equal(codes(out), before)
    changed = {path.name for path in out.iterdir() if path.stat().st_mtime_ns != times[path]}
    assert changed == {"part-00001.parquet"}
    assert encode_source(bundle, array, out, processes=1, part=16) == Encoded(rows=50, kept=50, left_out=0)


def test_the_same_range_gives_the_same_bytes(bundle, array, tmp_path):
    for name in ("a", "b"):
        encode_source(bundle, array, tmp_path / name, processes=1, part=32)
    assert (tmp_path / "a" / "part-00001.parquet").read_bytes() == (tmp_path / "b" / "part-00001.parquet").read_bytes()


@pytest.mark.parametrize("change", ["images", "model", "part", "file"])
def test_files_of_something_else_are_never_replaced(bundle, array, images, tmp_path, change):
    out = tmp_path / "codes"
    encode_source(bundle, array, out, processes=1, part=16)
    before = {path: path.read_bytes() for path in out.iterdir()}
    arguments = {"bundle": bundle, "source": array, "part": 16}
    if change == "images":
        np.save(array, images[1][::-1])
    elif change == "model":
        arguments["bundle"] = find_model("mnist-16").path
    elif change == "part":
        arguments["part"] = 8
    else:
        (out / "notes.txt").write_text("mine")
    with pytest.raises(BadRequestError, match=r"has other files, such as (part-00000|notes)"):
        encode_source(out=out, processes=1, **arguments)
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_of_pictures_leaves_out_what_it_cannot_read(bundle, images, tmp_path):
    folder = tmp_path / "pictures"
    (folder / "b").mkdir(parents=True)
    for number, image in enumerate(images[1][:5]):
        Image.fromarray(image[..., 0]).save(folder / ("b" if number % 2 else ".") / f"{number}.png")
    (folder / "a.png").write_bytes(b"no picture")
    (folder / ".hidden.png").write_bytes(b"no picture")
    (folder / "text.txt").write_text("no picture")
    assert encode_source(bundle, str(folder), tmp_path / "codes", processes=1) == Encoded(rows=5, kept=0, left_out=1)
    assert table(tmp_path / "codes")["source"].to_pylist() == ["0.png", "2.png", "4.png", "b/1.png", "b/3.png"]
    z_mean, _ = open_codec(images[0]).encode(images[1][[0, 2, 4, 1, 3]])
    np.testing.assert_allclose(codes(tmp_path / "codes"), z_mean, atol=1e-5)


def test_a_data_set_has_all_its_splits(bundle):
    dataset = load_dataset("mnist", download=False)
    sizes = {name: len(getattr(dataset, name)) for name in ("train", "validation", "test")}
    source = open_source("mnist", open_model(MODEL).manifest)
    assert len(source) == sum(sizes.values())
    names, pixels, unreadable = source.read(0, len(source))
    assert names == [f"{name}/{row}" for name, size in sizes.items() for row in range(size)]
    assert not unreadable
    np.testing.assert_array_equal(pixels[-sizes["test"] :], dataset.test.images)
    border = len(source) - sizes["test"]
    names, pixels, _ = source.read(border - 1, border + 2)
    assert names[1:] == ["test/0", "test/1"] and not names[0].startswith("test")
    np.testing.assert_array_equal(pixels[1:], dataset.test.images[:2])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nothing", "no folder, file or data set called 'nothing'"),
        ("fashion.txt", "neither a folder nor an array"),
        ("small.npy", r"has images of \(8, 8, 1\)"),
        ("floats.npy", "has an array of float64"),
        ("damaged.npy", "Can't read"),
        ("empty", "has no pictures"),
        ("digits", r"has images of \(8, 8, 1\)"),
    ],
)
def test_other_sources_are_refused(bundle, tmp_path, monkeypatch, source, said):
    monkeypatch.chdir(tmp_path)
    np.save("small.npy", np.zeros((3, 8, 8, 1), np.uint8))
    np.save("floats.npy", np.zeros((3, 28, 28, 1)))
    (tmp_path / "damaged.npy").write_bytes(b"no array")
    (tmp_path / "fashion.txt").write_text("text")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ZscopeError, match=said):
        encode_source(bundle, source, tmp_path / "codes", processes=1)
    assert not (tmp_path / "codes").exists()


def test_a_process_that_ends_is_one_error(bundle, array, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_open", os.abort)  # its arguments are an error, too: the pool is broken in any case
    with pytest.raises(DataError, match="A process of the encoding ended"):
        encode_source(bundle, array, tmp_path / "codes", processes=2, part=16)


def test_a_damaged_part_is_no_part(bundle, array, tmp_path):
    encode_source(bundle, array, tmp_path / "codes", processes=1)
    (path,) = (tmp_path / "codes").iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    assert part_rows(path, "anything") is None
    assert part_rows(tmp_path / "missing", "anything") is None


@pytest.mark.full
def test_a_killed_encoding_continues_without_loss_or_double_rows(bundle, images, tmp_path):
    many = np.concatenate([images[1]] * 400)  # five parts
    np.save(tmp_path / "many.npy", many)
    out, whole = tmp_path / "codes", tmp_path / "whole"
    words = [sys.executable, "-m", "vae", "encode", str(tmp_path / "many.npy"), "--model", MODEL, "--out", str(out)]
    with subprocess.Popen([*words, "--processes", "2"], start_new_session=True) as process:
        deadline = time.monotonic() + 120
        while not (out.is_dir() and any(out.glob("*.parquet"))) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    encode_source(bundle, str(tmp_path / "many.npy"), out, processes=2)
    encode_source(bundle, str(tmp_path / "many.npy"), whole, processes=1)
    assert codes(out).shape == (20_000, 2)
    np.testing.assert_allclose(codes(out), codes(whole), atol=1e-5)
    assert table(out)["source"].to_pylist() == [str(row) for row in range(20_000)]
