"""A model that torch exported computes here what torch computes with it, and its numbers are read as they are meant."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.vae.importing.bringing import imported
from tests.vae.importing.torch_models import (
    DCGAN,
    MLP,
    Coloured,
    Digits,
    Joint,
    JointlyScaled,
    Plain,
    Scaled,
    Varied,
    export,
    outputs,
    shaken,
    trained,
)
from vae.data import load_test_split
from vae.importing.pictures import PIXELS

# Model, exporter (newer or older), any number of rows or one, names of the encoder's outputs.
_CASES = {
    "rows, newer": (MLP, True, True, ()),
    "rows, older": (MLP, False, True, ("mu", "logvar")),
    "one row at a time": (MLP, False, False, ("mean", "var")),
    "no log-variance": (Plain, False, True, ()),
    "convolutions, newer": (Digits, True, True, ("log_var", "mean")),
    "convolutions, newer, one at a time": (Digits, True, False, ("log_var", "mean")),
    "convolutions, older": (Digits, False, True, ("logvar", "mu")),
    "convolutions, older, one at a time": (Digits, False, False, ("logvar", "mu")),
    "both in one output": (Joint, False, True, ()),
    "a standard deviation, newer": (Scaled, True, True, ("z_loc", "z_scale")),
    "a standard deviation, older, one at a time": (Scaled, False, False, ("mu", "sigma")),
    "a variance": (Varied, False, True, ("mean", "variance")),
    "a standard deviation in one output with the mean": (JointlyScaled, False, True, ("mean_and_scale",)),
    "a code of pixels": (DCGAN, False, True, ("logvar", "mu")),
    "colour, tanh": (Coloured, False, True, ("logvar", "mu")),
}


@pytest.mark.parametrize(("kind", "dynamo", "free", "names"), _CASES.values(), ids=_CASES)
def test_is_what_torch_makes_of_it(kind, dynamo, free, names, tmp_path):
    torch.manual_seed(0)
    model = shaken(kind())
    made = imported(export(model, tmp_path, dynamo, free, names))[0]
    channels, height, width = kind.image
    assert (made.config.image_shape, made.config.latent_dim) == ((height, width, channels), kind.d)
    signed = kind.last is nn.Tanh
    rng = np.random.default_rng(1)
    x = rng.random((6, height, width, channels)).astype(np.float32)
    z = rng.normal(size=(6, kind.d)).astype(np.float32)
    taken = (2 * x - 1 if signed else x).transpose(0, 3, 1, 2).reshape(6, *model.taken)
    heads = _in_order(kind, outputs(model, "encode", taken))
    found = [np.asarray(one) for one in made.vae.encode(x)][: len(heads)]
    for one, expected in zip(found, heads, strict=True):
        assert expected.std() > 1e-2
        np.testing.assert_allclose(one, expected, atol=1e-4)
    pictures = outputs(model, "decode", z.reshape(6, *model.code))[0].reshape(6, *kind.image).transpose(0, 2, 3, 1)
    assert pictures.std() > 1e-2
    pictures = (pictures + 1) / 2 if signed else pictures
    np.testing.assert_allclose(np.asarray(made.vae.decoder(z)), pictures, atol=1e-4)


def _in_order(kind, heads):
    """Mean and log-variance."""
    if kind is Joint:
        return np.split(heads[0], 2, axis=1)
    if kind is JointlyScaled:
        mean, sigma = np.split(heads[0], 2, axis=1)
        return mean, 2 * np.log(sigma)
    if kind in (Scaled, Varied):
        return heads[0], (2 if kind is Scaled else 1) * np.log(heads[1])
    return heads if kind in (MLP, Plain) else heads[::-1]


class _Logits(Digits):
    last = nn.Identity


class _Signed(Digits):
    last = nn.Tanh


class _Bytes(MLP):
    last = nn.Identity


_MEAN, _SPREAD = 0.305, 0.376  # of the digits' pixels
_READINGS = {
    "unit": (Digits, lambda x: x, F.mse_loss, "unit", "unit"),
    "signed": (_Signed, lambda x: 2 * x - 1, lambda y, x: F.mse_loss(y, 2 * x - 1), "signed", "signed"),
    "logits": (_Logits, lambda x: x, F.binary_cross_entropy_with_logits, "unit", "logits"),
    "standardised": (Digits, lambda x: (x - _MEAN) / _SPREAD, F.mse_loss, "standardised", "unit"),
}


@pytest.mark.parametrize(("kind", "enter", "loss", "taken", "given"), _READINGS.values(), ids=_READINGS)
def test_its_numbers_are_read_as_they_were_meant(kind, enter, loss, taken, given, tmp_path):
    """Names that say nothing, and a log-variance that comes first."""
    images = load_test_split("digits").images
    model = trained(kind(), images / 255, enter, loss)
    made, guess = imported(export(model, tmp_path, False, True, ("first", "second")), images)
    choices = guess.choices
    assert choices.taken[1].title.startswith(PIXELS[taken].title if taken in PIXELS else taken)
    assert choices.given[1] == PIXELS[given]
    assert (choices.taken[0], choices.given[0]) == ("chw", "chw")
    assert (choices.mean.output, choices.log_var.output) == (1, 0)
    assert guess.error < 0.05 < float(np.square(images / 255 - (images / 255).mean(0)).mean())
    assert guess.error < guess.second
    back = made.reconstructions(images[:100])
    assert float(np.square((back / 255.0) - (images[:100] / 255.0)).mean()) < 0.05
