"""`compare`: the table, the matching and the most changed images, in words and as JSON."""

import json

import numpy as np
import pytest

from vae.evaluation.comparison import match_dimensions, neighbourhood_change
from zscope.library.open_models import wide_neighbours
from zscope.library.registry import open_model

PAIR = ("mnist-16", "mnist-2d")


@pytest.fixture(scope="module")
def expected():
    codes = [open_model(id).reference.z_mean for id in PAIR]
    return match_dimensions(*codes), neighbourhood_change(*map(wide_neighbours, PAIR))


@pytest.mark.full
def test_json_holds_what_the_science_finds(command, expected):
    told = json.loads(command("compare", *PAIR, "--json").stdout)
    matching, change = expected
    assert [(pair["a"], pair["b"]) for pair in told["matching"]] == list(zip(matching.a, matching.b, strict=True))
    np.testing.assert_allclose([pair["correlation"] for pair in told["matching"]], matching.correlation)
    assert len(told["only_a"]) == 14 and told["only_b"] == []
    assert [one["image"] for one in told["change"]["most"]] == change.order[:10].tolist()
    assert told["change"]["mean"] == pytest.approx(change.mean)
    figures = {line["name"]: line for line in told["figures"]}
    assert figures["MSE per pixel"]["paired"] and figures["MSE per pixel"]["better"] == "a"
    assert figures["ELBO"]["difference"] is None and "different meanings" in figures["ELBO"]["note"]


def test_in_words(command, expected):
    text = command("compare", *PAIR).stdout
    matching, change = expected
    assert "A: mnist-16\nB: mnist-2d" in text
    row = next(line for line in text.splitlines() if line.startswith("MSE per pixel"))
    assert row.endswith("*  A") and "0.00507 ± 0.00004" in row
    assert "Not compared: ELBO, log p(x|z), IWAE: different meanings." in text
    assert f"z{matching.a[0]:<4} ↔ z{matching.b[0]:<4} r = {matching.correlation[0]:+.2f}" in text
    assert f"#{change.order[0]} (100 %)" in text and "Unmatched in mnist-16:" in text


def test_of_other_data_only_figures(command):
    told = json.loads(command("compare", "mnist-16", "fashion-16", "--json").stdout)
    assert not told["same_data"] and "matching" not in told and "change" not in told
    assert "on different test images" in command("compare", "mnist-16", "fashion-16").stdout


def test_rejects_models_that_cannot_be_compared(command, save_model):
    save_model("small")
    assert "no picture fits both" in str(command("compare", "mnist-16", "small", fails=True))
    assert "Both models are mnist-16" in str(command("compare", "mnist-16", "mnist-16", fails=True))
    assert "No model is called" in str(command("compare", "mnist-16", "nobody", fails=True))


def test_models_without_points_are_measured_and_their_maps_kept(command, save_model, tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MAPS", str(tmp_path / "maps"))
    for seed, name in enumerate("ab"):
        save_model(name, title=name.upper()) if seed == 0 else save_model(name)
    told = json.loads(command("compare", "a", "b", "--json").stdout)
    assert next(line for line in told["figures"] if line["name"] == "MSE per pixel")["paired"]
    assert list((tmp_path / "maps").glob("points-*.npz"))
