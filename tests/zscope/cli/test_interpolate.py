"""`interpolate`: films between test images and picture files, of a model that ships."""

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner

from vae.data import load_test_split
from vae.latent.paths import four_corner_grid
from zscope.cli import app
from zscope.library.registry import open_model


def test_a_strip_begins_and_ends_with_the_reconstructions(command, models_home, tmp_path):
    from vae.inference.codec import Codec

    out = tmp_path / "strip.png"
    said = command("interpolate", "mnist-2d", 3, 8, "--steps", 9, "--size", 28, "--out", out).stdout
    assert "9 steps" in said and "linear" in said
    strip = np.asarray(Image.open(out).convert("L"))
    codec = Codec(open_model("mnist-2d").vae)
    images = load_test_split("mnist").images[[3, 8]]
    decoded = codec.decode_pixels(codec.encode(images)[0])[..., 0]
    for index, expected in ((0, decoded[0]), (8, decoded[1])):
        found = strip[2:30, 2 + 30 * index : 30 + 30 * index]
        assert np.abs(found.astype(int) - expected).max() <= 1


def test_without_a_size_a_strip_is_as_large_as_it_may_be(command, models_home, tmp_path):
    out = tmp_path / "strip.png"
    assert "19 steps" in command("interpolate", "mnist-2d", 3, 8, 11, "--out", out).stdout
    assert Image.open(out).size == (19 * 514 + 2, 516)
    command("interpolate", "mnist-2d", 3, 8, "--steps", 60, "--out", out)
    width, height = Image.open(out).size
    assert 29_000 < width <= 30_200 and 480 < height < 512
    refused = command("interpolate", "mnist-2d", 3, 8, "--steps", 60, "--size", 512, "--out", out, fails=True)
    assert "too large" in refused.message


@pytest.mark.parametrize("path", ["slerp", pytest.param("graph", marks=pytest.mark.full), "geodesic"])
def test_codes_of_each_path(command, models_home, tmp_path, path):
    out = tmp_path / "codes.npz"
    command("interpolate", "mnist-2d", 3, 8, "--path", path, "--steps", 11, "--out", out)
    reference = open_model("mnist-2d").reference.z_mean
    with np.load(out) as arrays:
        assert arrays["z"].shape == (11, 2)
        np.testing.assert_allclose(arrays["z"][[0, -1]], reference[[3, 8]], atol=1e-3)
        straight = np.linspace(0, 1, 11)[:, None] * (arrays["z"][-1] - arrays["z"][0]) + arrays["z"][0]
        assert np.abs(arrays["z"] - straight).max() > 0.02


def test_a_film_of_a_file_there_and_back(command, models_home, tmp_path):
    Image.fromarray(load_test_split("mnist").images[7, ..., 0]).save(tmp_path / "seven.png")
    out = tmp_path / "film.gif"
    command(
        "interpolate", "mnist-2d", 3, tmp_path / "seven.png", "--steps", 5, "--ping-pong", "--overshoot", 0.2, "--even",
        "--caption", "--size", 64, "--fps", 10, "--out", out,
    )  # fmt: skip
    with Image.open(out) as film:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)]
    assert len(frames) == 8
    np.testing.assert_array_equal(frames[1][:64], frames[7][:64])


def test_more_pictures_are_gone_by_and_stayed_at(command, models_home, tmp_path):
    out = tmp_path / "codes.npz"
    command("interpolate", "mnist-2d", 3, 8, 11, "--steps", 9, "--hold", 0.1, "--fps", 20, "--out", out)
    reference = open_model("mnist-2d").reference.z_mean
    with np.load(out) as arrays:
        assert arrays["t"].tolist() == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1.25, 1.5, 1.75, 2, 2, 2]
        np.testing.assert_allclose(arrays["z"][[0, 6, 7, 8, 14]], reference[[3, 8, 8, 8, 11]], atol=1e-3)
        np.testing.assert_allclose(arrays["z"][4], (reference[3] + reference[8]) / 2, atol=1e-3)


@pytest.mark.parametrize("steps", [3, 10, 60])
def test_all_given_pictures_are_among_the_steps(command, models_home, tmp_path, steps):
    out = tmp_path / "codes.npz"
    command("interpolate", "mnist-2d", 3, 8, 11, "--steps", steps, "--out", out)
    with np.load(out) as arrays:
        assert len(arrays["t"]) == steps and {0, 1, 2} <= set(arrays["t"].tolist())
    command("interpolate", "mnist-2d", 3, 8, 11, "--steps", steps + 4, "--overshoot", 0.5, "--out", out)
    with np.load(out) as arrays:
        assert arrays["t"][[0, -1]].tolist() == [-0.5, 2.5] and {0, 1, 2} <= set(arrays["t"].tolist())


def test_a_sheet_of_a_conditional_model_turns_z_alone(command, save_model, make_content, tmp_path):
    from zscope.library.open_models import load_model

    config = dataclasses.replace(make_content()["config"], classes=10)
    save_model("told", **(make_content(config) | {"id": "told"}))
    out = tmp_path / "codes.npz"
    command("interpolate", "told", 0, 1, 2, 3, "--grid", 5, "--path", "slerp", "--out", out)
    corners = load_model("told").encode(load_test_split("digits").images[:4])[0]
    with np.load(out) as arrays:
        grid = arrays["z"].reshape(5, 5, -1)
    z = config.latent_dim
    np.testing.assert_allclose(grid[..., z:].sum(axis=2), 1, atol=1e-6)
    np.testing.assert_allclose(grid[2, 2, z:], corners[:, z:].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(grid[..., :z], four_corner_grid(corners[:, :z], 5, 5, spherical=True), atol=1e-4)


def test_a_sheet_between_four(command, models_home, tmp_path):
    out = tmp_path / "sheet.png"
    command("interpolate", "mnist-2d", 3, 8, 11, 2, "--grid", 5, "--path", "slerp", "--size", 28, "--out", out)
    sheet = np.asarray(Image.open(out).convert("L")).astype(int)
    assert sheet.shape == (152, 152)
    strip = tmp_path / "strip.png"
    command("interpolate", "mnist-2d", 3, 11, "--steps", 5, "--path", "slerp", "--size", 28, "--out", strip)
    expected = np.asarray(Image.open(strip).convert("L")).astype(int)
    for row in range(5):  # the left edge, from the first picture to the third
        part = slice(2 + 30 * row, 30 + 30 * row)
        assert np.abs(sheet[part, 2:30] - expected[2:30, part]).max() <= 2


@pytest.mark.parametrize(
    ("between", "moves"), [("both", (True, True)), ("code", (True, False)), ("class", (False, True))]
)
def test_of_a_conditional_model_code_or_class_or_both_change(
    command, save_model, make_content, tmp_path, between, moves
):
    from zscope.library.open_models import load_model

    config = dataclasses.replace(make_content()["config"], classes=10)
    save_model("told", **(make_content(config) | {"id": "told"}))
    latent = config.latent_dim
    chosen = load_model("told").encode(load_test_split("digits").images[:200])[0][:, latent:].argmax(axis=1)
    other = int(np.flatnonzero(chosen != chosen[0])[0])
    out = tmp_path / "codes.npz"
    command("interpolate", "told", 0, other, "--between", between, "--steps", 5, "--out", out)
    with np.load(out) as arrays:
        z = arrays["z"]
    changes = np.abs(z[-1] - z[0])
    assert ((changes[:latent] > 1e-6).any(), (changes[latent:] > 1e-6).any()) == moves
    np.testing.assert_allclose(z[:, latent:].sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([3, 8, "--out", "film.avi"], "Unknown suffix"),
        ([3, 10_000, "--out", "film.gif"], "no test image"),
        ([3, 8, "--size", 3, "--out", "film.gif"], "size"),
        ([3, "nowhere.png", "--out", "film.gif"], "nowhere"),
        ([3, "--out", "film.gif"], "at least two pictures"),
        ([3, 8, "--between", "class", "--out", "film.gif"], "not class-conditional"),
        ([3, 8, 9, "--grid", 4, "--out", "film.png"], "grid"),
        ([3, 8, 9, 1, "--grid", 4, "--path", "graph", "--out", "film.png"], "grid"),
        ([3, 8, "--steps", 1, "--out", "film.gif"], "too few"),
        ([3, 8, 9, "--steps", 2, "--out", "film.gif"], "too few"),
        ([3, 8, "--steps", 3600, "--ping-pong", "--out", "film.gif"], "too many"),
    ],
)
def test_nonsense_is_refused(command, models_home, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    assert word in str(command("interpolate", "mnist-2d", *arguments, fails=True))
    assert list(tmp_path.glob("film*")) == []


@pytest.mark.parametrize("steps", [3601, 10_000])
def test_steps_beyond_the_limits_are_refused_with_them(models_home, tmp_path, steps):
    out = tmp_path / "film.gif"
    arguments = ["interpolate", "mnist-2d", "3", "8", "--steps", str(steps), "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2 and "3600" in result.output and not out.exists()
