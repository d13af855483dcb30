"""Where what a map is made of is kept: beside the models that ship, or in the person's own folder."""

import os
from contextlib import suppress
from pathlib import Path

from vae.assets import ASSETS
from vae.durable import write_file

__all__ = ["SHIPPED", "find_files", "keep_file", "maps_folder", "remove_file"]

SHIPPED = ASSETS / "maps"


def maps_folder() -> Path:
    """Where maps made here are kept: `ZSCOPE_MAPS`, else `~/.zscope/maps`. May be emptied: maps can be made again."""
    return Path(os.environ.get("ZSCOPE_MAPS") or Path.home() / ".zscope" / "maps")


def find_files(name: str) -> list[Path]:
    """The files of that name, shipped ones first; `zscope.library.maps` alone writes them."""
    paths = [folder / f"{name}.npz" for folder in (SHIPPED, maps_folder())]
    return [path for path in paths if path.is_file()]


def keep_file(name: str, data: bytes) -> None:
    """Raises OSError: it cannot be written."""
    folder = maps_folder()
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / f"{name}.npz", data)


def remove_file(name: str) -> None:
    """Forget one that was made here and is damaged."""
    with suppress(OSError):
        (maps_folder() / f"{name}.npz").unlink()
