"""Best, median and worst reconstructions are of the right images, with the model's true errors."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from zscope.library import picture_cache as keeping
from zscope.library.picker_pictures import pick_reconstructions, picks_of
from zscope.library.registry import SHIPPED


@pytest.fixture(scope="module")
def of_2d():
    bundle, test = load_bundle(SHIPPED / "mnist-2d"), load_test_split("mnist")
    return bundle, test, picks_of(bundle, test)


def test_picks_are_ranked_by_their_reconstruction_error(of_2d):
    bundle, test, picks = of_2d
    codec = Codec(bundle.vae)
    images = test.images.astype(np.float32) / 255
    errors = np.concatenate(
        [
            np.square(codec.decode(codec.encode(test.images[i : i + 1000])[0]) - images[i : i + 1000]).mean((1, 2, 3))
            for i in range(0, 10_000, 1000)
        ]
    )
    best, median, worst = picks.errors
    assert picks.images == 10_000
    np.testing.assert_allclose(picks.errors, errors[picks.rows], atol=1e-4)
    assert best[0] == pytest.approx(errors.min(), abs=1e-5) and (np.diff(best) >= 0).all()
    assert worst[0] == pytest.approx(errors.max(), abs=1e-4) and (np.diff(worst) <= 0).all()
    assert np.abs(median - np.median(errors)).max() < 1e-3
    assert errors.mean() == pytest.approx(bundle.card.metrics.mse.value, abs=1e-4)


def test_the_pairs_are_the_images_and_their_reconstructions(of_2d):
    _, test, picks = of_2d
    np.testing.assert_array_equal(picks.pairs[:, 0], test.images[picks.rows])
    drawn = picks.pairs[:, 1] / np.float32(255)
    found = np.square(drawn - picks.pairs[:, 0] / np.float32(255)).mean(axis=(2, 3, 4))
    np.testing.assert_allclose(found, picks.errors, atol=2e-4)  # rounded to bytes
    sheet = Image.open(io.BytesIO(picks.sheet("worst")))
    assert sheet.size == (8 * 29 + 1, 2 * 29 + 1)
    above = np.asarray(sheet.convert("L"))[1:29, 1:29]
    np.testing.assert_array_equal(above, test.images[picks.rows[2, 0]][..., 0])


def test_a_conditional_model_gets_the_class_of_each_image(save, make_content):
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, classes=10)
    bundle = load_bundle(save("conditional", **make_content(config) | {"id": "conditional"}))
    test = load_test_split("digits")
    picks = picks_of(bundle, test)
    codes = np.concatenate([bundle.reference.z_mean, np.eye(10, dtype=np.float32)[test.labels]], axis=1)
    errors = np.square(Codec(bundle.vae).decode(codes) - test.images / np.float32(255)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(picks.errors[0], np.sort(errors)[:8], rtol=1e-5)


def test_picks_are_cached_on_disk(save):
    save("tiny")
    first = pick_reconstructions("tiny")
    keeping._memory.clear()
    again = pick_reconstructions("tiny")
    for name, value in vars(first).items():
        np.testing.assert_array_equal(getattr(again, name), value)


def test_a_damaged_file_is_made_anew(save, own):
    save("tiny")
    first = pick_reconstructions("tiny")
    (path,) = (own / ".pictures").glob("*-picks.npz")
    path.write_bytes(path.read_bytes()[:100])
    keeping._memory.clear()
    np.testing.assert_array_equal(pick_reconstructions("tiny").errors, first.errors)


def test_few_images_are_enough(save):
    bundle, test = load_bundle(save("tiny")), load_test_split("digits")
    few = replace(test, images=test.images[:5], labels=test.labels[:5])
    reference = replace(bundle.reference, z_mean=bundle.reference.z_mean[:5])
    picks = picks_of(replace(bundle, reference=reference), few)
    assert picks.rows.shape == (3, 5)
    assert sorted(picks.rows[0]) == sorted(picks.rows[2]) == [0, 1, 2, 3, 4]


def test_a_decoder_alone_has_none(save, monkeypatch):
    save("tiny")
    monkeypatch.setattr(ModelConfig, "encodes", False)
    with pytest.raises(BadRequestError, match="no encoder"):
        pick_reconstructions("tiny")
