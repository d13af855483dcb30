"""A user data set with attributes from a table, and a small model of it, for tests."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.small_model import small_content
from vae.data import load_test_split
from vae.data.intake import prepare
from vae.data.user_data import UserDataset
from vae.formats.bundle import save_bundle
from zscope.library.maps import MapSpec
from zscope.library.maps.making import MapParts, Watcher, find_map, make_map

__all__ = ["attribute_maps", "save_attribute_model", "save_attribute_set", "zip_with_table"]

_COUNT = 96


def zip_with_table(path: Path) -> Path:
    """Write a zip of 96 pictures and a table: class by turns, binary *Wearing Hat* of every third, *age* by number.

    The age of every eighth picture is unknown.
    """
    rng = np.random.default_rng(0)
    rows = ["file_name,class,Wearing_Hat,age"]
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(_COUNT):
            buffer = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(buffer, "PNG")
            archive.writestr(f"{index:02d}.png", buffer.getvalue())
            age = "" if index % 8 == 7 else str(index)
            rows.append(f"{index:02d}.png,{('round', 'square')[index % 2]},{'yes' if index % 3 == 0 else 'no'},{age}")
        archive.writestr("labels.csv", "\n".join(rows))
    return path


def save_attribute_set(folder: Path) -> UserDataset:
    """Save the data set `hats` in the folder `ZSCOPE_OWN_DATA`."""
    with prepare(zip_with_table(folder / "hats.zip"), 8, 1) as prepared:
        return prepared.save("Hats")


def save_attribute_model(models: Path, entry: UserDataset, id: str = "hats-3d") -> None:
    """Save a model whose first dimension is 4 higher for pictures with a hat."""
    test = load_test_split(entry.id)
    content, rng = small_content(id), np.random.default_rng(1)
    codes = rng.normal(size=(len(test), 3)).astype(np.float32)
    codes[:, 0] += 4 * test.attributes[:, 0]
    reference = replace(
        content["reference"], z_mean=codes, z_log_var=np.full_like(codes, -2), labels=test.labels,
        data_distance=rng.uniform(0.1, 2, len(test)).astype(np.float32),
    )  # fmt: skip
    changed = {"dataset": entry.id, "dataset_version": entry.info.version, "reference": reference}
    save_bundle(models / id, **content | changed)


@contextmanager
def attribute_maps(folder: Path) -> Iterator[dict[str, MapParts]]:
    """Make the model `hats-3d` with maps of `test` and `all` images, in folders that are used within the block."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MODELS", "MAPS", "OWN_DATA"):
            patch.setenv(f"ZSCOPE_{name}", str(folder / name.lower()))
        save_attribute_model(folder / "models", save_attribute_set(folder))
        specs = {images: MapSpec(method="raw", images=images, axes=(0, 1)) for images in ("test", "all")}
        for spec in specs.values():
            assert make_map("hats-3d", spec, Watcher())
        yield {images: found for images, spec in specs.items() if (found := find_map("hats-3d", spec))}
