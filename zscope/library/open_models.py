"""Opens listed models by id and caches the objects made from them until their weights change."""

import threading
from collections import defaultdict
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import numpy as np

from vae.array_ops import ops
from vae.errors import BadRequestError
from vae.kinds import PRIORS
from vae.message import message
from zscope.library.model_cache import cached_by_model
from zscope.library.registry import find_model, open_model

if TYPE_CHECKING:
    from vae.inference.loaded_model import LoadedModel
    from vae.pictures.reconstruction import Reader

__all__ = [
    "PRIOR_DRAWS",
    "PRIOR_SEEDS",
    "draw_prior",
    "load_model",
    "reader",
    "wide_neighbours",
]

PRIOR_DRAWS = 256  # samples of one seed: more than a user requests in an hour
PRIOR_SEEDS = 2**20
_loading: dict[tuple, threading.Lock] = defaultdict(threading.Lock)  # different models load at the same time
_in_use: WeakValueDictionary[tuple, "LoadedModel"] = WeakValueDictionary()  # by folder and weights


def load_model(model_id: str) -> "LoadedModel":
    """Load a listed model. While it is in use anywhere, the same object is returned.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    from vae.inference.loaded_model import LoadedModel

    bundle = open_model(model_id)
    key = find_model(model_id).path, bundle.manifest.networks_hash
    with _loading[key]:
        model = _in_use.get(key)
        if model is None:
            model = _in_use[key] = LoadedModel(model_id, bundle)
    return model


def draw_prior(model_id: str, seed: int) -> np.ndarray:
    """Sample z from a listed model's prior, float32 `(PRIOR_DRAWS, latent_dim)`.

    Args:
        seed: 0 to `PRIOR_SEEDS` - 1; the same seed gives the same samples.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
        BadRequestError: the seed is out of range, or the model is a plain autoencoder without a prior.
    """
    if not 0 <= seed < PRIOR_SEEDS:
        raise BadRequestError(
            message("The seed {seed} is out of range.", seed=seed),
            message("Use a whole number from 0 to {prior_seeds}.", prior_seeds=PRIOR_SEEDS - 1),
        )
    bundle = open_model(model_id)
    config = bundle.manifest.model
    if not config.variational:
        raise BadRequestError(
            message("{model_id} is a plain autoencoder without a prior.", model_id=model_id), "Start from images."
        )
    noise = np.random.default_rng(seed).standard_normal((PRIOR_DRAWS, config.latent_dim), np.float32)
    if PRIORS[config.prior].is_standard:
        return noise  # without building the network: the page asks for this while the model is still loading
    from vae.inference.runtime import open_runtime

    return ops.convert_to_numpy(open_runtime(bundle).sample_prior(noise))


@cached_by_model
def reader(model_id: str) -> "Reader":
    """Return the cached `Reader` of a listed model.

    Raises:
        ModelNotFoundError, BundleError: see `load_model`.
    """
    from vae.pictures.reconstruction import Reader

    return Reader(load_model(model_id))


@cached_by_model
def wide_neighbours(model_id: str) -> np.ndarray:
    """Return the cached `neighbours_of` a listed model's test images.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
        BadRequestError: no dimension is active.
    """
    from vae.evaluation.comparison.neighbourhoods import neighbours_of

    return neighbours_of(open_model(model_id).reference.z_mean)
