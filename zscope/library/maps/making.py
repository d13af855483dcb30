"""Making a map: its points, where they are not at hand, then their places on the plane."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from vae.data import load_at_hand, load_test_split
from vae.errors import BadRequestError, DataError
from vae.formats.bundle import Bundle
from vae.latent.projections import NeighbourMap
from vae.npz import read_npz
from zscope.library.maps.directions import KeptDirection, find_direction
from zscope.library.maps.points import Images, MapPoints, measure_points, pack_points, points_name, read_points
from zscope.library.maps.spec import COMPUTED, MapSpec
from zscope.library.maps.store import find_files, keep_file, remove_file
from zscope.library.registry import open_model

__all__ = ["MapParts", "Watcher", "find_map", "make_map", "map_key"]

T = TypeVar("T")

_MAX_BYTES = 100_000_000
_KEPT = 8  # files in memory; a page asks for its map at each of its runs
_keeping = threading.Lock()
_kept: dict[tuple, Any] = {}  # (path, time, size) → what was read, the oldest first


@dataclass(frozen=True)
class MapParts:
    """A finished map.

    Attributes:
        key: of the points and settings, see `MapSpec.key`.
        coordinates: float32 `(n, 2)`; None for a linear map, whose places follow from the codes.
        factor: of the inverse's error, see `NeighbourMap`; None for a linear map.
        direction: that a map is drawn along, else None.
    """

    key: str
    bundle: Bundle
    spec: MapSpec
    points: MapPoints
    coordinates: np.ndarray | None = None
    factor: float | None = None
    direction: KeptDirection | None = None


class Watcher:
    """What somebody who waits is told."""

    def progress(self, what: str, done: int, total: int) -> None:
        """How far it is."""

    def frame(self, iteration: int, coordinates: np.ndarray) -> None:
        """Where the points are by now, `(n, 2)`."""

    def should_stop(self) -> bool:
        """Asked between iterations."""
        return False


def find_map(model_id: str, spec: MapSpec) -> MapParts | None:
    """The map, where everything it is made of is at hand.

    A damaged file is as none, and is removed where it was made here.

    Raises:
        ZscopeError: the model cannot be opened, or has no such axes or direction.
    """
    bundle = open_model(model_id)
    _check_axes(bundle, spec)
    name = points_name(bundle, spec.images, _dataset(bundle, spec.images))
    points = _read(name, lambda data: read_points(data, bundle, name))
    if points is None:
        return None
    key = spec.key(name)
    if spec.method == "along":
        return MapParts(key, bundle, spec, points, direction=find_direction(model_id, spec.direction))
    if spec.method not in COMPUTED:
        return MapParts(key, bundle, spec, points)
    fitted = _read(key, lambda data: _read_fitted(data, key, len(points.row)))
    return None if fitted is None else MapParts(key, bundle, spec, points, *fitted)


def map_key(model_id: str, spec: MapSpec) -> str:
    """`MapParts.key`, also of a map that is still to be made."""
    bundle = open_model(model_id)
    return spec.key(points_name(bundle, spec.images, _dataset(bundle, spec.images)))


def make_map(model_id: str, spec: MapSpec, watcher: Watcher) -> bool:
    """Make what is missing of a map and keep it.

    Returns:
        Whether it is whole; False after a stop.

    Raises:
        ZscopeError: the model or its data cannot be had, or the settings do not fit the points.
        OSError: it cannot be kept.
    """
    bundle = open_model(model_id)
    _check_axes(bundle, spec)
    dataset = _dataset(bundle, spec.images)
    name = points_name(bundle, spec.images, dataset)
    points = _read(name, lambda data: read_points(data, bundle, name))
    if points is None:
        splits = {"test": load_test_split(bundle.manifest.dataset)}
        if dataset is not None:
            splits |= {"train": dataset.train, "validation": dataset.validation}
        points = measure_points(bundle, splits, watcher.progress, watcher.should_stop)
        if points is None:
            return False
        keep_file(name, pack_points(points))
    key = spec.key(name)
    if spec.method not in COMPUTED or _read(key, lambda data: _read_fitted(data, key, len(points.row))):
        return True
    coordinates = _fit(points.z_mean, spec, watcher)
    if watcher.should_stop():
        return False
    watcher.progress("calibrating", 0, 0)
    factor = NeighbourMap(points.z_mean, coordinates).factor
    buffer = io.BytesIO()
    np.savez_compressed(buffer, coordinates=coordinates, factor=np.float32(factor))
    keep_file(key, buffer.getvalue())
    return True


def _fit(codes: np.ndarray, spec: MapSpec, watcher: Watcher) -> np.ndarray:
    """Imports what it needs only here: these libraries take seconds.

    The usual setting follows the number of codes; another one is taken as it is, or refused.
    """
    usual = MapSpec()
    if spec.method == "tsne":
        from vae.latent.projections.tsne import fit_tsne

        return fit_tsne(
            codes,
            perplexity=None if spec.perplexity == usual.perplexity else spec.perplexity,
            seed=spec.seed,
            on_frame=watcher.frame,
            should_stop=watcher.should_stop,
        )
    from vae.latent.projections.umap import fit_umap

    return fit_umap(
        codes,
        neighbours=None if spec.neighbours == usual.neighbours else spec.neighbours,
        min_dist=spec.min_dist,
        seed=spec.seed,
        on_frame=watcher.frame,
        should_stop=watcher.should_stop,
    )


def _dataset(bundle: Bundle, images: Images):
    return None if images == "test" else load_at_hand(bundle.manifest.dataset)


def _check_axes(bundle: Bundle, spec: MapSpec) -> None:
    dims = bundle.manifest.model.latent_dim
    # Of one dimension there is a line, drawn as the first axis of two.
    if spec.method in ("raw", "pca") and max(spec.axes) >= (max(dims, 2) if spec.method == "pca" else dims):
        raise BadRequestError(
            f"{bundle.manifest.id} has {dims} latent dimensions, the map is to show {spec.axes[0]} and {spec.axes[1]}.",
            "Choose two that it has." if dims > 1 else "Choose PCA: it draws a line.",
        )


def _read(name: str, parse: Callable[[bytes], T]) -> T | None:
    """What a file holds; None where there is none, or it is damaged. Kept in memory while the file stays the same."""
    for path in find_files(name):
        try:
            found = path.stat()
            key = (path, found.st_mtime_ns, found.st_size)
            parsed = _kept.get(key)
            if parsed is None:
                parsed = parse(path.read_bytes())
                with _keeping:
                    while len(_kept) >= _KEPT:
                        del _kept[next(iter(_kept))]
                    _kept[key] = parsed
            return parsed
        except DataError:
            remove_file(name)
        except OSError:
            continue  # out of descriptors, say: not the file's fault
    return None


def _read_fitted(data: bytes, name: str, rows: int) -> tuple[np.ndarray, float]:
    arrays = read_npz(io.BytesIO(data), ["coordinates", "factor"], _MAX_BYTES, name)
    shapes = {key: (array.shape, array.dtype) for key, array in arrays.items()}
    right = shapes == {"coordinates": ((rows, 2), np.float32), "factor": ((), np.float32)}
    if not right or not all(np.isfinite(array).all() for array in arrays.values()):
        raise DataError(f"{name} does not hold {rows} finite places.", "Remove the file: it is made again.")
    return arrays["coordinates"], float(arrays["factor"])
