"""The configuration of an imported model: encoder and decoder as data, in one standard form.

The encoder takes pictures `(n, h, w, c)` in [0, 1] and returns z_mean, and z_log_var if it has one, `(n, latent_dim)`
each. The decoder takes codes `(n, latent_dim)` and returns pictures `(n, h, w, c)` in [0, 1]. If the imported file uses
other pixels or layouts, `vae.formats.importing` adds layers that convert them.
"""

from math import prod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vae.batching import LARGEST_BATCH
from vae.models.config import Channels
from vae.models.networks.graph import Graph

__all__ = ["MOST_ROWS", "ONNX_ROWS", "ImportedConfig", "OnnxPart"]

ONNX_ROWS = 16  # rows that a network is tested with when it is imported, and the largest batch it gets afterwards
MOST_ROWS = 512  # largest batch size that a network with a fixed one may have
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
    batch: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None  # its fixed batch size; None: any
    parameters: Annotated[int, Field(ge=0)]

    def largest_batch(self) -> int:
        """Return the largest batch that it is given, a power of two."""
        return min(LARGEST_BATCH, 1 << max(self.batch or 0, ONNX_ROWS).bit_length() - 1)


Network = Annotated[Graph | OnnxPart, Field(discriminator="kind")]


class ImportedConfig(_Strict):
    """The counterpart of `vae.models.config.ModelConfig` for imported models.

    Attributes:
        variational: False if the encoder returns a mean without a variance.
        encoder: None if only a decoder was imported.
        decoder: returns pictures in [0, 1].
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
        """Width of the decoder's input."""
        return self.latent_dim

    @property
    def encodes(self) -> bool:
        """Whether it has an encoder."""
        return self.encoder is not None

    @property
    def networks(self) -> dict[str, Graph | OnnxPart]:
        """Encoder, if there is one, and decoder, by name."""
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        return {name: part for name, part in parts.items() if part is not None}

    @property
    def graphs(self) -> dict[str, Graph]:
        """The networks whose layers are known, by name."""
        return {name: part for name, part in self.networks.items() if part.kind == "graph"}

    @property
    def onnx_parts(self) -> dict[str, OnnxPart]:
        """The networks that onnxruntime runs, by name."""
        return {name: part for name, part in self.networks.items() if part.kind == "onnx"}

    @property
    def largest_batch(self) -> int:
        """Largest batch of images or codes that its networks are given, a power of two."""
        return min(part.largest_batch() for part in self.networks.values())

    @property
    def live_values(self) -> int:
        """Number of values in memory at once in its largest batch; of ONNX files, only inputs and outputs count."""
        of_onnx = [prod(part.input_shape) + sum(map(prod, part.output_shapes)) for part in self.onnx_parts.values()]
        return self.largest_batch * max([*of_onnx, *(graph.live_values() for graph in self.graphs.values())])

    # Settings of `ModelConfig` that are fixed for an imported model.
    @property
    def likelihood(self) -> str:
        """The likelihood of its bound. The one that it was trained with is unknown."""
        return "bernoulli"

    @property
    def binarize(self) -> bool:
        return False

    @property
    def gives_pictures(self) -> bool:
        """Whether the decoder outputs pictures, not a likelihood's logits."""
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
        raise ValueError(f"the {name} maps {part.input_shape} to {outputs}, expected {takes} to {gives}")
