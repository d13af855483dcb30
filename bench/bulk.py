"""Encoding many images by a pool of processes, in turns with one process that uses all cores."""

import tempfile
import time
from pathlib import Path

import numpy as np

from vae.data import load_dataset
from zscope.jobs.bulk.run import encode_source
from zscope.library.registry import find_model

_MODEL, _IMAGES, _ROUNDS = "mnist-16", 100_000, 2


def run() -> dict:
    rng = np.random.default_rng(0)
    images = np.asarray(load_dataset("mnist", download=False).test.images)
    rates: dict[str, list[float]] = {"one": [], "pool": []}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "images.npy"
        shifted = np.roll(images[rng.integers(len(images), size=_IMAGES)], 1, axis=2)
        np.save(source, shifted)
        for turn in range(_ROUNDS):
            for name, processes in (("one", 1), ("pool", 0)):
                out = Path(folder) / f"{name}-{turn}"
                start = time.perf_counter()
                found = encode_source(find_model(_MODEL).path, str(source), out, processes=processes)
                rates[name].append(found.rows / (time.perf_counter() - start))
    best = {name: round(max(values)) for name, values in rates.items()}
    return {"model": _MODEL, "images": _IMAGES, "images_per_s": best, "ratio": round(best["pool"] / best["one"], 2)}
