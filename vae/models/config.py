"""What a model is and how it is trained, as two frozen records.

Both are validated once, on creation, and are saved as JSON beside the weights. Nothing here imports a framework.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_serializer, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from vae.batching import LARGEST_BATCH
from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS, objective_of
from vae.registry import Registry

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

# Unknown keys are refused: a misspelt setting must not silently become the default.
_STRICT = ConfigDict(extra="forbid", strict=True)

MOST_SIDE = 128  # pixels
Side = Annotated[int, Field(ge=4, le=MOST_SIDE)]
Channels = Annotated[int, Field(ge=1, le=3)]
Width = Annotated[int, Field(ge=1, le=512)]


def _key_of(registry: Registry, or_empty: bool = False) -> AfterValidator:
    """Refuses what is no key of the registry, in pydantic's own words for a choice."""

    def check(value: str) -> str:
        if value in registry or (or_empty and not value):
            return value
        *others, last = (repr(key) for key in registry)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})

    return AfterValidator(check)


@dataclass(frozen=True, config=_STRICT)
class ModelConfig:
    """The architecture of one model; with the weights enough to rebuild it. docs/zoo.md says what each part is for."""

    image_shape: tuple[Side, Side, Channels] = (28, 28, 1)  # height, width, channels
    latent_dim: Annotated[int, Field(ge=1, le=512)] = 16  # dimensions of z
    network: Literal["dense", "conv", "residual"] = "conv"
    # conv, residual: channels after each halving of the image; dense: units of each layer. The decoder mirrors them.
    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=4)] = (32, 64)
    blocks: Annotated[int, Field(ge=1, le=8)] = 1  # residual: blocks at each size of the image
    dense_units: Annotated[int, Field(ge=1, le=4096)] = 256  # conv, residual: the layer before z and after it
    activation: Literal["relu", "silu", "gelu"] = "relu"
    likelihood: Annotated[str, _key_of(LIKELIHOODS)] = "bernoulli"  # p(x | z); see vae.kinds.likelihoods
    binarize: bool = False  # bernoulli: pixels are drawn anew from their grey level each time they are seen
    variational: bool = True  # False: a plain autoencoder, without noise, KL or prior
    prior: Annotated[str, _key_of(PRIORS)] = "normal"  # p(z); see vae.kinds.priors
    prior_blocks: Annotated[int, Field(ge=2, le=32)] = 8  # realnvp: coupling layers
    prior_units: Annotated[int, Field(ge=1, le=1024)] = 64  # realnvp: width of their two hidden layers
    classes: Annotated[int, Field(ge=0, le=1000)] = 0  # > 0: the decoder is also told the class, one of so many

    @model_validator(mode="after")
    def _makes_sense(self):
        if self.image_shape[2] == 2:
            raise ValueError("images have 1 channel (grey) or 3 (colour), not 2")
        step = 2 ** len(self.widths)
        if self.network != "dense" and (self.image_shape[0] % step or self.image_shape[1] % step):
            raise ValueError(
                f"image_shape {self.image_shape} cannot be halved {len(self.widths)} times: "
                f"use sides divisible by {step}, or fewer widths"
            )
        if self.binarize and not LIKELIHOODS[self.likelihood].binary:
            binary = " or ".join(kind.key for kind in LIKELIHOODS.values() if kind.binary)
            raise ValueError(f"binary pixels have a {binary} likelihood, not {self.likelihood}: turn binarize off")
        prior = PRIORS[self.prior]
        if not prior.is_standard and not self.variational:
            raise ValueError("a plain autoencoder has no prior to learn: use prior normal, or variational true")
        if self.latent_dim < prior.least_dimensions:
            raise ValueError(
                f"{prior.why_dimensions}: use latent_dim {prior.least_dimensions} or more, or prior normal"
            )
        if self.classes == 1:
            raise ValueError("one class tells the decoder nothing: use classes 0, or as many as the data have")
        return self

    @property
    def code_dim(self) -> int:
        """Width of what is decoded: z, followed by the class weights of a conditional model."""
        return self.latent_dim + self.classes

    @property
    def encodes(self) -> bool:
        """Whether there is an encoder; an imported model may be a decoder alone."""
        return True

    @property
    def largest_batch(self) -> int:
        """How many images or codes its networks are given at once; an imported model's may be larger ones."""
        return LARGEST_BATCH


@dataclass(frozen=True, config=_STRICT)
class TrainConfig:
    """How one training run goes; with the data and the ModelConfig it repeats the run."""

    dataset: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)] = "mnist"
    # id of a model of the same architecture whose weights it begins with; "" begins anew
    start_from: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]*)?$", max_length=64)] = ""
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 20
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 128  # images per step
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3  # peak, reached after the warm-up
    final_learning_rate: Annotated[float, Field(ge=0, le=1)] = 1e-5  # where the cosine ends
    learning_rate_warmup: Annotated[float, Field(ge=0, lt=1)] = 0.02  # share of all steps
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.0  # decoupled, times the learning rate (AdamW)
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0  # share of the encoder's last features left out while training
    shift: Annotated[int, Field(ge=0, le=16)] = (
        0  # pixels that a picture is moved by at most when it is seen; fades, see vae.training.augmentation
    )
    mirror: bool = False  # left and right are exchanged every other time; fades as well
    beta: Annotated[float, Field(ge=0, le=100)] = 1.0  # weight of the KL at the end (Higgins et al. 2017)
    kl_warmup: Annotated[float, Field(ge=0, lt=1)] = 0.2  # share of all steps in which beta rises from 0
    free_bits: Annotated[float, Field(ge=0, le=100)] = 0.0  # nats per dimension that cost nothing (Kingma et al. 2016)
    importance_samples: Annotated[int, Field(ge=1, le=64)] = 1  # k of the bound; 1 is the ELBO (Burda et al. 2016)
    # what is minimised; see vae.kinds.objectives; "" is what `variational` and `importance_samples` choose
    objective: Annotated[str, _key_of(OBJECTIVES, or_empty=True)] = ""
    clip_norm: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0  # global norm of the gradient, nats per weight
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999  # of the weights' moving average, per step; 0: none
    # which epoch's average becomes the model: that of the lowest validation loss, or the last
    keep: Literal["best", "last"] = "best"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0  # of the initial weights, the batches and the noise

    @model_serializer(mode="wrap")
    def _as_before_there_were_objectives(self, handler):
        """Leaves `objective` out unless it is set: such files can be read by every version."""
        saved = handler(self)
        if not self.objective:
            del saved["objective"]
        return saved


def check_together(model: ModelConfig, training: TrainConfig) -> None:
    """Refuse settings that are right alone and make no sense together.

    Raises:
        BadRequestError: with the reason.
    """

    objective = objective_of(model, training)
    if objective.variational != model.variational:
        raise BadRequestError(
            f"The objective {objective.key} is of a {'VAE' if objective.variational else 'plain autoencoder'}.",
            f"Set variational to {str(objective.variational).lower()}, or choose another objective.",
        )
    if training.importance_samples > 1 and model.variational and not objective.several_samples:
        raise BadRequestError(
            f"The objective {objective.key} takes one draw of each image.", "Leave importance_samples at 1."
        )
    for refusal in (*objective.refuses, *PRIORS[model.prior].refuses):
        if any(getattr(training, name) != getattr(TrainConfig, name) for name in refusal.settings):
            raise BadRequestError(refusal.reason, refusal.remedy)


def config_from_json(kind, text: str | bytes):
    """Read a `ModelConfig` or `TrainConfig` from JSON text.

    Raises:
        BadRequestError: the first thing that is wrong, with its place.
    """
    try:
        return TypeAdapter(kind).validate_json(text)
    except ValidationError as error:
        raise BadRequestError(f"{kind.__name__}: {first_fault(error)}", "Correct that setting.") from None


def make_config(kind, **settings):
    """A `ModelConfig` or `TrainConfig` from loose settings; its faults are one line, as when it is read from a file."""
    return config_from_json(kind, TypeAdapter(dict).dump_json(settings))


def first_fault(error: ValidationError) -> str:
    """One line for the first thing pydantic found wrong: where, and what."""
    fault = error.errors(include_url=False, include_input=False)[0]
    # In brackets: which schema of several was read with, nothing that the file has.
    place = ".".join(str(part) for part in fault["loc"] if not str(part).startswith("("))
    return f"{place}: {fault['msg']}" if place else fault["msg"]
