"""What the limited process found, as data: written by it, read back by a strict schema."""

from math import prod
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load

from vae.errors import ImportRefusedError
from vae.models.config import first_fault
from vae.models.imported_config import MOST_ROWS
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Shape

__all__ = ["DRAFT", "Draft", "FoundNetwork", "OnnxFile", "read_draft", "read_part"]

DRAFT = "draft.json"
_MOST_BYTES = 2_000_000
_MOST_WEIGHTS = 200_000_000
Line = Annotated[str, Field(max_length=300)]
Sides = Annotated[tuple[Annotated[int, Field(ge=1, le=10_000_000)], ...], Field(max_length=5)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OnnxFile(_Record):
    """A network that onnxruntime runs, as it came."""

    kind: Literal["onnx"] = "onnx"
    input_name: Line
    input_shape: Sides
    output_shapes: Annotated[tuple[Sides, ...], Field(min_length=1, max_length=8)]
    tensor_names: tuple[Line, ...]  # of the outputs, in the file
    batch: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None
    parameters: int


class FoundNetwork(_Record):
    """One network.

    Attributes:
        source: name of the file that it came in.
        name: of the model in it, or the file's.
        outputs: as the person called them.
        encodes: True where it ended in a sampling, False where it began after one, None where nothing tells.
        ends: the last activation or operator of its first output, "" where there is none.
        number: of the file its weights lie in: `{number}.safetensors`, `{number}.onnx`.
    """

    source: Line
    name: Line
    outputs: Annotated[tuple[Line, ...], Field(min_length=1, max_length=8)]
    encodes: bool | None
    ends: Line
    number: Annotated[int, Field(ge=0, le=16)]
    network: Annotated[Graph | OnnxFile, Field(discriminator="kind")]

    @property
    def input_shape(self) -> Shape:
        return self.network.input_shape

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        if self.network.kind == "onnx":
            return self.network.output_shapes
        shapes = self.network.shapes()
        return tuple(shapes[name] for name in self.network.outputs)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each output has."""
        return tuple(prod(shape) for shape in self.output_shapes)


class Draft(_Record):
    """What can be made a model of; or a bundle of ours, which is one already.

    Attributes:
        framework: what made the files.
        encoder, decoder: None in a bundle's.
        notes: what a person should know, a sentence each.
    """

    framework: Line = ""
    bundle: bool = False
    encoder: FoundNetwork | None = None
    decoder: FoundNetwork | None = None
    notes: Annotated[tuple[Line, ...], Field(max_length=20)] = ()

    @property
    def title(self) -> str:
        """What to call the model, by the first of its files that has a name of its own."""
        sources = [found.source for found in (self.encoder, self.decoder) if found]
        named = [stem for stem in map(_stem, sources) if stem.lower() not in ("encoder", "decoder", "model", "vae")]
        return named[0] if named else "Imported model"


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] or name


def read_draft(folder: Path) -> Draft:
    """What the process left in its folder.

    Raises:
        ImportRefusedError: no draft, or none that fits the schema.
    """
    path = folder / DRAFT
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            raise ImportRefusedError("The description of this model is too large.", "Import a smaller one.")
        return Draft.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ImportRefusedError(f"This model cannot be described: {first_fault(error)}.", "Save it anew.") from None
    except OSError as error:
        raise ImportRefusedError("Nothing was found in these files.", "Try others.") from error


def read_part(folder: Path, found: FoundNetwork) -> tuple[dict[str, np.ndarray], bytes]:
    """A network's weights by its graph's names, or its ONNX file: the other one is empty.

    Raises:
        ImportRefusedError: they are not what the draft says.
    """
    suffix = "onnx" if found.network.kind == "onnx" else "safetensors"
    path = folder / f"{found.number}.{suffix}"
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_WEIGHTS:
            raise ImportRefusedError("The weights of this model are too large.", "Import a smaller one.")
        data = path.read_bytes()
        if suffix == "onnx":
            return {}, data
        weights = load(data)
    except (OSError, SafetensorError, ValueError) as error:
        raise ImportRefusedError(f"The weights of this model cannot be read: {error}.", "Try again.") from error
    wanted = found.network.weight_shapes()
    fits = weights.keys() == wanted.keys() and all(
        weights[name].shape == shape and weights[name].dtype == np.float32 for name, shape in wanted.items()
    )
    if not fits:
        raise ImportRefusedError("The weights of this model are not those of its layers.", "Try again.")
    return weights, b""
