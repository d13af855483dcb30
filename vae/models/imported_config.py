"""What an imported model is: two networks as data, brought to one form.

Whatever pixels and layouts its maker used, the parts kept here take and give the same as our own: the encoder pictures
`(n, h, w, c)` in [0, 1] → z_mean, and z_log_var where it has one, `(n, latent_dim)`; the decoder codes
`(n, latent_dim)` → pictures `(n, h, w, c)` in [0, 1]. `vae.formats.importing` puts before and behind them what that
takes.
"""

from math import prod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vae.batching import LARGEST_BATCH
from vae.models.config import Channels
from vae.models.networks.graph import Graph

__all__ = ["MOST_ROWS", "ONNX_ROWS", "ImportedConfig", "OnnxPart"]

ONNX_ROWS = 16  # that a network is tried with when it is imported, and the most it is given at once
MOST_ROWS = 512  # of a network that takes one number of rows alone
Side = Annotated[int, Field(ge=4, le=256)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OnnxPart(_Strict):
    """A network that onnxruntime runs: the bundle's `encoder.onnx` or `decoder.onnx`.

    Its input is called `input`, its outputs `output_0`, `output_1`.
    """

    kind: Literal["onnx"] = "onnx"
    input_shape: Annotated[tuple[Annotated[int, Field(ge=1, le=65_536)], ...], Field(min_length=1, max_length=3)]
    output_shapes: Annotated[
        tuple[tuple[Annotated[int, Field(ge=1, le=65_536)], ...], ...], Field(min_length=1, max_length=2)
    ]
    batch: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None  # the only number of rows it takes; None: any
    parameters: Annotated[int, Field(ge=0)]

    def largest_batch(self) -> int:
        """How many rows are given to it at once, a power of two."""
        return min(LARGEST_BATCH, 1 << max(self.batch or 0, ONNX_ROWS).bit_length() - 1)


Network = Annotated[Graph | OnnxPart, Field(discriminator="kind")]


class ImportedConfig(_Strict):
    """The counterpart of `vae.models.config.ModelConfig` for models made elsewhere.

    Attributes:
        encoder: None of a decoder alone.
        decoder: yields pictures in [0, 1].
        variational: False where the encoder gives a mean and no variance.
    """

    network: Literal["imported"] = "imported"
    image_shape: tuple[Side, Side, Channels]
    latent_dim: Annotated[int, Field(ge=1, le=512)]
    variational: bool
    encoder: Network | None
    decoder: Network

    @model_validator(mode="after")
    def _fits_together(self):
        if self.image_shape[2] == 2:
            raise ValueError("images have 1 channel (grey) or 3 (colour), not 2")
        code = (self.latent_dim,)
        if self.encoder:
            heads = (code,) * (2 if self.variational else 1)
            _check("encoder", self.encoder, self.image_shape, heads)
        _check("decoder", self.decoder, code, (self.image_shape,))
        return self

    @property
    def code_dim(self) -> int:
        """Width of what is decoded."""
        return self.latent_dim

    @property
    def encodes(self) -> bool:
        """Whether there is an encoder."""
        return self.encoder is not None

    @property
    def networks(self) -> dict[str, Graph | OnnxPart]:
        """Those there are, by name."""
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def graphs(self) -> dict[str, Graph]:
        """Those whose layers are known."""
        return {name: part for name, part in self.networks.items() if part.kind == "graph"}

    @property
    def onnx_parts(self) -> dict[str, OnnxPart]:
        """Those that onnxruntime runs."""
        return {name: part for name, part in self.networks.items() if part.kind == "onnx"}

    @property
    def largest_batch(self) -> int:
        """How many images or codes are given to its networks at once, a power of two."""
        return min(part.largest_batch() for part in self.networks.values())

    @property
    def live_values(self) -> int:
        """How many values there are at once in its largest batch; of ONNX files their inputs and outputs alone."""
        of_onnx = [prod(part.input_shape) + sum(map(prod, part.output_shapes)) for part in self.onnx_parts.values()]
        return self.largest_batch * max([*of_onnx, *(graph.live_values() for graph in self.graphs.values())])

    # What our own models may choose and an imported one does not.
    @property
    def likelihood(self) -> str:
        """What its bound is measured with: nobody says what it was trained with."""
        return "bernoulli"

    @property
    def binarize(self) -> bool:
        return False

    @property
    def gives_pictures(self) -> bool:
        """Whether the decoder puts out pictures and not a likelihood's logits."""
        return True

    @property
    def prior(self) -> str:
        return "normal"

    @property
    def classes(self) -> int:
        return 0


def _check(name: str, part: Graph | OnnxPart, takes: tuple[int, ...], gives: tuple[tuple[int, ...], ...]) -> None:
    if part.kind == "graph":
        part.check_work()
        shapes = part.shapes()
        outputs = tuple(shapes[output] for output in part.outputs)
    else:
        outputs = part.output_shapes
    if part.input_shape != takes or outputs != gives:
        raise ValueError(f"the {name} makes {outputs} of {part.input_shape}, expected {gives} of {takes}")
