"""`weights.safetensors`: the header is compared with the architecture before any weight is read."""

import json
from math import prod

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vae.errors import BundleError
from vae.message import message
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.plan import parameter_count, weight_shapes

__all__ = ["PARAMETER_BUDGET", "check_budget", "pack_weights", "read_weights"]

_MAX_HEADER_BYTES = 200_000  # usual headers: 5,000; parsed JSON needs much more memory than its text
PARAMETER_BUDGET = 20_000_000  # 80 MB of float32


def pack_weights(weights: dict[str, np.ndarray]) -> bytes:
    """Return named float32 arrays as safetensors bytes."""
    # Not `ascontiguousarray`: it changes a scalar, such as a likelihood's σ, to an array of one number.
    return save({name: np.asarray(array, np.float32, order="C") for name, array in weights.items()})


def check_budget(config: ModelConfig | ImportedConfig) -> None:
    """Refuse an architecture with more weights than `PARAMETER_BUDGET`; nothing is built."""
    count = parameter_count(config)
    if count > PARAMETER_BUDGET:
        raise BundleError(
            message(
                "This architecture has {count} weights; the limit is {parameter_budget}.",
                count=f"{count:,}",
                parameter_budget=f"{PARAMETER_BUDGET:,}",
            ),
            "Use smaller widths or fewer dense units.",
        )


def read_weights(data: bytes, config: ModelConfig | ImportedConfig) -> dict[str, np.ndarray]:
    """Return every weight of the architecture, float32, finite.

    Raises:
        BundleError: names, shapes or dtypes differ from the architecture's, or a weight is NaN or infinite.
    """
    _check_header(data, weight_shapes(config))
    try:
        weights = load(data)
    except (SafetensorError, ValueError) as error:
        raise BundleError(
            message("weights.safetensors cannot be read: {error}.", error=error), "Copy or export the bundle again."
        ) from error
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise BundleError(
                message("The weight {name} contains NaN or infinity.", name=name),
                "Train again: this model's training diverged.",
            )
    return weights


def _check_header(data: bytes, expected: dict[str, tuple[int, ...]]) -> None:
    # Format: 8 bytes of little-endian length, JSON of that length, then the arrays.
    length = int.from_bytes(data[:8], "little")
    try:
        if length > _MAX_HEADER_BYTES:
            raise ValueError("too long")
        header = json.loads(data[8 : 8 + length])
        found = {
            name: (entry["dtype"], tuple(entry["shape"])) for name, entry in header.items() if name != "__metadata__"
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BundleError("weights.safetensors has no readable header.", "Copy or export the bundle again.") from error
    missing, foreign = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    if missing or foreign:
        raise BundleError(
            message(
                "The weights do not fit this architecture: {some}{some2}.",
                some=_some("missing", missing),
                some2=_some("unknown", foreign),
            ),
            "Keep model.json and weights.safetensors of one export together.",
        )
    for name, shape in expected.items():
        if found[name] != ("F32", shape):
            dtype, got = found[name]
            raise BundleError(
                message(
                    "The weight {name} is {dtype} of shape {got}; the architecture has F32 of shape {shape}.",
                    name=name,
                    dtype=dtype,
                    got=got,
                    shape=shape,
                ),
                "Keep model.json and weights.safetensors of one export together.",
            )
    size = 8 + length + 4 * sum(prod(shape) for shape in expected.values())
    if len(data) != size:
        raise BundleError(
            message(
                "weights.safetensors has {n} bytes; its header states {size}.", n=f"{len(data):,}", size=f"{size:,}"
            ),
            "The file is cut off or padded: copy it again.",
        )


def _some(what: str, names: list[str]) -> str:
    return f"{what} {', '.join(names[:3])}{' …' if len(names) > 3 else ''} " if names else ""
