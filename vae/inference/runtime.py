"""Opens bundles with a runtime: ONNX Runtime on a CPU, Keras (TensorFlow or JAX) on a GPU."""

import logging
import os
import threading
from collections import defaultdict
from pathlib import Path
from weakref import WeakValueDictionary

from vae.errors import BadRequestError, ZscopeError
from vae.formats.bundle import Bundle
from vae.inference.codec import Codec
from vae.models.formulas import ModelFormulas

__all__ = ["RUNTIMES", "choose_runtime", "open_codec", "open_runtime"]

LOGGER = logging.getLogger(__name__)
RUNTIMES = ("auto", "onnx", "keras")
_VARIABLE = "ZSCOPE_RUNTIME"
# By the hash of their weights and their configuration. Different models open at the same time.
_opening: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
_open: WeakValueDictionary[tuple[str, str], ModelFormulas] = WeakValueDictionary()


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
    """Open the model of a bundle with the chosen runtime. While it is in use anywhere, the same object is returned.

    If ONNX Runtime cannot run it, Keras does, and a warning in the log gives the reason.
    """
    if choose_runtime() == "keras":
        return bundle.vae
    key = bundle.manifest.networks_hash, repr(bundle.manifest.model)
    with _opening[key]:
        if key not in _open:
            _open[key] = model = _open_onnx(bundle)
            return model
        return _open[key]


def open_codec(bundle: Bundle) -> Codec:
    """Return the encoder and decoder of a bundle, with the chosen runtime."""
    return Codec(open_runtime(bundle))


def _open_onnx(bundle: Bundle) -> ModelFormulas:
    from vae.inference.onnx_model import OnnxModel

    try:
        return OnnxModel(bundle.manifest.model, bundle.weights, bundle.onnx)
    except ZscopeError as error:
        LOGGER.warning("%s runs on Keras, not on ONNX Runtime: %s", bundle.manifest.id, error)
        return bundle.vae


def _has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded and no setting hides its devices."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible not in ("", "-1") and Path("/proc/driver/nvidia/version").exists()
