"""A model that Keras saved computes here what Keras computes with it, and knows which output is which."""

import numpy as np
import pytest

from tests.vae.importing.keras_models import MODELS
from vae.importing.finishing import Candidate
from vae.importing.process import take_in


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_is_what_keras_makes_of_it(make, tmp_path):
    true = make(tmp_path)
    intake = take_in(true.files)
    try:
        candidate = Candidate(intake)
        made = candidate.make(candidate.guess(None).choices)
    finally:
        intake.discard()
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
