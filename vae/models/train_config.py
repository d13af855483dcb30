"""The configuration of a training. Nothing here imports a framework."""

from typing import Annotated, Literal

from pydantic import Field, model_serializer
from pydantic.dataclasses import dataclass

from vae.kinds import OBJECTIVES
from vae.models.field_types import STRICT, key_of
from vae.models.settings import Setting

__all__ = ["TrainConfig"]


@dataclass(frozen=True, config=STRICT)
class TrainConfig:
    """The settings of one training run. With the data and the ModelConfig, they repeat the run."""

    # The form has a separate step for it.
    dataset: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64),
        Setting(help="A user data set, or one of these.", group="Training", choices="vae.data.builtin:CATALOG"),
    ] = "mnist"
    start_from: Annotated[
        str,
        Field(pattern=r"^([a-z0-9][a-z0-9-]*)?$", max_length=64),
        Setting(help="Start with the weights of this model, which must have the same architecture.", group="Training"),
    ] = ""
    epochs: Annotated[
        int, Field(ge=1, le=10_000), Setting("Epochs", "Passes over the training images.", "Training")
    ] = 20
    batch_size: Annotated[int, Field(ge=1, le=4096), Setting("Batch size", "Images per step.", "Training")] = 128
    learning_rate: Annotated[
        float,
        Field(gt=0, le=1),
        Setting(
            "Learning rate",
            "Peak of the cosine schedule, after the warm-up.",
            "Training",
            least=1e-6,
            step=1e-4,
            format="%.5f",
        ),
    ] = 2e-3
    final_learning_rate: Annotated[
        float,
        Field(ge=0, le=1),
        Setting("Final learning rate", "End of the cosine schedule.", "Training", expert=True),
    ] = 1e-5
    learning_rate_warmup: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting(
            "Learning-rate warm-up", "Share of the steps in which the learning rate rises.", "Training", expert=True
        ),
    ] = 0.02
    weight_decay: Annotated[
        float,
        Field(ge=0, le=1),
        Setting("Weight decay", "Decoupled weight decay (AdamW), times the learning rate.", "Training", step=0.05),
    ] = 0.0
    dropout: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting(
            "Dropout in the encoder",
            "Share of the encoder's last features that are dropped during training.",
            "Training",
            most=0.9,
            step=0.05,
        ),
    ] = 0.0
    shift: Annotated[
        int,
        Field(ge=0, le=16),
        Setting(
            "Shift, pixels",
            "Largest random shift of training images; fewer images are shifted towards the end.",
            "Training",
        ),
    ] = 0
    mirror: Annotated[
        bool,
        Setting("Mirror", "Mirror half of the training images at random; fewer towards the end.", "Training"),
    ] = False
    beta: Annotated[
        float,
        Field(ge=0, le=100),
        Setting("β", "Weight of the KL; 1 is the ELBO (Higgins et al. 2017).", "Prior and KL", step=0.1),
    ] = 1.0
    kl_warmup: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting(
            "KL warm-up, share of the run",
            "Share of the steps in which β rises from 0.",
            "Prior and KL",
            most=0.99,
            step=0.05,
        ),
    ] = 0.2
    free_bits: Annotated[
        float,
        Field(ge=0, le=100),
        Setting(
            "Free bits",
            "KL per dimension that is not penalised, in nats (Kingma et al. 2016).",
            "Prior and KL",
            most=10.0,
            step=0.05,
        ),
    ] = 0.0
    importance_samples: Annotated[
        int,
        Field(ge=1, le=64),
        Setting(
            "Samples k",
            "k of the importance-weighted bound; 1 is the ELBO (Burda et al. 2016).",
            "Objective",
            applies=lambda values: OBJECTIVES[values["objective"]].several_samples,
            least=2,
            first=5,
        ),
    ] = 1
    # "": selected by `variational` and `importance_samples`
    objective: Annotated[
        str,
        key_of(OBJECTIVES, or_empty=True),
        Setting(
            "Objective",
            "What is minimised; if left out, other settings select it.",
            "Objective",
            choices=OBJECTIVES,
        ),
    ] = ""
    clip_norm: Annotated[
        float,
        Field(gt=0, allow_inf_nan=False),
        Setting("Clip norm", "Largest norm of the gradient over all weights.", "Training", expert=True),
    ] = 1.0
    ema: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting("Moving average", "Decay per step of the weights' moving average; 0: none.", "Training", expert=True),
    ] = 0.999
    keep: Annotated[
        Literal["best", "last"],
        Setting(
            "Epoch to keep",
            "The epoch whose weights become the model.",
            "Training",
            choices={"best": "Best by validation loss", "last": "Last"},
        ),
    ] = "best"
    patience: Annotated[
        int,
        Field(ge=0, le=10_000),
        Setting(
            "Patience, epochs",
            "Stop after so many epochs without a lower validation loss, counted after the KL warm-up; 0: never.",
            "Training",
        ),
    ] = 0
    seed: Annotated[
        int, Field(ge=0, lt=2**31), Setting("Seed", "Seed of weights, batches and noise.", "Training", most=2**31 - 1)
    ] = 0

    @model_serializer(mode="wrap")
    def _without_later_defaults(self, handler):
        """Leave later settings out unless they are set, so that older versions can read the file."""
        saved = handler(self)
        for name in ("objective", "patience"):
            if not saved[name]:
                del saved[name]
        return saved
