"""What a model is, as a frozen record. Nothing here imports a framework."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from vae.batching import LARGEST_BATCH
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS
from vae.models.field_types import STRICT, key_of
from vae.models.networks.graph import Graph
from vae.models.networks.network import check_network, parts_of
from vae.models.networks.zoo import NETWORKS
from vae.models.settings import Setting

if TYPE_CHECKING:
    from vae.models.imported_config import OnnxPart

__all__ = ["MOST_SIDE", "Channels", "ModelConfig"]

MOST_SIDE = 128  # pixels
Side = Annotated[int, Field(ge=4, le=MOST_SIDE)]
Channels = Annotated[int, Field(ge=1, le=3)]
Width = Annotated[int, Field(ge=1, le=512)]


@dataclass(frozen=True, config=STRICT)
class ModelConfig:
    """The architecture of one model; with the weights enough to rebuild it. docs/zoo.md says what each part is for."""

    image_shape: tuple[Side, Side, Channels] = (28, 28, 1)  # height, width, channels
    latent_dim: Annotated[int, Field(ge=1, le=512), Setting("Latent dimensions", "Dimensions of z.")] = 16
    network: Annotated[
        str,
        key_of(NETWORKS),
        Setting("Network", "Layers of the encoder, which the decoder mirrors.", choices=NETWORKS),
    ] = "conv"
    widths: Annotated[
        tuple[Width, ...],
        Field(min_length=1, max_length=4),
        Setting("Widths", "Channels after each halving of the image, with commas; dense: units of each layer."),
    ] = (32, 64)
    blocks: Annotated[
        int,
        Field(ge=1, le=8),
        Setting(
            "Blocks at each size",
            "residual: blocks at each size of the image.",
            applies=lambda values: "blocks" in NETWORKS[values["network"]].settings,
        ),
    ] = 1
    dense_units: Annotated[
        int,
        Field(ge=1, le=4096),
        Setting("Dense units", "conv, residual: width of the dense layers before and after z."),
    ] = 256
    activation: Annotated[
        Literal["relu", "silu", "gelu"],
        Setting(
            "Activation", "Activation of the hidden layers.", choices={"relu": "relu", "silu": "silu", "gelu": "gelu"}
        ),
    ] = "relu"
    likelihood: Annotated[
        str,
        key_of(LIKELIHOODS),
        Setting("Likelihood of pixels", "p(x | z), the distribution of pixels.", choices=LIKELIHOODS),
    ] = "bernoulli"
    binarize: Annotated[
        bool,
        Setting(
            "Black-and-white pixels, drawn anew",
            "bernoulli: pixels are drawn black or white each time they are seen, by their grey level.",
            applies=lambda values: LIKELIHOODS[values["likelihood"]].binary,
        ),
    ] = False
    # False: a plain autoencoder. The form sets it by the objective.
    variational: Annotated[
        bool,
        Setting(
            "", "A plain autoencoder: no noise, no KL, no prior.", "Objective", flag="--autoencoder", flag_value=False
        ),
    ] = True
    prior: Annotated[
        str,
        key_of(PRIORS),
        Setting(
            "Prior",
            "p(z), the distribution of codes.",
            "Prior and KL",
            choices=PRIORS,
            applies=lambda values: OBJECTIVES[values["objective"]].variational,
        ),
    ] = "normal"
    prior_blocks: Annotated[
        int,
        Field(ge=2, le=32),
        Setting("Coupling layers", "realnvp: number of coupling layers.", "Prior and KL", expert=True),
    ] = 8
    prior_units: Annotated[
        int,
        Field(ge=1, le=1024),
        Setting("Coupling units", "realnvp: width of a coupling's two hidden layers.", "Prior and KL", expert=True),
    ] = 64
    # > 0: the decoder is also told the class, one of so many
    classes: Annotated[
        int,
        Field(ge=0, le=1000),
        Setting(
            "Conditional",
            "The decoder is told the class: z is left with the style, and a picture is of a class and a z.",
            flag="--conditional",
        ),
    ] = 0

    @model_validator(mode="after")
    def _makes_sense(self):
        if self.image_shape[2] == 2:
            raise ValueError("images have 1 channel (grey) or 3 (colour), not 2")
        check_network(self)
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
    def graphs(self) -> dict[str, Graph]:
        """Its encoder and decoder as layers."""
        return {name: part.graph for name, part in parts_of(self).items()}

    @property
    def networks(self) -> dict[str, Graph]:
        """The same: an imported model's may be ONNX files as well."""
        return self.graphs

    @property
    def onnx_parts(self) -> "dict[str, OnnxPart]":
        """An imported model's encoder and decoder may be ONNX files; these are none."""
        return {}

    @property
    def gives_pictures(self) -> bool:
        """Whether the decoder's outputs are pictures, as an imported one's are, and not the likelihood's logits."""
        return False

    @property
    def largest_batch(self) -> int:
        """How many images or codes its networks are given at once; an imported model's may be larger ones."""
        return LARGEST_BATCH
