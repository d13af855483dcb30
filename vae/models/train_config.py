"""How a model is trained, as a frozen record. Nothing here imports a framework."""

from typing import Annotated, Literal

from pydantic import Field, model_serializer
from pydantic.dataclasses import dataclass

from vae.kinds import OBJECTIVES
from vae.models.field_types import STRICT, key_of
from vae.models.settings import Setting

__all__ = ["TrainConfig"]


@dataclass(frozen=True, config=STRICT)
class TrainConfig:
    """How one training run goes; with the data and the ModelConfig it repeats the run."""

    # The form has a step of its own for it.
    dataset: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64),
        Setting(help="A data set of your own, or one of these.", group="Training", choices="vae.data.builtin:CATALOG"),
    ] = "mnist"
    start_from: Annotated[
        str,
        Field(pattern=r"^([a-z0-9][a-z0-9-]*)?$", max_length=64),
        Setting(help="Begin with the weights of this model, of the same architecture.", group="Training"),
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
        Setting("Weight decay", "Decoupled from the gradient, times the learning rate (AdamW).", "Training", step=0.05),
    ] = 0.0
    dropout: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting(
            "Dropout in the encoder",
            "Share of the encoder's last features left out while training.",
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
            "Largest random shift of a training picture; fewer pictures are shifted towards the end.",
            "Training",
        ),
    ] = 0
    mirror: Annotated[
        bool,
        Setting("Mirror", "Exchange left and right every other time; fades towards the end.", "Training"),
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
            "Nats per dimension that cost nothing (Kingma et al. 2016).",
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
    # "": what `variational` and `importance_samples` choose
    objective: Annotated[
        str,
        key_of(OBJECTIVES, or_empty=True),
        Setting(
            "Objective",
            "What is minimised; other settings choose it when left out.",
            "Objective",
            choices=OBJECTIVES,
        ),
    ] = ""
    clip_norm: Annotated[
        float,
        Field(gt=0, allow_inf_nan=False),
        Setting("Clip norm", "Largest norm of the gradient of all weights.", "Training", expert=True),
    ] = 1.0
    ema: Annotated[
        float,
        Field(ge=0, lt=1),
        Setting("Moving average", "Memory of the weights' moving average, per step; 0: none.", "Training", expert=True),
    ] = 0.999
    keep: Annotated[
        Literal["best", "last"],
        Setting(
            "Epoch that is kept",
            "The epoch whose weights become the model.",
            "Training",
            choices={"best": "Best by validation loss", "last": "Last"},
        ),
    ] = "best"
    seed: Annotated[
        int, Field(ge=0, lt=2**31), Setting("Seed", "Of weights, batches and noise.", "Training", most=2**31 - 1)
    ] = 0

    @model_serializer(mode="wrap")
    def _as_before_there_were_objectives(self, handler):
        """Leaves `objective` out unless it is set: such files can be read by every version."""
        saved = handler(self)
        if not self.objective:
            del saved["objective"]
        return saved
