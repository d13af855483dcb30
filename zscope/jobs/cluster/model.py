"""A loaded model whose batches workers of the cluster compute."""

import logging
import threading
import time
from weakref import WeakValueDictionary

import numpy as np

from vae.inference.loaded_model import LoadedModel
from zscope.jobs.cluster.pool import ModelMissingError, NoWorkersError, Task, WorkerPool

__all__ = ["ClusterModel", "cluster_model"]

LOGGER = logging.getLogger(__name__)
DEVICE = "cluster"
_AGAIN = 60.0  # seconds until workers are asked again for a model that they could not open


class ClusterModel:
    """Decodes and encodes on the workers of a pool, or in this process while there is none.

    It measures distances from the data here, since that takes less time than the way to a worker.

    Args:
        model: the model, opened in this process.
        pool: of workers that open the same library.

    Attributes:
        device: "cluster"; where this process computes while there is no worker.
        in_flight: batches that the pool takes at the same time.
        version: of its networks, which workers compare with theirs.
        others: see `LoadedModel`.
    """

    base = None
    components = 2
    may_wait = True

    def __init__(self, model: LoadedModel, pool: WorkerPool):
        self.model, self.pool = model, pool
        self.model_id, self.bundle, self.codec = model.model_id, model.bundle, model.codec
        self.latent_dim, self.code_dim, self.classes = model.latent_dim, model.code_dim, model.classes
        self.encodes, self.image_shape, self.runtime = model.encodes, model.image_shape, model.runtime
        self.largest_batch = model.largest_batch
        self.in_flight = pool.most_in_flight
        self.version = model.bundle.manifest.networks_hash
        self.measure, self.place, self.invert = model.measure, model.place, model.invert
        self._here = threading.Lock()  # this process computes one batch at a time, as without a cluster
        self._missing_until = 0.0  # time until which the workers are not asked for this model

    @property
    def device(self) -> str:
        return DEVICE if self.pool.workers and time.monotonic() >= self._missing_until else self.model.device

    def decode_pixels(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes, see `vae.inference.codec.Codec.decode_pixels`."""
        try:
            return self._remote("decode_pixels", codes)[0]
        except NoWorkersError:
            with self._here:
                return self.model.decode_pixels(codes)

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode images, see `LoadedModel.encode`."""
        try:
            z_mean, z_log_var = self._remote("encode", images)
        except NoWorkersError:
            with self._here:
                return self.model.encode(images)
        return z_mean, z_log_var

    def _remote(self, operation: str, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        if time.monotonic() < self._missing_until:
            raise NoWorkersError
        try:
            return self.pool.run(Task(self.model_id, self.version, operation, batch))
        except ModelMissingError as error:
            self._missing_until = time.monotonic() + _AGAIN
            LOGGER.warning("workers of the cluster cannot open %s: %s", self.model_id, error)
            raise NoWorkersError from error


_made: WeakValueDictionary[int, ClusterModel] = WeakValueDictionary()  # by `id` of the model that each one keeps


def cluster_model(model: LoadedModel, pool: WorkerPool) -> ClusterModel:
    """Return the `ClusterModel` of a model: the same object while it is in use anywhere."""
    found = _made.get(id(model))
    if found is None or found.pool is not pool:
        found = _made[id(model)] = ClusterModel(model, pool)
    return found
