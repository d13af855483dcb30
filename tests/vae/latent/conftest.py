"""Fixtures: codes of bundled models, maps of them, and clusters."""

from dataclasses import dataclass

import numpy as np
import pytest

from vae.formats.bundle.reference import Reference, read_reference
from zscope.library.registry import find_model


@pytest.fixture(scope="session")
def mnist() -> Reference:
    """The codes of MNIST's 10,000 test images by mnist-16, in the random order of the data set."""
    return read_reference(find_model("mnist-16").path / "reference.npz", 16)


@dataclass(frozen=True)
class FittedMap:
    """A map of some codes, and held-out codes."""

    codes: np.ndarray
    labels: np.ndarray
    coordinates: np.ndarray
    held_codes: np.ndarray
    held_labels: np.ndarray


@pytest.fixture(scope="session", params=["t-SNE", pytest.param("UMAP", marks=pytest.mark.full)])
def fitted(request, mnist) -> FittedMap:
    from vae.latent.projections.tsne import fit_tsne
    from vae.latent.projections.umap import fit_umap

    seen, held = slice(0, 2500), slice(2500, 5500)
    codes = mnist.z_mean[seen]
    coordinates = fit_tsne(codes, jobs=1) if request.param == "t-SNE" else fit_umap(codes)
    return FittedMap(codes, mnist.labels[seen], coordinates, mnist.z_mean[held], mnist.labels[held])


@pytest.fixture(scope="session")
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Three distant clusters of fifty codes in eight dimensions, with their labels."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 50)
    centres = 6 * np.eye(8)[:3]
    return (centres[labels] + rng.normal(size=(150, 8))).astype(np.float32), labels
