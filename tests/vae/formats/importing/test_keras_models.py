"""An imported Keras model has the outputs that Keras computes, with the right meaning."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.keras_models import MODELS, SHAPE, D, a_standard_deviation
from vae.errors import ImportRefusedError
from vae.formats.exporting.plain import plain_decoder, plain_encoder, whole_model
from zscope.jobs.importing.launcher import take_in

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


def test_an_export_of_an_imported_model_can_be_imported_again(tmp_path):
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
def test_rejects_a_custom_class_with_the_name_of_a_keras_layer(name, module, tmp_path):
    other = type(name, (layers.Layer,), {"call": lambda self, x: 7 * x, "__module__": module})
    with pytest.raises(ImportRefusedError, match=f"The layer odd has the class {name}, which is not part of Keras"):
        take_in(_saved_with(other(name="odd"), tmp_path))


def test_an_operation_that_is_not_known_is_refused_by_name(tmp_path):
    with pytest.raises(ImportRefusedError, match="uses Keras' operation Cos"):
        take_in(_saved_with(ops.cos, tmp_path))


def _heads_of(kind: str):
    """An encoder that computes its outputs with Keras' operations, as many examples do."""
    x = keras.Input((8, 8, 1))
    both = layers.Dense(4)(layers.Flatten()(x))
    if kind == "Split":
        halves = ops.split(both, 2, axis=-1)
        assert isinstance(halves, list)
        return keras.Model(x, halves)
    if kind == "GetItem":
        return keras.Model(x, [both[:, :2], both[:, 2:]])
    return keras.Model(x, [both, ops.exp(both / 2)])


@pytest.mark.parametrize("kind", ["Split", "GetItem", "Exp|TrueDivide|Divide"])
def test_operations_between_layers_are_called_keras_operations(kind, tmp_path):
    _heads_of(kind).save(tmp_path / "encoder.keras")
    with pytest.raises(ImportRefusedError, match=rf"uses Keras' operation ({kind}) outside of a layer"):
        take_in([("encoder.keras", tmp_path / "encoder.keras")])


def test_a_layer_of_keras_that_is_not_read_is_called_that(tmp_path):
    z = keras.Input((4,))
    rows = layers.Reshape((2, 2))(z)
    hidden = layers.Flatten()(layers.MultiHeadAttention(2, 2, name="attention")(rows, rows))
    keras.Model(z, layers.Reshape((8, 8, 1))(layers.Dense(64)(hidden))).save(tmp_path / "decoder.keras")
    said = "The layer attention is a MultiHeadAttention, a layer of Keras that is not supported"
    with pytest.raises(ImportRefusedError, match=said):
        take_in([("decoder.keras", tmp_path / "decoder.keras")])


def test_a_sampling_of_one_vector_is_refused_for_what_it_is(tmp_path):
    class Sampler(layers.Layer):
        def call(self, both):
            return both[:, :2]

    x = keras.Input((8, 8, 1))
    both = layers.Dense(4)(layers.Flatten()(x))
    keras.Model(x, [both, Sampler(name="sampler")(both)]).save(tmp_path / "encoder.keras")
    with pytest.raises(ImportRefusedError, match="has the class Sampler, which is not part of Keras") as caught:
        take_in([("encoder.keras", tmp_path / "encoder.keras")])
    assert "mean and log-variance as its outputs" in caught.value.hint
