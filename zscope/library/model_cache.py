"""Caches objects made from a listed model until its weights change."""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from zscope.library.registry import fingerprint

__all__ = ["cached_by_model"]

Made = TypeVar("Made")
_MOST = 4  # objects of one kind; the least recently used is evicted first


def cached_by_model(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """Decorate a function of a model id: cache its result until the model's weights change."""
    making: dict[str, threading.Lock] = defaultdict(threading.Lock)  # simultaneous requests share one call
    cached = lru_cache(_MOST)(lambda model_id, weights: make(model_id))

    @wraps(make)
    def find(model_id: str) -> Made:
        with making[model_id]:
            return cached(model_id, fingerprint(model_id))

    return find
