"""Mistakes of listings that do not run, and what the checks of this project say about each. The page runs them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import ValidationError

from vae.data import dataset_info
from vae.data.dataset import make_split
from vae.errors import ZscopeError
from vae.models.networks.graph import Graph
from zscope.ui.errors import error_text
from zscope.ui.language import N_

__all__ = ["CHECKS", "answer_of"]


def without_channel_axis():
    images, labels = np.zeros((5, 28, 28), np.uint8), np.zeros(5, int)
    return make_split(dataset_info("mnist"), images, labels, "my images").images.shape


def floats_instead_of_bytes():
    images, labels = np.zeros((5, 28, 28), np.float32), np.zeros(5, int)
    return make_split(dataset_info("mnist"), images, labels, "my images")


def unknown_keyword():
    layer = {"kind": "Dense", "name": "hidden", "inputs": ("input",), "units": 64, "kernal": "relu"}
    return Graph.model_validate({"input_shape": (2,), "layers": (layer,), "outputs": ("hidden",)})


def image_without_channels_in_a_convolution():
    layer = {"kind": "Conv2D", "name": "conv", "inputs": ("input",), "filters": 32, "kernel_size": (3, 3)}
    return Graph.model_validate({"input_shape": (28, 28), "layers": (layer,), "outputs": ("conv",)})


# What the listing does → the function that does it here.
CHECKS: dict[str, Callable[[], Any]] = {
    N_("Grey images without a channel axis: the loader adds it"): without_channel_axis,
    N_("Floats where the data set has bytes"): floats_instead_of_bytes,
    N_("A keyword that the layer does not have"): unknown_keyword,
    N_("A convolution of an image without channels"): image_without_channels_in_a_convolution,
}


def answer_of(check: Callable[[], Any]) -> str:
    """Run a check and return its result, or the message of its error."""
    try:
        return str(check())
    except ZscopeError as error:
        return error_text(error)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else first["msg"]
