"""A data set so small that a run of several epochs takes a second, and the weights of a model as arrays."""

import dataclasses

import numpy as np
import pytest

from vae.data.dataset import Dataset, Split


def _first(split: Split, count: int) -> Split:
    return Split(split.images[:count], split.labels[:count])


@pytest.fixture(scope="session")
def few_digits(digits) -> Dataset:
    """256 training images, 64 validation images, and a test split that must not be used."""

    class Poison:
        def __getattr__(self, name):
            raise AssertionError(f"the attribute {name} of the test split was used")

        def __len__(self):
            raise AssertionError("the length of the test split was used")

    return dataclasses.replace(
        digits, train=_first(digits.train, 256), validation=_first(digits.validation, 64), test=Poison()
    )


@pytest.fixture(scope="session")
def weights_of():
    def weights_of(vae) -> dict[str, np.ndarray]:
        return {name: np.array(weight.numpy()) for name, weight in vae.named_weights().items()}

    return weights_of
