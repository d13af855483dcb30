"""What a model is and how it is trained, as two frozen records.

Both are validated once, on creation, and are saved as JSON beside the weights. Nothing here imports a framework.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from vae.errors import BadRequestError

__all__ = ["ModelConfig", "TrainConfig", "config_from_json", "first_fault"]

# Unknown keys are refused: a misspelt setting must not silently become the default.
_STRICT = ConfigDict(extra="forbid", strict=True)

Side = Annotated[int, Field(ge=4, le=128)]
Channels = Annotated[int, Field(ge=1, le=3)]
Width = Annotated[int, Field(ge=1, le=512)]


@dataclass(frozen=True, config=_STRICT)
class ModelConfig:
    """The architecture of one VAE; enough, with the weights, to rebuild it."""

    image_shape: tuple[Side, Side, Channels] = (28, 28, 1)  # height, width, channels
    latent_dim: Annotated[int, Field(ge=1, le=512)] = 16  # dimensions of z
    # Channels after each stride-2 convolution; the decoder mirrors them.
    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=4)] = (32, 64)
    dense_units: Annotated[int, Field(ge=1, le=4096)] = 256  # width of the layer before z and after it
    activation: Literal["relu", "silu", "gelu"] = "relu"
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"  # p(x | z); see vae.likelihoods

    @model_validator(mode="after")
    def _sides_halve_evenly(self):
        step = 2 ** len(self.widths)
        if self.image_shape[0] % step or self.image_shape[1] % step:
            raise ValueError(
                f"image_shape {self.image_shape} cannot be halved {len(self.widths)} times: "
                f"use sides divisible by {step}, or fewer widths"
            )
        if self.image_shape[2] == 2:
            raise ValueError("images have 1 channel (grey) or 3 (colour), not 2")
        return self


@dataclass(frozen=True, config=_STRICT)
class TrainConfig:
    """How one training run goes; with the data and the ModelConfig it repeats the run."""

    dataset: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = "mnist"
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 20
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 128  # images per step
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3  # peak, reached after the warm-up
    final_learning_rate: Annotated[float, Field(ge=0, le=1)] = 1e-5  # where the cosine ends
    learning_rate_warmup: Annotated[float, Field(ge=0, lt=1)] = 0.02  # share of all steps
    beta: Annotated[float, Field(ge=0, le=100)] = 1.0  # weight of the KL at the end (Higgins et al. 2017)
    kl_warmup: Annotated[float, Field(ge=0, lt=1)] = 0.2  # share of all steps in which beta rises from 0
    clip_norm: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0  # global norm of the gradient, nats per weight
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999  # of the weights' moving average, per step; 0: none
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0  # of the initial weights, the batches and the noise


def config_from_json(kind, text: str | bytes):
    """Read a `ModelConfig` or `TrainConfig` from JSON text.

    Raises:
        BadRequestError: the first thing that is wrong, with its place.
    """
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        raise BadRequestError(f"{kind.__name__}: {first_fault(error)}", "Correct that setting.") from None


def first_fault(error: ValidationError) -> str:
    """One line for the first thing pydantic found wrong: where, and what."""
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else fault["msg"]
