"""The weights that a run begins with, where they are another model's."""

import numpy as np

from vae.errors import BadRequestError
from vae.formats.bundle.schema import TrainingRecord
from zscope.jobs.runs.folder import RunRequest
from zscope.library.registry import find_model, open_model

__all__ = ["check_beginning", "first_weights"]


def check_beginning(request: RunRequest) -> None:
    """Refuse a beginning that does not fit, before anything is loaded.

    Raises:
        ModelNotFoundError: there is no such model.
        BadRequestError: it is broken, or of another architecture.
    """
    if not request.training.start_from:
        return
    entry = find_model(request.training.start_from)
    if entry.fault:
        raise BadRequestError(f"The model {entry.id} cannot be opened: {entry.fault}", "Begin with another.")
    if entry.manifest.model != request.model:
        raise BadRequestError(
            f"The model {entry.id} has another architecture than this run's.",
            "Begin with one of the same settings, or anew.",
        )


def first_weights(request: RunRequest) -> tuple[dict[str, np.ndarray] | None, TrainingRecord | None]:
    """By name, and how they came to be; None and None where the run begins with new ones.

    Raises:
        ZscopeError: see `check_beginning`.
    """
    if not request.training.start_from:
        return None, None
    check_beginning(request)
    bundle = open_model(request.training.start_from)
    weights = {name: np.array(weight.numpy()) for name, weight in bundle.vae.named_weights().items()}
    return weights, bundle.card.training
