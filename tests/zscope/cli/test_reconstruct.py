"""`reconstruct`: prepared photographs and their reconstructions."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from bench.photographs import photographs
from vae.data import load_test_split
from zscope.cli import app


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "seven.jpg"
    test = load_test_split("mnist")
    sevens = test.images[test.labels == 7][:1, ..., 0]
    Image.fromarray(next(photographs(sevens))).save(path)
    return path


def test_a_photographed_seven(command, models_home, photo, tmp_path):
    said = command("reconstruct", "mnist-16", photo, "--show-steps", tmp_path / "steps").stdout
    assert "looks like 7" in said and "nearest #" in said
    (sheet,) = (tmp_path / "steps").iterdir()
    assert sheet.name == "000-seven.png" and Image.open(sheet).size == (7 * 162 + 2, 164)


@pytest.mark.full
def test_as_json_and_by_hand(command, models_home, photo):
    told = json.loads(command("reconstruct", "mnist-16", photo, "--json").stdout)
    assert told["class"] == "7" and told["found"] and len(told["code"]) == 16 and len(told["nearest"]) == 10
    assert 0 <= told["mse_percentile"] <= 100 and 0 <= told["off_data"] <= 100
    wrong = json.loads(command("reconstruct", "mnist-16", photo, "--ink", "light", "--json").stdout)
    assert wrong["code"] != told["code"]


def test_a_test_image_is_usual_and_a_strange_picture_is_not(command, models_home, tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(load_test_split("mnist").images[9, ..., 0]).save(tmp_path / "own.png")
    zigzag = np.zeros((60, 60), np.uint8)
    zigzag[10:50, 10:50] = 255 * (rng.random((40, 40)) > 0.5)
    Image.fromarray(zigzag).save(tmp_path / "noise.png")
    lines = command(
        "reconstruct", "mnist-16", tmp_path / "own.png", tmp_path / "noise.png", "--json"
    ).stdout.splitlines()
    own, noise = map(json.loads, lines)
    assert own["mse_percentile"] < 99 < noise["mse_percentile"]


def test_an_empty_page_is_reported(command, models_home, tmp_path):
    Image.new("RGB", (100, 80), "white").save(tmp_path / "white.png")
    assert "no object found" in command("reconstruct", "mnist-16", tmp_path / "white.png").stdout


def test_reports_unreadable_files_and_reads_the_others(command, models_home, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    Image.new("RGB", (100, 80), "white").save(tmp_path / "white.png")
    assert "not a supported image" in str(command("reconstruct", "mnist-16", tmp_path / "text.png", fails=True))
    files = [str(tmp_path / name) for name in ("text.png", "white.png")]
    told = CliRunner().invoke(app, ["reconstruct", "mnist-16", *files])
    assert "not a supported image" in told.output and "white.png: no object found" in told.output
    assert "1 of 2 files" in str(told.exception)
