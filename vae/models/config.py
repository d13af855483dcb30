"""The configurations of a model and its training: reading them from JSON, and checking them together.

Both are frozen dataclasses, validated once, on creation, and saved as JSON beside the weights. Nothing here imports a
framework.
"""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from vae.errors import BadRequestError
from vae.kinds import PRIORS, objective_of
from vae.message import N_, message
from vae.models.model_config import MOST_SIDE, Channels, ModelConfig
from vae.models.train_config import TrainConfig
from vae.validation import first_fault

__all__ = [
    "MOST_SIDE",
    "Channels",
    "ModelConfig",
    "TrainConfig",
    "check_together",
    "config_from_json",
    "first_fault",
    "make_config",
]

Config = TypeVar("Config")


def check_together(model: ModelConfig, training: TrainConfig) -> None:
    """Refuse settings that are valid alone but not together.

    Raises:
        BadRequestError: with the reason.
    """

    objective = objective_of(model, training)
    if objective.variational != model.variational:
        raise BadRequestError(
            message(
                "The objective {key} is for a {value}.",
                key=objective.key,
                value="VAE" if objective.variational else N_("plain autoencoder"),
            ),
            message(
                "Set variational to {lower}, or choose another objective.", lower=str(objective.variational).lower()
            ),
        )
    if training.importance_samples > 1 and model.variational and not objective.several_samples:
        raise BadRequestError(
            message("The objective {key} draws one code for each image.", key=objective.key),
            "Leave importance_samples at 1.",
        )
    for refusal in (*objective.refuses, *PRIORS[model.prior].refuses):
        if any(getattr(training, name) != getattr(TrainConfig, name) for name in refusal.settings):
            raise BadRequestError(refusal.reason, refusal.remedy)


def config_from_json(kind: type[Config], text: str | bytes) -> Config:
    """Read a record such as `ModelConfig` from JSON text.

    Raises:
        BadRequestError: the first error, with its place.
    """
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        raise BadRequestError(
            message("{first_fault}.", first_fault=first_fault(error, "The settings")), "Correct that setting."
        ) from None


def make_config(kind: type[Config], **settings: object) -> Config:
    """Make a `ModelConfig` or `TrainConfig` from keyword settings.

    Raises:
        BadRequestError: the first error, in one line, as `config_from_json` reports it.
    """
    return config_from_json(kind, TypeAdapter(dict).dump_json(settings))
