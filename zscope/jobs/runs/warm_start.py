"""The initial weights of a run that starts from another model."""

import numpy as np

from vae.errors import BadRequestError
from vae.formats.bundle.schema import TrainingRecord
from vae.message import message
from zscope.jobs.runs.folder import RunRequest
from zscope.library.registry import find_model, open_model

__all__ = ["check_start", "first_weights"]


def check_start(request: RunRequest) -> None:
    """Check the model that a run starts from, before anything is loaded.

    Raises:
        ModelNotFoundError: there is no such model.
        BadRequestError: the model is broken, or has another architecture.
    """
    if not request.training.start_from:
        return
    entry = find_model(request.training.start_from)
    if entry.fault:
        raise BadRequestError(
            message("Can't open the model {id}: {fault}", id=entry.id, fault=entry.fault), "Start from another model."
        )
    if entry.manifest.model != request.model:
        raise BadRequestError(
            message("The model {id} has another architecture than this run's.", id=entry.id),
            "Start from a model with the same settings, or from new weights.",
        )


def first_weights(request: RunRequest) -> tuple[dict[str, np.ndarray] | None, TrainingRecord | None]:
    """Return the initial weights by name and their training record; None and None for new weights.

    Raises:
        ZscopeError: see `check_start`.
    """
    if not request.training.start_from:
        return None, None
    check_start(request)
    bundle = open_model(request.training.start_from)
    weights = {name: np.array(weight.numpy()) for name, weight in bundle.vae.named_weights().items()}
    return weights, bundle.card.training
