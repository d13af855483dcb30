"""What is made of a listed model and kept for the next asking."""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from zscope.library.registry import fingerprint

__all__ = ["kept"]

Made = TypeVar("Made")
_MOST = 4  # things of one kind; the least recently asked for goes first


def kept(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """Decorate a function of a listed model's id: it makes its thing once, and anew when the model is trained anew."""
    making: dict[str, threading.Lock] = defaultdict(threading.Lock)  # two who ask for one model at once get one
    cached = lru_cache(_MOST)(lambda model_id, weights: make(model_id))

    @wraps(make)
    def find(model_id: str) -> Made:
        with making[model_id]:
            return cached(model_id, fingerprint(model_id))

    return find
