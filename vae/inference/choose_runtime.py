"""Chooses what computes a bundle's model: ONNX Runtime on a CPU, TensorFlow or JAX on a GPU."""

import logging
import os
from pathlib import Path

from vae.errors import BadRequestError, ZscopeError
from vae.formats.bundle import Bundle
from vae.models.formulas import ModelFormulas

__all__ = ["RUNTIMES", "choose_runtime", "open_runtime"]

LOGGER = logging.getLogger(__name__)
RUNTIMES = ("auto", "onnx", "keras")
_VARIABLE = "ZSCOPE_RUNTIME"


def choose_runtime() -> str:
    """Return "onnx" or "keras": the value of `ZSCOPE_RUNTIME`, or "keras" if there is a GPU. No framework is loaded.

    Raises:
        BadRequestError: the variable has another value.
    """
    chosen = os.environ.get(_VARIABLE, "auto")
    if chosen not in RUNTIMES:
        raise BadRequestError(f"{_VARIABLE} is {chosen!r}.", f"Set it to one of {', '.join(RUNTIMES)}.")
    if chosen != "auto":
        return chosen
    return "keras" if _has_gpu() else "onnx"


def open_runtime(bundle: Bundle) -> ModelFormulas:
    """Open the model of a bundle with the chosen runtime.

    If ONNX Runtime cannot run it, Keras does, and a warning in the log gives the reason.
    """
    if choose_runtime() == "onnx":
        from vae.inference.onnx_model import OnnxModel

        try:
            return OnnxModel(bundle)
        except ZscopeError as error:
            LOGGER.warning("%s runs on Keras, not on ONNX Runtime: %s", bundle.manifest.id, error)
    return bundle.vae


def _has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded and no setting hides its devices."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible not in ("", "-1") and Path("/proc/driver/nvidia/version").exists()
