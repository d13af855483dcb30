"""The draft: the networks that the sandboxed process found, as data. It is read back with a strict schema."""

from math import prod
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load

from vae.errors import ImportRefusedError
from vae.message import N_, message
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
    """A network for ONNX Runtime, before any conversion."""

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
        source: name of its file.
        name: of the model in that file, or of the file.
        outputs: their names in the file.
        encodes: True if a sampling layer followed it, False if one preceded it, None if unknown.
        ends: the last activation or operator of its first output, "" if there is none.
        number: of the file with its weights: `{number}.safetensors`, `{number}.onnx`.
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
        """The number of values in each output."""
        return tuple(prod(shape) for shape in self.output_shapes)


class Draft(_Record):
    """Networks that can become a model; or a bundle, which is a model already.

    Attributes:
        framework: the program that wrote the files.
        bundle: whether the files are a bundle.
        encoder, decoder: None for a bundle.
        notes: for the user, a sentence each.
    """

    framework: Line = ""
    bundle: bool = False
    encoder: FoundNetwork | None = None
    decoder: FoundNetwork | None = None
    notes: Annotated[tuple[Line, ...], Field(max_length=20)] = ()

    @property
    def title(self) -> str:
        """A title for the model: the name of the first file that is not called encoder, decoder, model or vae."""
        sources = [found.source for found in (self.encoder, self.decoder) if found]
        named = [stem for stem in map(_stem, sources) if stem.lower() not in ("encoder", "decoder", "model", "vae")]
        return named[0] if named else N_("Imported model")


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] or name


def read_draft(folder: Path) -> Draft:
    """Read the draft from the folder of the sandboxed process.

    Raises:
        ImportRefusedError: there is no draft, or it does not fit the schema.
    """
    path = folder / DRAFT
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            raise ImportRefusedError("The description of this model is too large.", "Import a smaller model.")
        return Draft.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ImportRefusedError(
            message("This model cannot be described: {first_fault}.", first_fault=first_fault(error)), "Save it again."
        ) from None
    except OSError as error:
        raise ImportRefusedError("No network was found in these files.", "Choose other files.") from error


def read_part(folder: Path, found: FoundNetwork) -> tuple[dict[str, np.ndarray], bytes]:
    """Read a network's weights by name, or its ONNX file; the other one is empty.

    Raises:
        ImportRefusedError: they do not fit the draft.
    """
    suffix = "onnx" if found.network.kind == "onnx" else "safetensors"
    path = folder / f"{found.number}.{suffix}"
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_WEIGHTS:
            raise ImportRefusedError("The weights of this model are too large.", "Import a smaller model.")
        data = path.read_bytes()
        if found.network.kind == "onnx":
            return {}, data
        weights = load(data)
    except (OSError, SafetensorError, ValueError) as error:
        raise ImportRefusedError(
            message("The weights of this model cannot be read: {error}.", error=error), "Try again."
        ) from error
    wanted = found.network.weight_shapes()
    fits = weights.keys() == wanted.keys() and all(
        weights[name].shape == shape and weights[name].dtype == np.float32 for name, shape in wanted.items()
    )
    if not fits:
        raise ImportRefusedError("The weights of this model do not fit its layers.", "Try again.")
    return weights, b""
