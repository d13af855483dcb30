"""`reconstruct`: prepares pictures for a model and reconstructs them."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from vae.data.catalog import dataset_info
from vae.errors import DataError
from vae.pictures.contact_sheet import contact_sheet
from zscope.cli.framework import load_runtime
from zscope.cli.options import Model, open_bundle

__all__ = ["reconstruct"]

_TILE = 160  # pixels of a step in --show-steps


def reconstruct(
    model: Model,
    images: Annotated[list[Path], typer.Argument(help="Picture files: photographs, scans, drawings.")],
    show_steps: Annotated[
        Path | None,
        typer.Option(help="Folder for one PNG per picture with all preparation steps and the reconstruction."),
    ] = None,
    ink: Annotated[
        Literal["auto", "dark", "light"],
        typer.Option(help="Whether the ink is darker or lighter than its background."),
    ] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per picture.")] = False,
):
    """Prepare pictures for a model and reconstruct them.

    A photograph is corrected for uneven light, cropped to its object, scaled and centred like the model's data. For
    each picture the command prints how many test images are reconstructed better and are closer to the data.
    Unreadable files are named and skipped; the exit status is then 1.
    """
    bundle = open_bundle(model)
    shape = bundle.manifest.model.image_shape
    from vae.data.picture_files import read_picture
    from vae.pictures.preparation import Settings, input_style_of, prepare

    wants = input_style_of(bundle.manifest)
    settings = Settings(light={"auto": None, "dark": False, "light": True}[ink])
    load_runtime()
    from vae.inference.loaded_model import LoadedModel
    from vae.pictures.reconstruction import Reader

    reader = Reader(LoadedModel(bundle.manifest.id, bundle))
    names = dataset_info(bundle.manifest.dataset).class_names
    if show_steps:
        show_steps.mkdir(parents=True, exist_ok=True)
    refused = []
    for number, path in enumerate(images):
        try:
            one = prepare(read_picture(path), wants, shape, settings)
        except DataError as error:  # continue with the others
            refused.append(error)
            if len(images) > 1:
                print(error, file=sys.stderr)
            continue
        reading = reader.read(one.image)
        if show_steps:
            tiles = [_tile(step.image) for step in one.steps] + [_tile(reading.image)]
            # Numbered, since two files in different folders may have the same name.
            contact_sheet(np.stack(tiles), columns=len(tiles)).save(show_steps / f"{number:03d}-{path.stem}.png")
        record = {
            "image": str(path),
            "found": one.found,
            "class": names[reading.vote] if names else None,
            "votes": reading.votes,
            "mse": round(reading.mse, 5),
            "mse_percentile": round(reading.mse_percentile, 1),
            "r_squared": round(reading.r_squared, 3),
            "log_likelihood": round(reading.log_likelihood, 2),
            "kl": round(reading.kl, 2),
            "kl_percentile": round(reading.kl_percentile, 1),
            "off_data": round(reading.off_data, 1),
            "unusual": round(reading.unusual, 1),
            "compared": reading.compared,
            "nearest": reading.nearest.tolist(),
        }
        print(json.dumps(record | {"code": reading.code.tolist()}) if as_json else _line(record))
    if refused:
        several = DataError(f"Can't read {len(refused)} of {len(images)} files.", "See the reasons above.")
        raise several if len(images) > 1 else refused[0]


def _line(record: dict) -> str:
    if not record["found"]:
        return f"{record['image']}: no object found"
    named = "" if record["class"] is None else f"looks like {record['class']} ({record['votes']} of the 10 nearest), "
    unusual = f"more unusual than {record['unusual']:.0f} % of {record['compared']:,} test images: "
    error = f"error {record['mse']:.4f} (more than {record['mse_percentile']:.0f} %; R² {record['r_squared']:.2f}), "
    off_data = f"farther from the data than {record['off_data']:.0f} %, nearest #{record['nearest'][0]}"
    return f"{record['image']}: {named}{unusual}{error}{off_data}"


def _tile(image: np.ndarray) -> np.ndarray:
    """Return uint8 `(160, 160, 3)` with the picture in the middle."""
    from PIL import Image

    flat = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    tile, picture = Image.new("RGB", (_TILE, _TILE)), Image.fromarray(flat).convert("RGB")
    scale = _TILE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX)
    tile.paste(picture, ((_TILE - size[0]) // 2, (_TILE - size[1]) // 2))
    return np.asarray(tile)
