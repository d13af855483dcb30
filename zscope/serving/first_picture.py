"""Decodes one picture at once, for a page that shows it before its live channel is open."""

import queue

import numpy as np

from vae.errors import ZscopeError
from zscope.serving.hub import Hub
from zscope.serving.protocol import Header, Operation
from zscope.serving.scheduler import Reply, Request

__all__ = ["decode_at_once"]

_PATIENCE = 0.1  # seconds; without the picture, the page shows the first one of the live channel


def decode_at_once(hub: Hub, model_id: str, z: np.ndarray, patience: float = _PATIENCE) -> np.ndarray | None:
    """Decode a code with the engine of the live channel, which loads the model if it must.

    Args:
        z: (code_dim,).
        patience: seconds to wait for the model, and then for the picture.

    Returns:
        uint8 (h, w, c). None if either takes longer or fails: the live channel reports the error.
    """
    try:
        engine = hub.opening(model_id).result(timeout=patience)
    except (TimeoutError, ZscopeError):
        return None
    if z.shape != (engine.servable.code_dim,):
        return None
    replies: queue.SimpleQueue[list[Reply]] = queue.SimpleQueue()
    header = Header(Operation.DECODE, lane=0, sequence=0, rows=1)
    inputs = np.ascontiguousarray(z[None], "<f4")  # (1, code_dim)
    try:
        engine.submit(Request(replies, header, inputs, lambda answered: replies.put(list(answered))))
        result = replies.get(timeout=patience)[0].result
    except (queue.Empty, ZscopeError):
        return None
    return None if isinstance(result, Exception) else result[0]
