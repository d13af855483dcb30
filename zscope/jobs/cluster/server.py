"""The workers of a server."""

import logging
from dataclasses import dataclass

from vae.errors import BadRequestError
from vae.inference.loaded_model import LoadedModel
from zscope.jobs.cluster.model import ClusterModel, cluster_model
from zscope.jobs.cluster.pool import Worker, WorkerPool
from zscope.jobs.cluster.settings import ClusterSettings, cluster_settings

__all__ = ["Cluster", "ClusterFigures", "server_cluster"]

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterFigures:
    """The workers of a server.

    Attributes:
        workers: number of those that are ready.
        lost: number of those that ended before they had answered, since the start.
    """

    workers: int
    lost: int


class Cluster:
    """Workers for the models of a server, or none.

    Args:
        settings: None computes all models in this process.
    """

    def __init__(self, settings: ClusterSettings | None):
        self._settings = settings
        self._pool: WorkerPool | None = None

    def start(self) -> None:
        """Start the workers in the background. Until one is ready, and if none can start, this process computes."""
        if self._settings and self._pool is None:
            self._pool = WorkerPool(self._worker, smallest=self._settings.smallest, largest=self._settings.largest)

    def served(self, model: LoadedModel) -> LoadedModel | ClusterModel:
        """Return what serves a model: itself, or workers."""
        return cluster_model(model, self._pool) if self._pool is not None else model

    def figures(self) -> ClusterFigures | None:
        """Return the figures; None without a cluster."""
        return None if self._pool is None else ClusterFigures(len(self._pool.workers), self._pool.lost)

    def close(self) -> None:
        """End the workers, and leave the cluster. May be called twice."""
        if self._pool is not None:
            from zscope.jobs.cluster.ray_workers import disconnect

            self._pool.close()
            self._pool = None
            disconnect()

    def _worker(self) -> Worker:
        from zscope.jobs.cluster.ray_workers import connect, start_worker

        assert self._settings
        connect(self._settings)
        return start_worker()


def server_cluster() -> Cluster:
    """Return the cluster of the environment variables. With invalid ones, the server goes on without workers."""
    try:
        return Cluster(cluster_settings())
    except BadRequestError as error:
        LOGGER.error("%s", error)
        return Cluster(None)
