"""Batches of sizes that compiled functions have already seen. The one place that pads."""

from collections.abc import Callable

import numpy as np

__all__ = ["LARGEST_BATCH", "bucket_size", "map_batches", "pad_rows"]

# Beyond this a bigger batch decodes no faster per image on a CPU, and on a GPU a drag never fills it.
LARGEST_BATCH = 256


def bucket_size(rows: int) -> int:
    """The smallest power of two ≥ `rows`, at most `LARGEST_BATCH`: nine compiled shapes instead of 256."""
    return min(LARGEST_BATCH, 1 << max(0, rows - 1).bit_length())


def pad_rows(array: np.ndarray, rows: int) -> np.ndarray:
    """`(n, …)` → `(rows, …)`, zeros after the n-th row; the array itself when it has them already."""
    missing = rows - len(array)
    if missing <= 0:
        return array
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])


def map_batches(
    function: Callable, *arrays: np.ndarray, report: Callable[[int], None] | None = None
) -> list[np.ndarray]:
    """Apply a function of one batch to any number of rows.

    Args:
        function: one batch `(b, …)` of each array → a tuple of arrays `(b, …)`, for b any bucket size.
        arrays: `(n, …)` each, the same n ≥ 0.
        report: told the number of rows after each batch.

    Returns:
        The concatenated outputs, one array of `(n, …)` per output.
    """
    pieces = []
    for start in range(0, max(1, len(arrays[0])), LARGEST_BATCH):
        batch = [array[start : start + LARGEST_BATCH] for array in arrays]
        rows = len(batch[0])
        outputs = function(*(pad_rows(part, bucket_size(rows)) for part in batch))
        pieces.append([np.asarray(output)[:rows] for output in outputs])
        if report:
            report(rows)
    if len(pieces) == 1:
        return pieces[0]
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
