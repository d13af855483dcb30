"""A model that Keras saved computes here what Keras computes with it, and knows which output is which."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.vae.importing.bringing import imported
from tests.vae.importing.keras_models import MODELS, SHAPE, D, a_standard_deviation
from vae.errors import ImportRefusedError
from vae.export.plain import plain_decoder, plain_encoder, whole_model
from vae.importing.process import take_in

pytestmark = pytest.mark.usefixtures("quick_start")


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_is_what_keras_makes_of_it(make, tmp_path):
    true = make(tmp_path)
    made, _ = imported(true.files)
    rng = np.random.default_rng(1)
    x = rng.random((5, 12, 12, 1)).astype(np.float32)
    z = rng.normal(size=(5, 3)).astype(np.float32)
    heads = true.encode(x)
    found = [np.asarray(one) for one in made.vae.encode(x)][: len(heads)]
    assert made.config.variational == (len(heads) == 2)
    assert made.config.image_shape == (12, 12, 1)
    for one, expected in zip(found, heads, strict=True):
        assert expected.std() > 1e-2
        np.testing.assert_allclose(one, expected, atol=1e-5 * max(1, np.abs(expected).max()))
    pictures = true.decode(z)
    assert pictures.std() > 1e-2
    np.testing.assert_allclose(np.asarray(made.vae.decoder(z)), pictures, atol=1e-5)


def test_our_own_export_of_one_comes_back(tmp_path):
    """With the operations that its standard deviation goes through."""
    first = imported(a_standard_deviation(tmp_path).files)[0].vae
    path = tmp_path / "ours.keras"
    whole_model(plain_encoder(first), plain_decoder(first), 0).save(path)
    x = np.random.default_rng(1).random((5, *SHAPE)).astype(np.float32)
    again = imported([(path.name, path)])[0].vae
    for found, expected in zip(again.encode(x), first.encode(x), strict=True):
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), atol=1e-6)


def _saved_with(middle, folder):
    z = keras.Input((D,))
    picture = layers.Reshape(SHAPE)(layers.Dense(144, activation="sigmoid")(middle(z)))
    keras.Model(z, picture).save(folder / "decoder.keras")
    return [("decoder.keras", folder / "decoder.keras")]


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Log", "__main__"),
        ("ReLU", "somebodys.layers"),
        pytest.param("Dropout", "__main__", marks=pytest.mark.full),
        pytest.param("Log", "somebodys.layers", marks=pytest.mark.full),
        pytest.param("ReLU", "__main__", marks=pytest.mark.full),
        pytest.param("Dropout", "somebodys.layers", marks=pytest.mark.full),
    ],
)
def test_a_class_of_ones_own_with_a_known_name_is_not_taken_for_it(name, module, tmp_path):
    other = type(name, (layers.Layer,), {"call": lambda self, x: 7 * x, "__module__": module})
    with pytest.raises(ImportRefusedError, match=f"The layer odd is of the unknown class {name}"):
        take_in(_saved_with(other(name="odd"), tmp_path))


def test_an_operation_that_is_not_known_is_refused_by_name(tmp_path):
    with pytest.raises(ImportRefusedError, match=r"names keras\.src\.ops\.numpy\.Cos, which"):
        take_in(_saved_with(ops.cos, tmp_path))
