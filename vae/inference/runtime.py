"""Opens bundles with a runtime: ONNX Runtime on a CPU, Keras (TensorFlow or JAX) on a GPU."""

import logging
import os
import threading
from collections import defaultdict
from math import prod
from pathlib import Path
from weakref import WeakValueDictionary

from vae.errors import BadRequestError, ZscopeError
from vae.formats.bundle import Bundle
from vae.inference.codec import Codec
from vae.inference.network_host import current_host
from vae.inference.pool import POOL
from vae.message import message
from vae.models.config import ModelConfig
from vae.models.formulas import ModelFormulas
from vae.models.imported_config import ImportedConfig

__all__ = ["RUNTIMES", "choose_runtime", "open_codec", "open_runtime", "runtime_bytes"]

LOGGER = logging.getLogger(__name__)
RUNTIMES = ("auto", "onnx", "keras")
_VARIABLE = "ZSCOPE_RUNTIME"
# An estimate of a model's memory, fitted to the bundled models: 1 to 5 MB besides copies and activations.
_BASE = 5_000_000  # bytes of sessions or compiled functions
_COPIES = 3  # of the weights: as read, as given to the runtime, and as it arranges them for the processor
_LAYERS = 6  # whose activations are in memory together
_LARGEST_REPLY = 4_000_000  # most pixels that one request decodes
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
        raise BadRequestError(
            message("{variable} is {chosen}.", variable=_VARIABLE, chosen=repr(chosen)),
            message("Set it to one of {runtimes}.", runtimes=", ".join(RUNTIMES)),
        )
    if chosen != "auto":
        return chosen
    return "keras" if _has_gpu() else "onnx"


def open_runtime(bundle: Bundle) -> ModelFormulas:
    """Open the model of a bundle with the chosen runtime. While it is in use anywhere, the same object is returned.

    If ONNX Runtime cannot run it, Keras does, and a warning in the log gives the reason. Its memory counts in
    `vae.inference.pool.POOL`.

    Raises:
        BadRequestError: there is no memory left.
    """
    key = bundle.manifest.networks_hash, repr(bundle.manifest.model)
    with _opening[key]:
        model = _open.get(key)
        if model is None:
            with POOL.reserve(runtime_bytes(bundle), bundle.manifest.id) as keep:
                _open[key] = model = bundle.vae if choose_runtime() == "keras" else _open_onnx(bundle)
                keep(model)
        return model


def runtime_bytes(bundle: Bundle) -> int:
    """Estimate the memory of an opened model: weights, activations of its largest batch, and its process."""
    weights = sum(part.nbytes for part in bundle.weights.values()) + sum(map(len, bundle.onnx.values()))
    host = current_host()
    process = host.process_bytes if host and bundle.onnx else 0
    return _BASE + process + _COPIES * weights + _activations(bundle.manifest.model)


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


def _activations(config: ModelConfig | ImportedConfig) -> int:
    pixels = prod(config.image_shape)
    rows = min(config.largest_batch, max(1, _LARGEST_REPLY // pixels))
    known = config.live_values if isinstance(config, ImportedConfig) else 0
    return 4 * max(known, _LAYERS * rows * pixels)


def _has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded and no setting hides its devices."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return visible not in ("", "-1") and Path("/proc/driver/nvidia/version").exists()
