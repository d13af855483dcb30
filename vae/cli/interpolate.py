"""`interpolate`: a film from one picture to another."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from vae.cli.framework import load_framework
from vae.cli.options import Model, open_bundle
from vae.cli.progress import progress, reporter
from vae.config import make_config
from vae.errors import BadRequestError

__all__ = ["interpolate"]

_FORMATS = {".mp4": "mp4", ".webp": "webp", ".gif": "gif", ".png": "strip", ".zip": "frames"}


def interpolate(
    model: Model,
    a: Annotated[str, typer.Argument(help="A picture file, or the number of a test image.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    out: Annotated[Path, typer.Option(help="film.mp4, .webp or .gif; strip.png; frames.zip; or codes.npz.")],
    path: Annotated[
        Literal["linear", "slerp", "graph", "geodesic"],
        typer.Option(help="Straight; along the sphere; from image to near image; the shortest by the pictures."),
    ] = "linear",
    steps: Annotated[int, typer.Option(min=2, max=3600, help="Pictures, both ends among them.")] = 60,
    even: Annotated[bool, typer.Option(help="Let the picture change evenly, not the code.")] = False,
    overshoot: Annotated[float, typer.Option(min=0, max=0.5, help="Go on beyond both ends by this share.")] = 0.0,
    ping_pong: Annotated[bool, typer.Option(help="There and back.")] = False,
    size: Annotated[int, typer.Option(help="Pixels of the longer side, 16 to 2048.")] = 512,
    fps: Annotated[int, typer.Option(help="Frames a second, 1 to 60.")] = 30,
    upscaling: Annotated[
        Literal["nearest", "lanczos"], typer.Option(help="Pixels as they are, or smoothed.")
    ] = "nearest",
    caption: Annotated[bool, typer.Option(help="Write under each picture how far it is.")] = False,
):
    """Walk from one picture to another through a model's latent space, and write what lies between."""
    if out.suffix not in (*_FORMATS, ".npz"):
        raise BadRequestError(f"{out} is no film.", f"Name a file with one of {', '.join((*_FORMATS, '.npz'))}.")
    from vae.movie import MovieSettings, write_movie

    settings = make_config(
        MovieSettings, format=_FORMATS.get(out.suffix, "mp4"), size=size, frames_per_second=fps, upscaling=upscaling
    )
    bundle = open_bundle(model)
    images = np.stack([_picture(bundle, one) for one in (a, b)])
    load_framework()
    from vae.codec import Codec
    from vae.interpolation import Interpolator

    config = bundle.manifest.model
    if config.classes:
        raise BadRequestError(f"{bundle.manifest.id} is class-conditional.", "Interpolate its codes in Python.")
    ends, _ = Codec(bundle.vae).encode(images)
    walker = Interpolator(bundle)
    t = np.linspace(-overshoot, 1 + overshoot, steps)
    if ping_pong:
        t = np.concatenate([t, t[-2:0:-1]])
    with progress() as bars:
        report = reporter(bars)
        found = walker.path(path, *ends, even=even)
        if out.suffix == ".npz":
            np.savez_compressed(out, z=found.at(t), t=t.astype(np.float32))
        else:
            pictures = np.round(255 * walker.pictures(found, t)).astype(np.uint8)
            captions = [f"{place:.2f}" for place in t] if caption else None
            write_movie(out, pictures, settings, captions, lambda done, total: report("write", done, total))
    print(f"{len(t):,} steps in {out}, {path} path, {walker.length(found):.2f} pixel units long")


def _picture(bundle, name: str) -> np.ndarray:
    """uint8 `(h, w, c)`."""
    if name.isascii() and name.isdecimal():
        from vae.data import load_test_split

        images = load_test_split(bundle.manifest.dataset).images
        if len(name) > 9 or int(name) >= len(images):
            raise BadRequestError(f"There is no test image {name[:20]}.", f"They are 0 to {len(images) - 1}.")
        return np.asarray(images[int(name)])
    from vae.images import read_image

    return read_image(Path(name), bundle.manifest.model.image_shape)
