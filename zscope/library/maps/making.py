"""Makes a map: measures its points if needed, then computes their positions on the plane."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

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

_MAX_BYTES = 100_000_000
_KEPT = 8  # files in memory, since a page reads its map at every run
_keeping = threading.Lock()
_kept: dict[tuple, object] = {}  # (path, time, size) → parsed content, oldest first


@dataclass(frozen=True)
class MapParts:
    """A finished map.

    Attributes:
        key: hash of points and settings, see `MapSpec.key`.
        coordinates: float32 `(n, 2)`; None for a linear map, whose coordinates follow from the codes.
        factor: factor of the inverse's error, see `NeighbourMap`; None for a linear map.
        direction: the direction of a map along one, else None.
    """

    key: str
    bundle: Bundle
    spec: MapSpec
    points: MapPoints
    coordinates: np.ndarray | None = None
    factor: float | None = None
    direction: KeptDirection | None = None


class Watcher:
    """Callbacks for the progress of a map."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Called with the current step and its progress."""

    def frame(self, iteration: int, coordinates: np.ndarray) -> None:
        """Called with the current coordinates, `(n, 2)`."""

    def should_stop(self) -> bool:
        """Called between iterations; return True to stop."""
        return False


def find_map(model_id: str, spec: MapSpec) -> MapParts | None:
    """Find a finished map; None if a part of it is missing.

    A damaged file counts as missing, and is removed unless it is bundled.

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
    """Return the `MapParts.key` of a map, whether it exists or not."""
    bundle = open_model(model_id)
    return spec.key(points_name(bundle, spec.images, _dataset(bundle, spec.images)))


def make_map(model_id: str, spec: MapSpec, watcher: Watcher) -> bool:
    """Make the missing parts of a map and save them.

    Returns:
        True if the map is complete; False after a stop.

    Raises:
        ZscopeError: the model or its data are not available, or the settings do not fit the points.
        OSError: the map cannot be saved.
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
    """Compute coordinates. The projections are imported here, since they take seconds to import.

    A default setting is adapted to the number of codes; any other value is used as it is, or refused.
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
    # One latent dimension gives a line, drawn along the first axis.
    if spec.method in ("raw", "pca") and max(spec.axes) >= (max(dims, 2) if spec.method == "pca" else dims):
        raise BadRequestError(
            f"{bundle.manifest.id} has {dims} latent dimensions; the axes {spec.axes[0]} and {spec.axes[1]} are not "
            "both among them.",
            f"Choose axes from 0 to {dims - 1}." if dims > 1 else "Choose PCA, which draws a line.",
        )


def _read(name: str, parse: Callable[[bytes], object]):
    """Parse a file, cached until it changes; None if it does not exist or is damaged."""
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
            continue  # for example too many open files: the file itself may be fine
    return None


def _read_fitted(data: bytes, name: str, rows: int) -> tuple[np.ndarray, float]:
    arrays = read_npz(io.BytesIO(data), ["coordinates", "factor"], _MAX_BYTES, name)
    shapes = {key: (array.shape, array.dtype) for key, array in arrays.items()}
    right = shapes == {"coordinates": ((rows, 2), np.float32), "factor": ((), np.float32)}
    if not right or not all(np.isfinite(array).all() for array in arrays.values()):
        raise DataError(f"{name} does not contain {rows} finite positions.", "Remove the file; it will be made again.")
    return arrays["coordinates"], float(arrays["factor"])
