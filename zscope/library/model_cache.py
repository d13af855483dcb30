"""Caches objects made from a listed model until its weights change."""

import threading
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from zscope.library.registry import fingerprint

__all__ = ["cached_by_model", "drop_cached"]

Made = TypeVar("Made")
_caches: list[Any] = []  # of all decorated functions
_MOST = 4  # objects of one kind; the least recently used is evicted first


def cached_by_model(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """Decorate a function of a model id: cache its result until the model's weights change."""
    making: dict[str, threading.Lock] = defaultdict(threading.Lock)  # simultaneous requests share one call
    cached = lru_cache(_MOST)(lambda model_id, weights: make(model_id))
    _caches.append(cached)

    @wraps(make)
    def find(model_id: str) -> Made:
        with making[model_id]:
            return cached(model_id, fingerprint(model_id))

    return find


def drop_cached() -> bool:
    """Drop all cached objects; return whether there were any. Those in use exist until they are no longer used."""
    filled = [cache for cache in _caches if cache.cache_info().currsize]
    for cache in filled:
        cache.cache_clear()
    return bool(filled)
