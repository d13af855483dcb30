"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DataDir", "Download", "IwaeImages", "IwaeSamples", "Model"]

Model = Annotated[str, typer.Argument(help="A model's id (see `models`), or the path of a bundle folder or zip.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with Keras' own archives (mnist.npz, fashion_mnist.npz).", envvar="ZSCOPE_DATA"),
]
Download = Annotated[
    bool, typer.Option(help="Let Keras fetch a data set that is neither in the folder nor in its cache.")
]
IwaeSamples = Annotated[
    int, typer.Option(min=10, max=10_000, help="Draws per image of the importance-weighted bound, in tens.")
]
IwaeImages = Annotated[int, typer.Option(min=1, help="Test images that bound is measured on (a seeded sub-sample).")]
