"""Images of a map's points, and pictures decoded from them."""

import numpy as np

from vae.codec import Codec
from vae.data import load_dataset, load_test_split
from vae.maps.making import MapParts
from vae.maps.points import SPLITS

__all__ = ["images_of", "mean_picture"]


def images_of(parts: MapParts, rows: np.ndarray) -> np.ndarray:
    """uint8 `(n, h, w, c)`, in the order of `rows`."""
    name, points = parts.bundle.manifest.dataset, parts.points
    splits = {"test": load_test_split(name)}
    if points.split[rows].any():
        dataset = load_dataset(name, download=False)
        splits |= {"train": dataset.train, "validation": dataset.validation}
    return np.stack([splits[SPLITS[points.split[row]]].images[points.row[row]] for row in rows])


def mean_picture(parts: MapParts, rows: np.ndarray) -> np.ndarray:
    """The mean of the points' codes, decoded: uint8 `(h, w, c)`; of a conditional model as their commonest class."""
    points, config = parts.points, parts.bundle.manifest.model
    code = np.zeros(config.code_dim, np.float32)
    code[: config.latent_dim] = points.z_mean[rows].mean(axis=0)
    if config.classes:
        code[config.latent_dim + np.bincount(points.label[rows]).argmax()] = 1
    return Codec(parts.bundle.vae).decode_pixels(code[None])[0]
