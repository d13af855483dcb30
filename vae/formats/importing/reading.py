"""What a reader of model files is given, and what it returns."""

from dataclasses import dataclass
from pathlib import Path

from vae.formats.importing.draft import FoundNetwork

__all__ = ["Found", "Reading"]


@dataclass(frozen=True)
class Reading:
    """A file to be read, and where its networks go.

    Attributes:
        folder: takes the weights of each network, as `{number}.safetensors` or `{number}.onnx`.
        path: of the file.
        name: of the file, as the user calls it.
        number: of its first network.
        data: data files of ONNX models that were given, each a path and a name.
    """

    folder: Path
    path: Path
    name: str
    number: int
    data: list[tuple[Path, str]]


# The program that made the file, its networks, and notes for the user.
Found = tuple[str, list[FoundNetwork], tuple[str, ...]]
