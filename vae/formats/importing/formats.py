"""Formats of model files that are imported: how each is detected, what it needs, and its reader.

`foreign_formats` has the formats that are refused. To add a format, write its reader in a module beside this one and
register its object here.
"""

import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.formats.bundle import BUNDLE_FILES
from vae.formats.importing.foreign_formats import foreign_format, is_onnx, refused_archive
from vae.formats.importing.reading import Found, Reading
from vae.message import message
from vae.registry import Registry

__all__ = ["IMPORTED", "ZIP", "ImportFormat", "ModelFile"]

ZIP = b"PK"
_KERAS = {"metadata.json", "model.weights.h5"}
_OF_BUNDLES_ALONE = BUNDLE_FILES.keys() - {"weights.safetensors"}  # other programs also write files of that name


@dataclass(frozen=True)
class ModelFile:
    """A file whose format is to be detected.

    Attributes:
        path: of its content.
        name: the user's name of the file.
        names: of all files of the import.
        head: its first 4096 bytes.
    """

    path: Path
    name: str
    names: Collection[str]
    head: bytes

    def ends(self, *endings: str) -> bool:
        """Return whether its name has one of these suffixes, in lower case."""
        return self.name.lower().endswith(endings)

    @cached_property
    def members(self) -> tuple[str, ...] | None:
        """The names in a zip; None for any other file.

        Raises:
            ImportRefusedError: the zip cannot be unpacked, or its contents are refused.
        """
        if not self.head.startswith(ZIP):
            return None
        try:
            with zipfile.ZipFile(self.path) as archive:
                members = tuple(archive.namelist()[:10_000])
        except Exception as error:  # `zipfile` does not document its exceptions
            raise ImportRefusedError(
                message("{name} cannot be unpacked: {error}.", name=self.name, error=error),
                "It is damaged or cut off: copy it again.",
            ) from error
        if refused := refused_archive(self.name, members):
            raise refused
        return members

    @property
    def tails(self) -> set[str]:
        """The last parts of the names in a zip."""
        return {member.rsplit("/", 1)[-1] for member in self.members or ()}


@dataclass(frozen=True, kw_only=True)
class ImportFormat:
    """A format of model files that is imported.

    Attributes:
        key: name in code.
        title: name on pages.
        name: name of one such file in messages: "a .keras file".
        needs: the files that it needs, in Markdown.
        is_of: whether a file has this format. The first registered format that accepts a file reads it.
        read: a file → its networks; None for a bundle, whose files are read together.
    """

    key: str
    title: str
    name: str
    needs: str
    is_of: Callable[[ModelFile], bool]
    read: Callable[[Reading], Found] | None


IMPORTED = Registry[ImportFormat]("import format")


def _is_bundle(file: ModelFile) -> bool:
    if file.name in BUNDLE_FILES and _OF_BUNDLES_ALONE & {file.name, *file.names}:
        foreign = foreign_format(file.head, file.name)
        if not (foreign and "TensorFlow.js" in foreign.what):
            return True
    return "model.json" in file.tails


def _is_keras(file: ModelFile) -> bool:
    if file.members is None:
        return False
    return file.ends(".keras") or ("config.json" in file.tails and not _KERAS.isdisjoint(file.tails))


def _is_onnx(file: ModelFile) -> bool:
    # Protobuf has no signature: the parser decides.
    return file.members is None and (file.ends(".onnx") or is_onnx(file.head))


def _read_keras(reading: Reading) -> Found:
    from vae.formats.importing.keras_reader import read_keras

    return read_keras(reading)


def _read_onnx(reading: Reading) -> Found:
    from vae.formats.importing.onnx_reader import read_onnx_file

    return read_onnx_file(reading)


IMPORTED.register(
    ImportFormat(
        key="bundle",
        title="Zscope",
        name="a bundle",
        needs="an exported bundle (`.zip`), or its folder",
        is_of=_is_bundle,
        read=None,
    )
)
IMPORTED.register(
    ImportFormat(
        key="keras",
        title="Keras",
        name="a .keras file",
        needs="one `.keras` file with encoder and decoder, or two",
        is_of=_is_keras,
        read=_read_keras,
    )
)
IMPORTED.register(
    ImportFormat(
        key="onnx",
        title="ONNX",
        name="an .onnx file",
        needs="`encoder.onnx` and `decoder.onnx`, from PyTorch or other programs, with their `.onnx.data` files if any",
        is_of=_is_onnx,
        read=_read_onnx,
    )
)
