"""The cached objects of listed models that need gradients. On a CPU, another process computes the gradients."""

from typing import TYPE_CHECKING

from vae.formats.bundle import Bundle
from vae.inference.gradients import Gradients
from vae.inference.runtime import choose_runtime
from vae.message import N_
from zscope.jobs.gradients.client import GradientProcess, ProcessGradients
from zscope.library.model_cache import cached_by_model
from zscope.library.open_models import load_model
from zscope.library.registry import find_model, open_model

if TYPE_CHECKING:
    from vae.inference.interpolation import Interpolator
    from vae.pictures.repair import Repairer

__all__ = ["STARTING", "end_gradients", "interpolator", "must_start", "repairer"]

STARTING = N_("Loading TensorFlow, once for all geodesics and repairs …")
_PROCESS = GradientProcess()


@cached_by_model
def interpolator(model_id: str) -> "Interpolator":
    """Return the cached `Interpolator` of a listed model.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    from vae.inference.interpolation import Interpolator

    bundle = open_model(model_id)
    return Interpolator(bundle, _gradients(model_id, bundle))


@cached_by_model
def repairer(model_id: str) -> "Repairer":
    """Return the cached `Repairer` of a listed model.

    Raises:
        ModelNotFoundError, BundleError: see `load_model`.
    """
    from vae.pictures.repair import Repairer

    model = load_model(model_id)
    return Repairer(model, _gradients(model_id, model.bundle))


def must_start() -> bool:
    """Whether a framework must be loaded before gradients can be computed, which takes some seconds."""
    return choose_runtime() == "onnx" and not _PROCESS.is_ready


def end_gradients() -> None:
    """End the process that computes gradients, if it runs."""
    _PROCESS.close()


def _gradients(model_id: str, bundle: Bundle) -> Gradients | None:
    """Return the gradients of another process; None if this one uses Keras anyway."""
    if choose_runtime() == "keras":
        return None
    return ProcessGradients(_PROCESS, find_model(model_id).path, bundle)
