"""The configuration of a model. Nothing here imports a framework."""

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
    """The architecture of one model. With the weights, it is enough to rebuild the model.

    docs/zoo.md explains each part.
    """

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
            "Binary pixels",
            "bernoulli: each time an image is used, its pixels are sampled black or white by their grey level.",
            applies=lambda values: LIKELIHOODS[values["likelihood"]].binary,
        ),
    ] = False
    # False: a plain autoencoder. In the form, the objective sets it.
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
    # number of classes that the decoder is conditioned on; 0: none
    classes: Annotated[
        int,
        Field(ge=0, le=1000),
        Setting(
            "Conditional",
            "The decoder gets the class as input, so z holds only the style.",
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
            raise ValueError(f"binary pixels need a {binary} likelihood, not {self.likelihood}: turn binarize off")
        prior = PRIORS[self.prior]
        if not prior.is_standard and not self.variational:
            raise ValueError("a plain autoencoder has no prior to learn: use prior normal, or variational true")
        if self.latent_dim < prior.least_dimensions:
            raise ValueError(
                f"{prior.why_dimensions}: use latent_dim {prior.least_dimensions} or more, or prior normal"
            )
        if self.classes == 1:
            raise ValueError(
                "a single class has no information for the decoder: use classes 0, or as many as the data have"
            )
        return self

    @property
    def code_dim(self) -> int:
        """Width of the decoder's input: z, followed by the class weights of a conditional model."""
        return self.latent_dim + self.classes

    @property
    def encodes(self) -> bool:
        """True: it has an encoder. An imported model may have none."""
        return True

    @property
    def graphs(self) -> dict[str, Graph]:
        """Encoder and decoder as graphs of layers, by name."""
        return {name: part.graph for name, part in parts_of(self).items()}

    @property
    def networks(self) -> dict[str, Graph]:
        """The same as `graphs`. The networks of an imported model may also be ONNX files."""
        return self.graphs

    @property
    def onnx_parts(self) -> "dict[str, OnnxPart]":
        """Empty: only imported models have ONNX files."""
        return {}

    @property
    def gives_pictures(self) -> bool:
        """False: the decoder outputs the likelihood's logits. An imported decoder outputs pictures."""
        return False

    @property
    def largest_batch(self) -> int:
        """Largest batch of images or codes that its networks are given."""
        return LARGEST_BATCH
