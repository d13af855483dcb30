"""The interface of an encoder or decoder: a Keras model, or an object that takes its place."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Sequence
from typing import Any, Protocol

import keras

__all__ = ["OpaqueNetwork", "PartNetwork"]


class PartNetwork(Protocol):
    """The members of `keras.Model` that a model uses of its encoder and decoder."""

    @property
    def variables(self) -> Sequence[keras.Variable]: ...
    @property
    def trainable_variables(self) -> Sequence[keras.Variable]: ...
    @property
    def layers(self) -> Sequence[keras.layers.Layer]: ...
    def get_layer(self, name: str) -> Any: ...
    def __call__(self, x: Any, *, training: bool = False) -> Any: ...


class OpaqueNetwork:
    """Base of networks whose layers and weights Keras does not know."""

    variables: tuple[()] = ()
    trainable_variables: tuple[()] = ()
    layers: tuple[()] = ()

    def get_layer(self, name: str) -> Any:
        """Raise ValueError, as `keras.Model` does for an unknown layer."""
        raise ValueError(f"this network has no known layer {name}")
