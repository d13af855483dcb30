"""What every latent operation asks of the codes it is given."""

import numpy as np

from vae.errors import BadRequestError

__all__ = ["check_codes", "check_rows", "check_spread"]


def check_codes(codes: np.ndarray, what: str = "The codes", least: int = 1, dim: int | None = None) -> np.ndarray:
    """Codes as float32 `(n, d)`, contiguous.

    Args:
        codes: float `(n, d)`.
        what: begins the error's sentence: "The codes", "The selection's codes".
        least: rows there must be.
        dim: d as it must be, any when None.

    Raises:
        BadRequestError: another shape, too few rows, or NaN or infinity in them.
    """
    codes = np.ascontiguousarray(codes, np.float32)
    if codes.ndim != 2 or not codes.shape[1]:
        raise BadRequestError(f"{what} have shape {codes.shape}, expected rows of one code each, (n, dimensions).")
    if dim is not None and codes.shape[1] != dim:
        raise BadRequestError(
            f"{what} have {codes.shape[1]} dimensions, expected {dim}.", "Use codes of the model that the map is of."
        )
    if len(codes) < least:
        raise BadRequestError(f"{what} are {len(codes)}, at least {least} are needed.", "Choose more images.")
    if not np.isfinite(codes).all():
        broken = int((~np.isfinite(codes).all(axis=1)).sum())
        raise BadRequestError(
            f"{what} hold NaN or infinity in {broken} of {len(codes)} rows.",
            "The model's encoder is broken: train it again, or choose another model.",
        )
    return codes


def check_spread(codes: np.ndarray) -> None:
    """Refuse codes `(n, d)` that are one and the same: no map can be drawn of them.

    Raises:
        BadRequestError: they are, as those of a collapsed model.
    """
    if not np.ptp(codes, axis=0).any():
        raise BadRequestError(
            f"All {len(codes)} codes are the same: there is nothing to map.",
            "Choose other images, or a model whose codes tell images apart.",
        )


def check_rows(rows: np.ndarray, count: int, what: str = "The selection") -> np.ndarray:
    """Row numbers, int64 `(k,)`, ascending, each once.

    Args:
        rows: int `(k,)` in any order, or bool `(count,)`.
        count: rows there are to choose from.
        what: begins the error's sentence.

    Raises:
        BadRequestError: no list of whole numbers, none at all, or numbers that are no rows.
    """
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (count,):
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise BadRequestError(f"{what} is {rows.dtype} of shape {rows.shape}, expected a list of row numbers.")
    if not rows.size:
        raise BadRequestError(f"{what} is empty.", "Select some points first.")
    if rows.min() < 0 or rows.max() >= count:
        raise BadRequestError(f"{what} names row {int(rows.max())}, there are {count}.", "Select again on this map.")
    return np.unique(rows).astype(np.int64)
