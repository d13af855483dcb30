"""Batch sizes: the few that a servable ever sees, so that one that compiles per shape compiles a handful of times."""

import numpy as np

__all__ = ["BATCH_ROWS", "BUCKETS", "bucket_for", "pad_rows"]

BATCH_ROWS = 256  # most rows of one call
BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, BATCH_ROWS)


def bucket_for(rows: int) -> int:
    """The smallest bucket that holds `rows`, 1 ≤ rows ≤ BATCH_ROWS."""
    return 1 << (rows - 1).bit_length()


def pad_rows(pieces: list[np.ndarray], size: int) -> np.ndarray:
    """Arrays stacked along the first axis and filled up with zeros.

    Args:
        pieces: one or more arrays (n_i, …) of one dtype and row shape.
        size: rows of the result, at least Σ n_i.

    Returns:
        (size, …); the piece itself, not copied, where a single one has that size already.
    """
    if len(pieces) == 1 and len(pieces[0]) == size:
        return pieces[0]
    padded = np.zeros((size, *pieces[0].shape[1:]), pieces[0].dtype)
    row = 0
    for piece in pieces:
        padded[row : row + len(piece)] = piece
        row += len(piece)
    return padded
