"""Images of a map's points, and pictures decoded from codes by its model."""

import numpy as np

from vae.data import load_cached, load_test_split
from vae.inference.runtime import open_codec
from zscope.library.maps.making import MapParts
from zscope.library.maps.points import SPLITS

__all__ = ["decode_rows", "full_codes", "images_of", "mean_picture", "posterior_of"]


def images_of(parts: MapParts, rows: np.ndarray) -> np.ndarray:
    """Return the images of points, uint8 `(n, h, w, c)`, in the order of `rows`."""
    name, points = parts.bundle.manifest.dataset, parts.points
    splits = {"test": load_test_split(name)}
    if points.split[rows].any():
        dataset = load_cached(name)
        splits |= {"train": dataset.train, "validation": dataset.validation}
    return np.stack([splits[SPLITS[points.split[row]]].images[points.row[row]] for row in rows])


def full_codes(parts: MapParts, z: np.ndarray, label: int) -> np.ndarray:
    """Extend z `(n, latent_dim)` to decoder input, float32 `(n, code_dim)`, with the class `label` if conditional."""
    config = parts.bundle.manifest.model
    codes = np.zeros((len(z), config.code_dim), np.float32)
    codes[:, : config.latent_dim] = z
    if config.classes:
        codes[:, config.latent_dim + label] = 1
    return codes


def decode_rows(parts: MapParts, codes: np.ndarray) -> np.ndarray:
    """Decode codes, float `(n, code_dim)`, to uint8 `(n, h, w, c)`."""
    return open_codec(parts.bundle).decode_pixels(codes)


def mean_picture(parts: MapParts, rows: np.ndarray) -> np.ndarray:
    """Decode the mean of the points' codes, uint8 `(h, w, c)`; a conditional model uses their most frequent class."""
    points = parts.points
    mean = points.z_mean[rows].mean(axis=0, keepdims=True)
    return decode_rows(parts, full_codes(parts, mean, int(np.bincount(points.label[rows]).argmax())))[0]


def posterior_of(parts: MapParts, code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decode a code, encode the picture, and return mean and log-variance, float32 `(latent_dim,)` each."""
    codec = open_codec(parts.bundle)
    z_mean, z_log_var = codec.encode(codec.decode_pixels(code[None]))
    return z_mean[0], z_log_var[0]
