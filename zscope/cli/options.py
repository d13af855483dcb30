"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from vae.data.builtin import CATALOG
from vae.errors import ModelNotFoundError
from vae.formats.bundle import Bundle, load_bundle
from zscope.library.registry import open_model

__all__ = ["DataDir", "Download", "IwaeImages", "IwaeSamples", "Model", "open_bundle"]

Model = Annotated[str, typer.Argument(help="A model's id (see `models`), or the path of a bundle folder or zip.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help=f"Folder with the archives ({', '.join(info.archive for info in CATALOG.values() if info.archive)}).",
        envvar="ZSCOPE_DATA",
    ),
]
Download = Annotated[bool, typer.Option(help="Download a data set that is neither in the folder nor in Keras' cache.")]


def _in_tens(value: int) -> int:
    if value % 10:
        raise typer.BadParameter(f"{value} is not a multiple of 10.")
    return value


IwaeSamples = Annotated[
    int,
    typer.Option(min=10, max=10_000, callback=_in_tens, help="Samples per image of the IWAE bound; a multiple of 10."),
]
IwaeImages = Annotated[int, typer.Option(min=1, help="Test images for the IWAE bound (a seeded sample).")]


def open_bundle(model: str) -> Bundle:
    """Open the model of a `Model` argument: a listed id, else a path."""
    try:
        return open_model(model)
    except ModelNotFoundError:
        if not Path(model).exists():
            raise
        return load_bundle(model)
