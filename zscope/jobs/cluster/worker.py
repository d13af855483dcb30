"""The part that runs on a worker: opens models of the library, and computes batches with them."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

import vae.errors
from vae.errors import BundleError, ZscopeError
from vae.message import message, read_message, write_message

__all__ = ["ModelWorker", "Refusal", "versions"]

_PACKAGES = ("numpy", "onnxruntime", "zscope")


@dataclass(frozen=True)
class Refusal:
    """A `ZscopeError` as plain data, so that any process can read it.

    Attributes:
        kind: name of the class in `vae.errors`.
        message, hint: as `vae.message.write_message` writes them.
        opening: whether the model could not be opened.
    """

    kind: str
    message: Mapping[str, Any]
    hint: Mapping[str, Any]
    opening: bool

    def error(self) -> ZscopeError:
        """Return the error."""
        kind = getattr(vae.errors, self.kind, BundleError)
        return kind(read_message(self.message), read_message(self.hint))


class ModelWorker:
    """Computes batches with models of the library, which are opened when they are needed.

    Args:
        variables: environment variables to set, such as `ZSCOPE_MODELS`.
    """

    def __init__(self, variables: Mapping[str, str]):
        os.environ.update(variables)
        from vae.inference.pool import POOL
        from zscope.jobs.networks.host import isolate_networks

        self._models: OrderedDict[tuple[str, str], Any] = OrderedDict()  # by id and version, the latest used last
        isolate_networks()
        POOL.limit(int(os.environ.get("ZSCOPE_MODEL_MEMORY_MB") or 1000) * 1_000_000)
        POOL.on_shortage(self._drop_one)

    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that must be equal on all machines."""
        return versions()

    def pid(self) -> int:
        """Return the process id."""
        return os.getpid()

    def run(self, model_id: str, model_version: str, operation: str, batch: np.ndarray) -> "tuple[Any, ...] | Refusal":
        """Compute a batch, see `zscope.jobs.cluster.pool.Task`; a `ZscopeError` is returned as a `Refusal`."""
        model = None
        try:
            model = self._model(model_id, model_version)
            found = getattr(model, operation)(batch)
        except ZscopeError as error:
            told = write_message(error.message), write_message(error.hint)
            return Refusal(type(error).__name__, *told, opening=model is None)
        return found if isinstance(found, tuple) else (found,)

    def _model(self, model_id: str, model_version: str) -> Any:
        from vae.inference.loaded_model import LoadedModel
        from zscope.library.registry import open_model

        key = model_id, model_version
        if key not in self._models:
            bundle = open_model(model_id)
            if bundle.manifest.networks_hash != model_version:
                raise BundleError(
                    message("A worker of the cluster has another version of the model {id}.", id=model_id),
                    "Let all machines use the same folder of models.",
                )
            self._models[key] = LoadedModel(model_id, bundle)
        self._models.move_to_end(key)
        return self._models[key]

    def _drop_one(self) -> bool:
        if not self._models:
            return False
        self._models.popitem(last=False)
        return True


def versions() -> dict[str, str]:
    """Return the versions of the packages that must be equal on all machines, by name."""
    return {name: version(name) for name in _PACKAGES}
