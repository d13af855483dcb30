"""A loaded model is its codec and its meter in one."""

import numpy as np
import pytest

from vae.bundle import load_bundle
from vae.codec import Codec
from vae.errors import ModelNotFoundError
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.loaded import LoadedModel, load_model


@pytest.fixture
def model(published, monkeypatch) -> LoadedModel:
    monkeypatch.setenv("ZSCOPE_MODELS", str(published.parent))
    return load_model("digits-6")


def test_it_is_what_the_live_channel_serves(model):
    assert (model.model_id, model.latent_dim, model.image_shape) == ("digits-6", 6, (8, 8, 1))
    assert model.device in ("CPU", "GPU", "TPU")


def test_both_directions_are_the_bundle_s(model, published, digits):
    codec = Codec(load_bundle(published).vae)
    images = digits.test.images[:9]
    np.testing.assert_array_equal(model.encode(images), codec.encode(images))
    codes, _ = model.encode(images)
    np.testing.assert_array_equal(model.decode_pixels(codes), codec.decode_pixels(codes))


def test_it_measures_among_the_reference_codes(model, published):
    reference = load_bundle(published).reference
    readings = model.measure(reference.z_mean)
    meter = DataDistance(reference.z_mean, active_units(reference.z_mean))
    np.testing.assert_allclose(readings, meter.measure(reference.z_mean), atol=0.5)
    np.testing.assert_array_equal(readings[:, 2], np.arange(len(reference.z_mean)))


def test_an_image_s_code_leads_back_to_the_image(model, digits):
    """One loop: encode a test image; the nearest reference code is that image's own."""
    codes, _ = model.encode(digits.test.images[:20])
    assert model.measure(codes)[:, 2].tolist() == list(range(20))


def test_a_path_is_not_loaded(model, published):
    with pytest.raises(ModelNotFoundError):
        load_model(str(published))
