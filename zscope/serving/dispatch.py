"""Computes one batch: pads the inputs, calls the servable, checks its outputs and removes the padding."""

import numpy as np

from vae.batching import bucket_size, pad_rows
from zscope.serving.layout import Layout
from zscope.serving.protocol import Operation
from zscope.serving.servable import Servable

__all__ = ["compute"]


def compute(servable: Servable, layout: Layout, operation: Operation, pieces: list[np.ndarray]) -> np.ndarray:
    """Return the outputs of one batch.

    Args:
        servable: called on the caller's thread.
        layout: the servable's.
        operation: any but ERROR.
        pieces: arrays (n_i, …) in the wire's dtype, Σ n_i ≤ the servable's `largest_batch`.

    Returns:
        (Σ n_i, …) in the wire's dtype, rows in the order of `pieces`.

    Raises:
        TypeError: the servable returned a wrong shape or dtype.
        Exception: whatever the servable raises.
    """
    rows = sum(map(len, pieces))
    search = {Operation.MEASURE: "measure", Operation.PLACE: "place", Operation.INVERT: "invert"}.get(operation)
    if search:
        # Without padding, which saves no compilation: these are searches, not one network.
        outputs = getattr(servable, search)(pad_rows(pieces, rows))
    else:
        inputs = pad_rows(pieces, bucket_size(rows))
        if operation is Operation.DECODE:
            outputs = servable.decode_pixels(inputs)[:rows]
        else:
            z_mean, z_log_var = servable.encode(inputs)
            outputs = np.concatenate([z_mean, z_log_var], axis=1)[:rows]
            if operation is Operation.RECONSTRUCT:
                pixels = servable.decode_pixels(z_mean)[:rows]
                codes = np.ascontiguousarray(outputs, "<f4").view(np.uint8)
                outputs = np.concatenate([codes, pixels.reshape(rows, -1)], axis=1)
    shape, dtype = layout.reply_row(operation)
    outputs = np.asarray(outputs)
    # Clients would receive a wrong shape as a malformed frame, and a wrong dtype as wrong numbers.
    if outputs.shape != (rows, *shape) or outputs.dtype.kind != dtype.kind:
        raise TypeError(
            f"{type(servable).__name__} answered {operation.name} with {outputs.dtype} {outputs.shape}; "
            f"expected {dtype} {(rows, *shape)}."
        )
    return outputs.astype(dtype, copy=False)
