"""The argument and the result of a reader of model files."""

from dataclasses import dataclass
from pathlib import Path

from vae.formats.importing.draft import FoundNetwork

__all__ = ["Found", "Reading"]


@dataclass(frozen=True)
class Reading:
    """A file to read, and the folder for its networks.

    Attributes:
        folder: for the weights of each network, as `{number}.safetensors` or `{number}.onnx`.
        path: of the file.
        name: the user's name of the file.
        number: of its first network.
        data: the data files of ONNX models in the import, a path and a name each.
    """

    folder: Path
    path: Path
    name: str
    number: int
    data: list[tuple[Path, str]]


# The program that wrote the file, its networks, and notes for the user.
Found = tuple[str, list[FoundNetwork], tuple[str, ...]]
