"""Opens a folder or a zip of pictures as a file list."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vae.data.files import FileList
from vae.data.folder_files import FolderFiles
from vae.data.names import clean_label
from vae.data.zip_files import ZipFiles
from vae.errors import DataError
from vae.message import message

__all__ = ["open_files"]


@contextmanager
def open_files(source: str | Path | BinaryIO, name: str = "") -> Iterator[FileList]:
    """List the files of a folder, or of a zip given as a path or an open binary file.

    Args:
        name: display name of an open file, such as the name of the upload.

    Raises:
        DataError: neither a folder nor a zip, truncated, or too many files.
    """
    if isinstance(source, str | Path):
        path = Path(source).expanduser()
        name = _bare(name) or _bare(path.resolve().name) or "the folder"
        if not path.exists():
            raise DataError(
                message("There is no folder or zip {path}.", path=path), "Choose a folder of pictures or a zip file."
            )
        files = FolderFiles(path, name) if path.is_dir() else ZipFiles(path, name)
    else:
        known = getattr(source, "name", "")  # a number where the file has none
        files = ZipFiles(source, _bare(name) or _bare(known if isinstance(known, str) else "") or "the zip")
    try:
        yield files
    finally:
        files.close()


def _bare(name: str) -> str:
    """The last part of a path from any system, as a label."""
    return clean_label(name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1], 80)
