"""Maps: quality, calibration of the inverse, speed, and t-SNE against scikit-learn.

Codes are those of mnist-16's 10,000 test images; the live figures are of the maps that ship. For the figures of unseen
images, a map is fitted to 8,000 of them, and the other 2,000 are placed.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.statistics import percentiles
from tests.browser.app_server import running_app
from vae.latent.projections import NeighbourMap, dimension_map, pca_map
from vae.latent.projections.quality import class_agreement, measure_quality
from vae.latent.projections.tsne import fit_tsne
from vae.latent.projections.umap import fit_umap
from zscope.library.maps import MapSpec
from zscope.library.registry import open_model
from zscope.serving import LiveClient

MODEL = "mnist-16"
SEEN = 8000
ASKED = 300  # single requests over the live channel
METHODS = ("pca", "raw", "tsne", "umap")


def run() -> dict:
    reference = open_model(MODEL).reference
    codes, labels = reference.z_mean, reference.labels
    return {
        "model": MODEL,
        "quality": _quality(codes, labels),
        "tsne": _against_scikit_learn(codes, labels),
        "live": _live(),
    }


def _quality(codes: np.ndarray, labels: np.ndarray) -> dict:
    rows = np.random.default_rng(7).permutation(len(codes))
    seen, held = rows[:SEEN], rows[SEEN:]
    found = {}
    linear_maps = {"pca": pca_map(codes[seen]), "raw": dimension_map(codes[seen], 0, 1)}
    for name, fit in {**dict.fromkeys(linear_maps), "tsne": fit_tsne, "umap": fit_umap}.items():
        fitted = None
        if fit is None:
            linear = linear_maps[name]
            xy, placed = linear.place(codes[seen]), linear.place(codes[held])
        else:
            xy = fit(codes[seen])
            fitted = NeighbourMap(codes[seen], xy)
            placed = fitted.place(codes[held])
        quality = measure_quality(codes[seen], xy, labels[seen])
        of_placed = class_agreement(xy, labels[seen], placed, labels[held])
        of_fitted = class_agreement(xy, labels[seen])
        told = {
            "trustworthiness": round(quality.trustworthiness, 4),
            "continuity": round(quality.continuity, 4),
            "agreement_fitted": round(of_fitted, 4),
            "agreement_placed": round(of_placed, 4),
            "placed_of_fitted": round(of_placed / of_fitted, 4),
        }
        if fitted is not None:
            back, error = fitted.invert(placed)
            missed = np.linalg.norm(back - codes[held], axis=1)
            told |= {
                "within_stated_error": round(float(np.mean(missed <= error)), 4),
                "median_stated_error": round(float(np.median(error)), 2),
                "median_missed_by": round(float(np.median(missed)), 2),
            }
        found[name] = told
    return {"seen": len(seen), "held_out": len(held), "methods": found}


def _against_scikit_learn(codes: np.ndarray, labels: np.ndarray) -> dict:
    """Time both with perplexity 30, seed 0 and all cores, in alternation; Zscope first and last."""
    from sklearn.manifold import TSNE

    ours, first_seconds = _timed(lambda: fit_tsne(codes))
    theirs, their_seconds = _timed(lambda: TSNE(perplexity=30, random_state=0, n_jobs=-1).fit_transform(codes))
    _, last_seconds = _timed(lambda: fit_tsne(codes))
    ours_seconds = [first_seconds, last_seconds]
    return {
        "codes": len(codes),
        "ours_seconds": [round(seconds, 1) for seconds in ours_seconds],
        "scikit_learn_seconds": round(their_seconds, 1),
        "times_faster": round(their_seconds / float(np.mean(ours_seconds)), 2),
        "ours_agreement": round(class_agreement(ours, labels), 4),
        "scikit_learn_agreement": round(class_agreement(theirs, labels), 4),
    }


def _timed(fit: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    start = time.perf_counter()
    coordinates = fit()
    return coordinates, time.perf_counter() - start


def _live() -> dict:
    """Time requests of one code or one position over the live channel, as during a drag."""
    codes = open_model(MODEL).reference.z_mean
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.normal(size=(ASKED, codes.shape[1]))  # new codes, not the map's own
    queries = (codes[rng.integers(0, len(codes), ASKED)] + noise).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder) / "app.log") as url:
        return {method: _asked(url, MapSpec(method=method), queries) for method in METHODS}


def _asked(url: str, spec: MapSpec, queries: np.ndarray) -> dict:
    with LiveClient(url, f"{MODEL}?{spec.text()}") as client:
        places = client.place(queries)
        return {
            "place": _each(lambda i: client.place(queries[i : i + 1])),
            "invert": _each(lambda i: client.invert(places[i : i + 1], queries[i : i + 1])),
        }


def _each(ask) -> dict:
    for i in range(20):
        ask(i)
    times = []
    for i in range(ASKED):
        start = time.perf_counter()
        ask(i)
        times.append(1000 * (time.perf_counter() - start))
    return percentiles(times)
