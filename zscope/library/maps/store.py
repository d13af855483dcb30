"""Stores the files of maps: bundled ones in the assets, others in the user's folder."""

import os
from contextlib import suppress
from pathlib import Path

from vae.assets import ASSETS
from vae.durable import write_file

__all__ = ["SHIPPED", "find_files", "keep_file", "maps_folder", "remove_file"]

SHIPPED = ASSETS / "maps"


def maps_folder() -> Path:
    """Return the folder of user maps: `ZSCOPE_MAPS`, else `~/.zscope/maps`. It may be emptied at any time."""
    return Path(os.environ.get("ZSCOPE_MAPS") or Path.home() / ".zscope" / "maps")


def find_files(name: str) -> list[Path]:
    """Find the files of that name, bundled ones first."""
    paths = [folder / f"{name}.npz" for folder in (SHIPPED, maps_folder())]
    return [path for path in paths if path.is_file()]


def keep_file(name: str, data: bytes) -> None:
    """Save a file.

    Raises:
        OSError: it cannot be written.
    """
    folder = maps_folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / f"{name}.npz", data)


def remove_file(name: str) -> None:
    """Remove a damaged file from the user's folder."""
    with suppress(OSError):
        (maps_folder() / f"{name}.npz").unlink()
