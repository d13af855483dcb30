"""`encode` and `decode`: pictures to codes and back."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from vae.errors import BadRequestError
from vae.npz import read_npz
from zscope.cli.framework import load_runtime
from zscope.cli.options import Model, open_bundle
from zscope.cli.progress import progress
from zscope.library.registry import locate_bundle

__all__ = ["decode", "encode"]

_MAX_CODES_BYTES = 1_000_000_000
_MAX_PICTURES = 10_000


def encode(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL IMAGES… | SOURCE",
            help="A model, and picture files or one .npz with uint8 `images` (n, h, w, c). With --model, a folder of "
            "pictures, a .npz, a .npy or a data set.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write z_mean and z_log_var to this .npz instead of JSON lines to stdout. With --model, a folder."
        ),
    ] = None,
    model: Annotated[str, typer.Option(help="Encode a source of any size with this model, in several processes.")] = "",
    processes: Annotated[int, typer.Option(min=0, help="With --model: processes; 0: one for each processor.")] = 0,
):
    """Encode pictures: mean and log-variance of q(z|x), as one JSON line per picture or one .npz.

    With --model, SOURCE may have millions of images: `zscope encode pictures/ --model mnist-16 --out codes/` writes
    Parquet files with the code, σ, error, ELBO and name of each image. After an interruption, run it again: finished
    files are kept.

    Pictures are centre-cropped to the model's ratio, resized, and converted to grey for a grey model. Transparent
    pixels get the background of the model's data, unless that hides the picture. Colours are never inverted: a model of
    white digits on black needs such pictures (see `reconstruct`).
    """
    if model:
        return _encode_source(model, inputs, out, processes)
    if len(inputs) < 2:
        raise typer.BadParameter("Missing argument 'images': write zscope encode MODEL IMAGES")
    bundle, images = open_bundle(inputs[0]), [Path(text) for text in inputs[1:]]
    if len(images) == 1 and images[0].suffix == ".npz":
        pixels = read_npz(images[0], ["images"], _MAX_CODES_BYTES)["images"]
        names = [str(index) for index in range(len(pixels))]
    else:
        from vae.pictures.preparation.background import read_for_model

        pixels = np.stack([read_for_model(path, bundle.manifest) for path in images])
        names = [path.name for path in images]

    load_runtime()
    from vae.inference.runtime import open_codec

    with progress() as bars:
        task = bars.add_task("encode", total=len(pixels))
        z_mean, z_log_var = open_codec(bundle).encode(pixels, lambda rows: bars.advance(task, rows))
    if out:
        out = out if out.suffix == ".npz" else out.with_name(f"{out.name}.npz")  # as NumPy would
        np.savez_compressed(out, z_mean=z_mean, z_log_var=z_log_var)
        print(f"{len(pixels):,} codes in {out}")
        return
    for name, mean, log_var in zip(names, z_mean.tolist(), z_log_var.tolist(), strict=True):
        print(json.dumps({"image": name, "z_mean": mean, "z_log_var": log_var}))


def _encode_source(model: str, sources: list[str], out: Path | None, processes: int) -> None:
    if len(sources) != 1 or out is None:
        raise BadRequestError(
            "--model needs one source and --out.", "Write zscope encode SOURCE --model ID --out FOLDER."
        )
    from zscope.jobs.bulk.run import encode_source

    start = time.monotonic()
    with progress() as bars:
        task = bars.add_task("encode", total=None)
        found = encode_source(
            locate_bundle(model),
            sources[0],
            out,
            processes=processes,
            report=lambda done, total: bars.update(task, completed=done, total=total),
        )
    new, seconds = found.rows - found.kept, max(time.monotonic() - start, 0.001)
    print(f"{found.rows:,} codes in {out}: {new:,} new in {seconds:.0f} s ({new / seconds:,.0f} per second)")
    if found.left_out:
        print(f"{found.left_out:,} pictures could not be read and were left out.")


def decode(
    model: Model,
    codes: Annotated[
        Path, typer.Argument(help="An .npz with `z_mean`, a .csv, JSON lines of `encode`, or - for stdin.")
    ],
    out: Annotated[Path, typer.Option(help="A folder for PNG files, or a .npz for uint8 `images`.")] = Path("decoded"),
):
    """Decode codes to pictures: one PNG each in a folder, or one .npz.

    The output of `encode` is a possible input: `zscope encode mnist-16 a.png | zscope decode mnist-16 -`.
    """
    bundle = open_bundle(model)
    points = _read_codes(codes, bundle.manifest.model.latent_dim)
    if out.suffix != ".npz" and len(points) > _MAX_PICTURES:
        raise BadRequestError(f"Refusing to write {len(points):,} PNG files.", "Use --out FILE.npz.")

    load_runtime()
    from vae.inference.runtime import open_codec

    with progress() as bars:
        task = bars.add_task("decode", total=len(points))
        pictures = open_codec(bundle).decode(points, lambda rows: bars.advance(task, rows))
    pixels = np.round(pictures * 255).astype(np.uint8)  # (n, h, w, c)
    if out.suffix == ".npz":
        np.savez_compressed(out, images=pixels)
    else:
        from PIL import Image

        out.mkdir(parents=True, exist_ok=True)
        for index, picture in enumerate(pixels):
            Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(out / f"{index:05d}.png")
    print(f"{len(pixels):,} pictures in {out}")


def _read_codes(path: Path, latent_dim: int) -> np.ndarray:
    """Return float32 `(n, latent_dim)`; the codec checks width and values."""
    if path.suffix == ".npz":
        return read_npz(path, ["z_mean"], _MAX_CODES_BYTES)["z_mean"]
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequestError(f"Can't read {path}: {error}.", "Use an .npz, .csv or JSON-lines file.") from None
    rows = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        try:
            parsed = (
                json.loads(line)["z_mean"] if line.lstrip().startswith("{") else [float(x) for x in line.split(",")]
            )
            row = np.asarray(parsed, np.float32)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise BadRequestError(
                f"Line {number} of {path} is not a code: {error}.", "Separate the numbers with commas."
            ) from None
        if row.shape != (latent_dim,):
            raise BadRequestError(
                f"Line {number} of {path} has {row.size} numbers, the model has {latent_dim} dimensions.",
                "Use codes of this model.",
            )
        rows.append(row)
    return np.stack(rows) if rows else np.zeros((0, latent_dim), np.float32)
