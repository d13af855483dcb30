"""Repair: the lower half of test images, hidden and restored."""

import time

import numpy as np

from bench.statistics import percentiles
from vae.data import load_test_split
from vae.pictures.repair import Repairer
from zscope.library.open_models import load_model

MODEL = "mnist-16"
COUNT = 200
HALF = 14


def run() -> dict:
    model, images = load_model(MODEL), load_test_split("mnist").images
    repairer = Repairer(model)
    visible = np.ones((28, 28))
    visible[HALF:] = 0
    repaired, alone, milliseconds = [], [], []
    for row in np.random.default_rng(0).choice(len(images), COUNT, replace=False):
        masked = images[row] * visible[..., None].astype(np.uint8)
        start = time.perf_counter()
        found = repairer.repair(masked, visible).image
        milliseconds.append(1000 * (time.perf_counter() - start))
        repaired.append(_error(found, images[row]))
        alone.append(_error(model.decode_pixels(model.encode(masked[None])[0])[0], images[row]))
    shares = np.array(repaired) / np.array(alone)
    return {
        "model": MODEL,
        "count": COUNT,
        "repaired_mse": round(float(np.mean(repaired)), 5),
        "encoder_alone_mse": round(float(np.mean(alone)), 5),
        "ratio": round(float(np.mean(repaired) / np.mean(alone)), 3),
        "better_share": round(float((shares < 1).mean()), 3),
        "time": percentiles(milliseconds[1:]),  # the first compiles
    }


def _error(found: np.ndarray, image: np.ndarray) -> float:
    return float(np.square((found[HALF:].astype(float) - image[HALF:]) / 255).mean())
