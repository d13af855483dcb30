"""Models of the sizes that users import, from 28 to 256 pixels a side, compute the same as before."""

import keras
import numpy as np
import pytest
from keras import layers

from tests.vae.formats.importing.import_helpers import imported
from vae.batching import LARGEST_BATCH
from vae.errors import ImportRefusedError
from vae.formats.importing import detection as guessing
from vae.formats.importing.detection import IMAGES
from vae.inference.codec import Codec
from vae.models.imported_config import ONNX_ROWS
from vae.models.networks.graph import Graph
from zscope.jobs.importing.candidate import Candidate
from zscope.jobs.importing.launcher import take_in

pytestmark = pytest.mark.usefixtures("quick_start")

_D = 5


def _keras(side: int, channels: int, width: int, folder):
    """As deep as its side asks for."""
    keras.utils.set_random_seed(0)
    x = hidden = keras.Input((side, side, channels))
    depth = int(np.log2(side)) - 2
    for _ in range(depth):
        hidden = layers.Conv2D(width, 3, 2, "same", activation="relu")(hidden)
    small = hidden.shape[1:]  # pyright: ignore[reportAttributeAccessIssue]  Keras has no types for this
    hidden = layers.Flatten()(hidden)
    encoder = keras.Model(x, [layers.Dense(_D, name="z_mean")(hidden), layers.Dense(_D, name="z_log_var")(hidden)])
    z = keras.Input((_D,))
    hidden = layers.Reshape(small)(layers.Dense(int(np.prod(small)), activation="relu")(z))
    for _ in range(depth):
        hidden = layers.Conv2DTranspose(width, 3, 2, "same", activation="relu")(hidden)
    decoder = keras.Model(z, layers.Conv2D(channels, 3, padding="same", activation="sigmoid")(hidden))
    files = []
    for name, network in (("encoder", encoder), ("decoder", decoder)):
        network.save(folder / f"{name}.keras")
        files.append((f"{name}.keras", folder / f"{name}.keras"))
    return encoder, decoder, files


@pytest.mark.parametrize(
    ("side", "channels", "width", "batch"),
    [(32, 1, 8, LARGEST_BATCH), (64, 3, 8, LARGEST_BATCH), (128, 1, 16, 128), (256, 3, 16, 32)],
)
def test_of_keras(side, channels, width, batch, tmp_path):
    encoder, decoder, files = _keras(side, channels, width, tmp_path)
    made, _ = imported(files)
    assert made.config.image_shape == (side, side, channels)
    assert made.config.largest_batch == batch
    rng = np.random.default_rng(0)
    z, x = rng.normal(size=(3, _D)).astype(np.float32), rng.random((3, side, side, channels)).astype(np.float32)
    codec = Codec(made.model)
    np.testing.assert_allclose(codec.decode(z), np.asarray(decoder(z)), atol=1e-5)
    for found, expected in zip(codec.encode(x), encoder(x), strict=True):
        np.testing.assert_allclose(found, np.asarray(expected), atol=1e-4)


def _check_size(expected):
    """More codes than are decoded at once, in an order of their own."""
    made, _ = imported(expected.files)
    assert made.config.image_shape == expected.x.shape[1:] and made.config.largest_batch == ONNX_ROWS
    rows = np.random.default_rng(0).integers(0, len(expected.z), 20)
    np.testing.assert_allclose(Codec(made.model).decode(expected.z[rows]), expected.pictures[rows], atol=1e-4)
    assert np.abs(expected.pictures[0] - expected.pictures[1]).max() > 1e-2
    np.testing.assert_allclose(Codec(made.model).encode(expected.x)[0], expected.mean, atol=1e-4)


def test_96_pixels_of_torch(torch_files):
    _check_size(torch_files("96-pixels"))


@pytest.mark.full
def test_256_pixels_of_torch(exported_now):
    """Full tier only: the files of several MB are not committed."""
    _check_size(exported_now("256-pixels"))


def test_readings_of_slow_networks_are_tried_on_fewer_pictures(tmp_path, monkeypatch):
    _, _, files = _keras(64, 3, 8, tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (600, 64, 64, 3), np.uint8)
    intake = take_in(files)
    try:
        candidate = Candidate(intake)
        given, encode = [], candidate._runs["encoder"]
        candidate._runs["encoder"] = lambda x: given.append(len(x)) or encode(x)
        candidate.guess(images)
        assert set(given) == {IMAGES, 500}
        networks = [found.network for found in (candidate.draft.encoder, candidate.draft.decoder) if found]
        steps = sum(network.steps() for network in networks if isinstance(network, Graph))
        for affordable, tried in ((20, {20}), (1, {8})):
            monkeypatch.setattr(guessing, "_STEPS", affordable * steps)
            given.clear()
            candidate.guess(images)
            assert set(given) == tried
    finally:
        intake.discard()


def test_larger_ones_are_refused(tmp_path):
    _, _, files = _keras(512, 1, 2, tmp_path)
    with pytest.raises(ImportRefusedError, match="512"):
        imported(files)
