"""Registered objectives: what a training minimises, and which settings each one reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vae.kinds.refusal import Refusal
from vae.registry import Registry

__all__ = ["OBJECTIVES", "ObjectiveKind", "objective_of"]


@dataclass(frozen=True)
class ObjectiveKind:
    """One objective.

    Attributes:
        key: its name in `TrainConfig.objective` and on the command line.
        title: its name in the app.
        formula: what is minimised.
        meaning: when to choose it.
        source: paper and equation; "" where there is none.
        loss: function of a `vae.training.objective.Batch` that returns the loss, −log p(x | z) and the KL, scalars in
            nats per image; or its "module:name".
        option: how the command line selects it; `--objective KEY` when "".
        variational: whether it needs noise, a KL and a prior.
        several_samples: whether it can draw several codes for each image, `importance_samples`.
        implied: function of the `ModelConfig` and the `TrainConfig`: whether the other settings select it. With None,
            only `TrainConfig.objective` selects it.
        refuses: settings that it cannot be combined with.
    """

    key: str
    title: str
    formula: str
    meaning: str
    loss: str | Callable[..., Any]
    source: str = ""
    option: str = ""
    variational: bool = True
    several_samples: bool = False
    implied: Callable[[Any, Any], bool] | None = None
    refuses: tuple[Refusal, ...] = ()


OBJECTIVES: Registry[ObjectiveKind] = Registry("objective")

_LOSSES = "vae.training.objective"

OBJECTIVES.register(
    ObjectiveKind(
        key="elbo",
        title="VAE (ELBO)",
        option="the default",
        formula="−ELBO",
        meaning="most models",
        source="Kingma & Welling 2014",
        loss=f"{_LOSSES}:negative_elbo",
        implied=lambda model, training: model.variational and training.importance_samples == 1,
    )
)
OBJECTIVES.register(
    ObjectiveKind(
        key="importance-weighted",
        title="Importance-weighted",
        option="`--importance-samples k`",
        formula="−log 1/k Σᵢ p(x, zᵢ) / q(zᵢ | x)",
        meaning="a tighter bound; decoding takes k times as long",
        source="Burda et al. 2016, eq. 8",
        loss=f"{_LOSSES}:negative_importance_bound",
        several_samples=True,
        implied=lambda model, training: model.variational and training.importance_samples > 1,
        refuses=(
            Refusal(
                ("free_bits",),
                "Free bits need a separate KL, which the importance-weighted bound does not have.",
                "Use either free_bits or importance_samples.",
            ),
        ),
    )
)
OBJECTIVES.register(
    ObjectiveKind(
        key="autoencoder",
        title="Plain autoencoder",
        option="`--autoencoder`",
        formula="−log p(x | z_mean)",
        meaning="to see the effect of the KL: without it, pictures are sharper and codes follow no prior",
        loss=f"{_LOSSES}:reconstruction_error",
        variational=False,
        implied=lambda model, training: not model.variational,
        refuses=(
            Refusal(
                ("beta", "free_bits"),
                "A plain autoencoder has no KL, so beta and free_bits have no effect.",
                "Leave beta at 1 and free_bits at 0.",
            ),
            Refusal(
                ("importance_samples",),
                "A plain autoencoder does not sample codes.",
                "Leave importance_samples at 1.",
            ),
        ),
    )
)


def objective_of(model, training) -> ObjectiveKind:
    """Return the objective that a `ModelConfig` and a `TrainConfig` select: by its key, else by the other settings.

    Raises:
        BadRequestError: no objective has that key.
    """
    if training.objective:
        return OBJECTIVES[training.objective]
    return next(kind for kind in OBJECTIVES.values() if kind.implied and kind.implied(model, training))
