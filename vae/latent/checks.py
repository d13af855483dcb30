"""Checks the arguments of latent operations: codes and row numbers."""

import numpy as np

from vae.errors import BadRequestError

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
        raise BadRequestError(f"{what} have shape {codes.shape}; expected (n, dimensions), one code per row.")
    if dim is not None and codes.shape[1] != dim:
        raise BadRequestError(
            f"{what} have {codes.shape[1]} dimensions, expected {dim}.", "Use codes of the same model."
        )
    if len(codes) < least:
        raise BadRequestError(f"{what} have {len(codes)} rows; at least {least} are needed.", "Choose more images.")
    if not np.isfinite(codes).all():
        broken = int((~np.isfinite(codes).all(axis=1)).sum())
        raise BadRequestError(
            f"{what} hold NaN or infinity in {broken} of {len(codes)} rows.",
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
            f"All {len(codes)} codes are the same: there is nothing to map.",
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
        raise BadRequestError(f"{what} is {rows.dtype} of shape {rows.shape}; expected a list of row numbers.")
    if not rows.size:
        raise BadRequestError(f"{what} is empty.", "Select some points first.")
    outside = rows[(rows < 0) | (rows >= count)]
    if outside.size:
        raise BadRequestError(
            f"{what} has row {int(outside[0])}, but there are only {count} rows.", "Select again on this map."
        )
    return np.unique(rows).astype(np.int64)
