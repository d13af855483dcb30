"""Checks the arguments of latent operations: codes and row numbers."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["check_codes", "check_rows", "check_spread"]


def check_codes(codes: np.ndarray, what: str = "The codes", least: int = 1, dim: int | None = None) -> np.ndarray:
    """Check codes and return them as a contiguous float32 array `(n, d)`.

    Args:
        codes: float `(n, d)`.
        what: subject of the error message, such as "The codes" or "The selection's codes".
        least: least number of rows.
        dim: the expected d; None for any.

    Raises:
        BadRequestError: wrong shape, too few rows, or NaN or infinity.
    """
    codes = np.ascontiguousarray(codes, np.float32)
    if codes.ndim != 2 or not codes.shape[1]:
        raise BadRequestError(
            message(
                "{what} have shape {shape}; expected (n, dimensions), one code per row.", what=what, shape=codes.shape
            )
        )
    if dim is not None and codes.shape[1] != dim:
        raise BadRequestError(
            message("{what} have {shape} dimensions, expected {dim}.", what=what, shape=codes.shape[1], dim=dim),
            "Use codes of the same model.",
        )
    if len(codes) < least:
        raise BadRequestError(
            message("{what} have {n} rows; at least {least} are needed.", what=what, n=len(codes), least=least),
            "Choose more images.",
        )
    if not np.isfinite(codes).all():
        broken = int((~np.isfinite(codes).all(axis=1)).sum())
        raise BadRequestError(
            message("{what} hold NaN or infinity in {broken} of {n} rows.", what=what, broken=broken, n=len(codes)),
            "The model's encoder is broken: train it again, or choose another model.",
        )
    return codes


def check_spread(codes: np.ndarray) -> None:
    """Refuse codes `(n, d)` that are all equal: there is no map of them.

    Raises:
        BadRequestError: all codes are equal, as those of a collapsed model are.
    """
    if not np.ptp(codes, axis=0).any():
        raise BadRequestError(
            message("All {n} codes are the same: there is nothing to map.", n=len(codes)),
            "Choose other images, or a model whose codes differ between images.",
        )


def check_rows(rows: np.ndarray, count: int, what: str = "The selection") -> np.ndarray:
    """Check row numbers and return them as int64 `(k,)`, ascending and without repetitions.

    Args:
        rows: int `(k,)` in any order, or bool `(count,)`.
        count: number of rows of the array that they refer to.
        what: subject of the error message.

    Raises:
        BadRequestError: not a list of whole numbers, empty, or a number out of range.
    """
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (count,):
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise BadRequestError(
            message(
                "{what} is {dtype} of shape {shape}; expected a list of row numbers.",
                what=what,
                dtype=rows.dtype,
                shape=rows.shape,
            )
        )
    if not rows.size:
        raise BadRequestError(message("{what} is empty.", what=what), "Select some points first.")
    outside = rows[(rows < 0) | (rows >= count)]
    if outside.size:
        raise BadRequestError(
            message(
                "{what} has row {outside}, but there are only {count} rows.",
                what=what,
                outside=int(outside[0]),
                count=count,
            ),
            "Select again on this map.",
        )
    return np.unique(rows).astype(np.int64)
