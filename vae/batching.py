"""Splits arrays into batches of a few fixed sizes, so that functions are compiled for few shapes."""

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["BUCKETS", "LARGEST_BATCH", "bucket_size", "map_batches", "pad_rows"]

# On a CPU, a larger batch takes as long per image. On a GPU, the requests of a drag never fill a larger batch.
LARGEST_BATCH = 256
BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, LARGEST_BATCH)


def bucket_size(rows: int) -> int:
    """Return the smallest of `BUCKETS` that is at least `rows`, or the largest one if there are more rows."""
    return min(LARGEST_BATCH, 1 << max(0, rows - 1).bit_length())


def pad_rows(pieces: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """Concatenate arrays `(n_i, …)` of one dtype and row shape and pad with zeros to `(rows, …)`; Σ n_i ≤ rows.

    A single array that has `rows` rows is returned without a copy.
    """
    if len(pieces) == 1 and len(pieces[0]) == rows:
        return pieces[0]
    padded = np.zeros((rows, *pieces[0].shape[1:]), pieces[0].dtype)
    row = 0
    for piece in pieces:
        padded[row : row + len(piece)] = piece
        row += len(piece)
    return padded


def map_batches(
    function: Callable,
    *arrays: np.ndarray,
    report: Callable[[int], None] | None = None,
    largest: int = LARGEST_BATCH,
    only: int | None = None,
) -> list[np.ndarray]:
    """Apply a function to any number of rows, one batch at a time.

    Args:
        function: one batch `(b, …)` of each array → a tuple of arrays `(b, …)`; b is one of `BUCKETS`.
        arrays: `(n, …)` each, the same n ≥ 0.
        report: called after each batch with its number of rows.
        largest: the largest batch size, one of `BUCKETS`.
        only: the only batch size that the function accepts; replaces the sizes up to `largest`.

    Returns:
        The concatenated outputs, one array `(n, …)` per output.
    """
    pieces, largest = [], only or largest
    for start in range(0, max(1, len(arrays[0])), largest):
        batch = [array[start : start + largest] for array in arrays]
        rows = len(batch[0])
        outputs = function(*(pad_rows([part], only or bucket_size(rows)) for part in batch))
        pieces.append([np.asarray(output)[:rows] for output in outputs])
        if report:
            report(rows)
    if len(pieces) == 1:
        return pieces[0]
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
