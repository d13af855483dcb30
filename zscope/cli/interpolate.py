"""`interpolate`: writes a film or strip of a path between pictures."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.latent.paths import PATHS
from vae.models.config import make_config
from zscope.cli.framework import load_framework, load_runtime
from zscope.cli.options import Model, open_bundle
from zscope.cli.progress import progress, reporter

__all__ = ["interpolate"]

_SIZE = 512  # pixels of a picture's longer side, where it fits
_SHEETS = " or ".join(one.key for one in PATHS.values() if one.sheet)
_FORMATS = {".mp4": "mp4", ".webp": "webp", ".gif": "gif", ".png": "strip", ".svg": "svg", ".zip": "frames"}


def interpolate(
    model: Model,
    images: Annotated[list[str], typer.Argument(help="At least two pictures: files, or numbers of test images.")],
    out: Annotated[Path, typer.Option(help="film.mp4, .webp or .gif; strip.png or .svg; frames.zip; or codes.npz.")],
    path: Annotated[
        str, typer.Option(help="; ".join(f"{one.key}, {one.title.lower()}" for one in PATHS.values()) + ".")
    ] = next(iter(PATHS)),
    between: Annotated[
        Literal["both", "code", "class"],
        typer.Option(help="What changes in a class-conditional model. The rest stays as in the first picture."),
    ] = "both",
    grid: Annotated[
        int,
        typer.Option(
            min=0, max=50, help=f"Write a sheet of GRID × GRID pictures between four given ones; with --path {_SHEETS}."
        ),
    ] = 0,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, max=3600, help="Number of pictures, including the given ones. Default: 60; in a strip, 10 per leg."
        ),
    ] = None,
    hold: Annotated[float, typer.Option(min=0, max=60, help="Seconds to pause at each given picture.")] = 0.0,
    even: Annotated[bool, typer.Option(help="Change the picture at constant speed, instead of the code.")] = False,
    overshoot: Annotated[
        float, typer.Option(min=0, max=0.5, help="Continue beyond both ends by this share of a leg.")
    ] = 0.0,
    ping_pong: Annotated[bool, typer.Option(help="Play forwards, then backwards.")] = False,
    size: Annotated[
        int | None,
        typer.Option(help="Pixels of a picture's longer side, 16 to 2048. Default: 512, or less in a strip or GIF."),
    ] = None,
    fps: Annotated[int, typer.Option(help="Frames per second, 1 to 60.")] = 30,
    upscaling: Annotated[
        Literal["nearest", "lanczos"], typer.Option(help="Keep the pixels, or smooth them.")
    ] = "nearest",
    caption: Annotated[bool, typer.Option(help="Write the position under each picture.")] = False,
):
    """Interpolate between pictures in a model's latent space, and write a film, strip, sheet or codes."""
    if out.suffix not in (*_FORMATS, ".npz"):
        raise BadRequestError(f"Unknown suffix of {out}.", f"Use one of {', '.join((*_FORMATS, '.npz'))}.")
    if len(images) < 2:
        raise BadRequestError("An interpolation needs at least two pictures.", "Add another picture.")
    sheet = PATHS[path].sheet
    if grid and (len(images) != 4 or not sheet or out.suffix not in (".png", ".svg", ".npz") or grid < 2):
        raise BadRequestError(
            f"Can't make a grid of {grid} × {grid} between {len(images)} pictures, {path}, in {out.name}.",
            f"Use four pictures, --grid 2 or more, --path {_SHEETS}, and a .png, .svg or .npz file.",
        )
    from vae.pictures.movie import MAX_FRAMES, MovieSettings, fitting_size, write_movie

    if steps is None:
        steps = 9 * (len(images) - 1) + 1 if out.suffix in (".png", ".svg") else 60
    settings = make_config(
        MovieSettings,
        format=_FORMATS.get(out.suffix, "mp4"),
        size=_SIZE if size is None else size,
        frames_per_second=fps,
        upscaling=upscaling,
        columns=grid,
    )
    bundle = open_bundle(model)
    pictures = np.stack([_picture(bundle, one) for one in images])
    (load_framework if PATHS[path].converges else load_runtime)()
    from vae.inference.interpolation import Interpolator
    from vae.inference.loaded_model import LoadedModel
    from vae.latent.paths import JoinedPath, four_corner_grid

    config = bundle.manifest.model
    stops, _ = LoadedModel(bundle.manifest.id, bundle).encode(pictures)
    if between == "code":
        stops[:, config.latent_dim :] = stops[0, config.latent_dim :]
    elif between == "class":
        if not config.classes:
            raise BadRequestError(f"{bundle.manifest.id} is not class-conditional.", "Leave --between out.")
        stops[:, : config.latent_dim] = stops[0, : config.latent_dim]
    t = _places(len(stops) - 1, steps, overshoot, round(hold * fps), ping_pong)
    if not grid and len(t) > MAX_FRAMES:
        raise BadRequestError(f"{len(t):,} frames are too many.", f"Use at most {MAX_FRAMES:,}.")
    walker = Interpolator(bundle)
    with progress() as bars:
        report = reporter(bars)
        if grid and sheet:
            z, weights = stops[:, : config.latent_dim], stops[:, config.latent_dim :]
            parts = [sheet(z, grid, grid)]
            if config.classes:
                parts.append(four_corner_grid(weights, grid, grid))
            codes = np.concatenate(parts, axis=2).reshape(grid * grid, -1)
            arrays: dict[str, Any] = {"z": codes}
            summary = f"{grid} × {grid} codes between four pictures, {path} path"
        else:
            legs = [walker.path(path, a, b, even=even) for a, b in pairwise(stops)]
            codes = JoinedPath(legs).at(t / len(legs))
            arrays = {"z": codes, "t": t.astype(np.float32)}
            length = sum(walker.length(leg) for leg in legs)
            summary = f"{len(t):,} steps, {path} path, {length:.2f} pixel units long"
        if out.suffix == ".npz":
            np.savez_compressed(out, **arrays)
        else:
            captions = [f"{place:.2f}" for place in t] if caption and not grid else None
            found = walker.pixels(codes)
            if size is None:
                settings = replace(settings, size=fitting_size(found, settings, captions))
            write_movie(out, found, settings, captions, lambda done, total: report("write", done, total))
    print(f"{summary}: {out}")


def _places(legs: int, steps: int, overshoot: float, hold: int, ping_pong: bool) -> np.ndarray:
    """Return the positions of all frames: 0 is the first picture, 1 the second, and so on.

    They are evenly spaced between two given pictures, contain each given picture, and repeat it for its pause.
    """
    stops = np.arange(legs + 1)
    frames = np.round((overshoot + stops) / (legs + 2 * overshoot) * (steps - 1))  # index of each picture's frame
    if steps < 2 or (np.diff(frames) < 1).any():
        raise BadRequestError(f"{steps} steps are too few for {legs + 1} pictures.", "Use more steps.")
    at, places = frames, stops
    if overshoot:
        at = np.concatenate([[0], frames, [steps - 1]])
        places = np.concatenate([[-overshoot], stops, [legs + overshoot]])
    even = np.interp(np.arange(steps), at, places)
    t = np.sort(np.concatenate([even, np.repeat(stops, hold)]), kind="stable")
    return np.concatenate([t, t[-2:0:-1]]) if ping_pong else t


def _picture(bundle: Bundle, name: str) -> np.ndarray:
    """Return a picture for the model, uint8 `(h, w, c)`."""
    if name.isascii() and name.isdecimal():
        from vae.data import load_test_split

        images = load_test_split(bundle.manifest.dataset).images
        if len(name) > 9 or int(name) >= len(images):
            raise BadRequestError(f"There is no test image {name[:20]}.", f"Use a number from 0 to {len(images) - 1}.")
        return np.asarray(images[int(name)])
    from vae.pictures.preparation.background import read_for_model

    return read_for_model(Path(name), bundle.manifest)
