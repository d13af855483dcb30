"""Contact sheets show the samples of a model in order, without selection, and the same each time."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vae.errors import BundleError, ModelNotFoundError
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from zscope.library import picture_cache as keeping
from zscope.library import rename
from zscope.library.registry import open_model
from zscope.library.sample_sheets import _small, draw_sheet, sample_sheet

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10)


def cells(data: bytes, columns: int, side: int = 8) -> np.ndarray:
    """The pictures of a sheet, `(n, side, side)`, row by row; a gap of one pixel lies around each."""
    sheet = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    rows = (sheet.shape[0] - 1) // (side + 1)
    assert sheet.shape == (rows * (side + 1) + 1, columns * (side + 1) + 1)
    grid = sheet[1:, 1:].reshape(rows, side + 1, columns, side + 1)[:, :-1, :, :-1]
    return grid.swapaxes(1, 2).reshape(-1, side, side)


def test_the_pictures_are_the_decoded_draws_in_their_order(save):
    bundle = load_bundle(save("tiny"))
    noise = np.random.default_rng(0).standard_normal((32, 3), np.float32)
    expected = Codec(bundle.vae).decode_pixels(noise)[..., 0]
    np.testing.assert_array_equal(cells(draw_sheet(bundle, "few"), 8), expected)
    assert draw_sheet(bundle, "few") == draw_sheet(load_bundle(save("tiny")), "few"), "the same every time"
    many = cells(draw_sheet(bundle, "many"), 20)
    assert len(many) == 320 and len(np.unique(many.reshape(320, -1), axis=0)) > 300


def test_a_flow_s_draws_go_through_the_flow(save, make_content):
    config = replace(CONFIG, prior="realnvp", prior_blocks=2, prior_units=8)
    bundle = load_bundle(save("flow", **make_content(config) | {"id": "flow"}))
    noise = np.random.default_rng(0).standard_normal((32, 3), np.float32)
    plain = Codec(bundle.vae).decode_pixels(noise)[..., 0]
    drawn = Codec(bundle.vae).decode_pixels(np.asarray(bundle.vae.sample_prior(noise)))[..., 0]
    assert (plain != drawn).any()
    np.testing.assert_array_equal(cells(draw_sheet(bundle, "few"), 8), drawn)


def test_a_conditional_model_s_classes_come_in_turn(save, make_content):
    bundle = load_bundle(save("conditional", **make_content(replace(CONFIG, classes=10)) | {"id": "conditional"}))
    noise = np.random.default_rng(0).standard_normal((32, 3), np.float32)
    codes = np.concatenate([noise, np.eye(10, dtype=np.float32)[np.arange(32) % 10]], axis=1)
    np.testing.assert_array_equal(cells(draw_sheet(bundle, "few"), 8), Codec(bundle.vae).decode_pixels(codes)[..., 0])


def test_a_plain_autoencoder_has_a_sheet_too(save, make_content):
    bundle = load_bundle(save("plain", **make_content(replace(CONFIG, variational=False)) | {"id": "plain"}))
    assert len(cells(draw_sheet(bundle, "few"), 8)) == 32


def test_large_pictures_are_made_small():
    rng = np.random.default_rng(0)
    assert _small(rng.integers(0, 256, (128, 64, 3)).astype(np.uint8), 64).shape == (64, 32, 3)
    assert _small(rng.integers(0, 256, (128, 128, 1)).astype(np.uint8), 40).shape == (40, 40, 1)
    small = rng.integers(0, 256, (28, 28, 1)).astype(np.uint8)
    assert _small(small, 40) is small


def test_a_sheet_is_cached_by_the_weights(save, own, make_content, monkeypatch):
    drawn = []
    real = draw_sheet
    monkeypatch.setattr("zscope.library.sample_sheets.draw_sheet", lambda *order: drawn.append(1) or real(*order))
    save("tiny")
    first = sample_sheet("tiny", "few")
    rename("tiny", "Another")
    keeping._memory.clear()
    assert sample_sheet("tiny", "few") == first and len(drawn) == 1
    save("tiny", weights=make_content(seed=1)["weights"])
    assert sample_sheet("tiny", "few") != first and len(drawn) == 2


def test_a_shelf_of_dozens_leaves_the_open_models_open(save, make_content):
    save("open")
    bundle = open_model("open")
    for number in range(6):
        save(f"m{number}", weights=make_content(seed=10 + number)["weights"])
        sample_sheet(f"m{number}", "few")
    assert open_model("open") is bundle


def test_rejects_models_that_cannot_be_opened(save):
    (save("broken") / "card.json").write_text("{")
    with pytest.raises(BundleError):
        sample_sheet("broken", "few")
    with pytest.raises(ModelNotFoundError):
        sample_sheet("../broken", "few")
