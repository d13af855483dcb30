"""`reference.npz`: the codes of the images that the pages show."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vae.errors import BundleError, DataError
from vae.message import message
from vae.npz import read_npz

__all__ = ["Reference", "pack_reference", "read_reference"]

_MAX_BYTES = 200_000_000
_MIN_ROWS = 11  # the off-data meter needs ten other codes


@dataclass(frozen=True)
class Reference:
    """The encoded test split; row i belongs to its i-th image.

    Attributes:
        z_mean, z_log_var: float32 `(n, latent_dim)`.
        labels: int64 `(n,)`.
        data_distance: float32 `(n,)`, value of the off-data meter for each code (`vae.latent.distance`).
    """

    z_mean: np.ndarray
    z_log_var: np.ndarray
    labels: np.ndarray
    data_distance: np.ndarray


_FIELDS = {"z_mean": np.float32, "z_log_var": np.float32, "labels": np.int64, "data_distance": np.float32}


def pack_reference(reference: Reference) -> bytes:
    """Return `.npz` bytes; compressed, mainly for the labels."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: getattr(reference, name).astype(kind) for name, kind in _FIELDS.items()})
    return buffer.getvalue()


def read_reference(data: bytes | Path, latent_dim: int) -> Reference:
    """Read and check the codes.

    Raises:
        BundleError: an array is missing, has another shape or dtype, or is not finite; or there are too few codes.
    """
    try:
        arrays = read_npz(io.BytesIO(data) if isinstance(data, bytes) else data, _FIELDS, _MAX_BYTES, "reference.npz")
    except DataError as error:
        raise BundleError(error.message, "Copy or export the bundle again.") from error
    rows = len(arrays["labels"]) if arrays["labels"].ndim == 1 else -1
    shapes = {
        "z_mean": (rows, latent_dim),
        "z_log_var": (rows, latent_dim),
        "labels": (rows,),
        "data_distance": (rows,),
    }
    for name, kind in _FIELDS.items():
        array = arrays[name]
        if array.shape != shapes[name] or array.dtype != kind:
            raise BundleError(
                message(
                    "reference.npz: {name} is {dtype} of shape {shape}, expected {dtype2} of shape {shapes}.",
                    name=name,
                    dtype=array.dtype,
                    shape=array.shape,
                    dtype2=np.dtype(kind),
                    shapes=shapes[name],
                ),
                "Copy or export the bundle again.",
            )
        if not np.isfinite(array).all():
            raise BundleError(
                message("reference.npz: {name} contains NaN or infinity.", name=name), "Export the bundle again."
            )
    if rows < _MIN_ROWS:
        raise BundleError(
            message("reference.npz has {rows} codes, at least {min_rows} are needed.", rows=rows, min_rows=_MIN_ROWS),
            "Export the bundle again.",
        )
    if arrays["labels"].min() < 0:
        raise BundleError("reference.npz: labels contains a negative class.", "Export the bundle again.")
    return Reference(**arrays)
