"""Makes a map: measures its points if needed, then computes their positions on the plane."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from vae.data import load_cached, load_test_split
from vae.errors import DataError
from vae.formats.bundle import Bundle
from vae.latent.projections import FittedProjection, NeighbourMap
from vae.latent.projections.settings import Direction
from vae.message import message
from vae.npz import read_npz
from zscope.library.maps.directions import find_direction
from zscope.library.maps.points import MapPoints, measure_points, pack_points, points_name, read_points
from zscope.library.maps.spec import Images, MapSpec
from zscope.library.maps.store import find_files, keep_file, remove_file
from zscope.library.registry import open_model

__all__ = ["MapParts", "Watcher", "find_map", "make_map", "map_key", "settings_of"]

T = TypeVar("T")

_MAX_BYTES = 100_000_000
_KEPT = 8  # files in memory, since a page reads its map at every run
_keeping = threading.Lock()
_kept: dict[tuple, Any] = {}  # (path, time, size) → what was read, the oldest first


@dataclass(frozen=True)
class MapParts:
    """A finished map.

    Attributes:
        key: of the points and settings, see `MapSpec.key`.
        settings: of the projection, by name, see `settings_of`.
        coordinates: float32 `(n, components)`; None for a linear map, whose places follow from the codes.
        factor: of the inverse's error, see `NeighbourMap`; None for a linear map.
    """

    key: str
    bundle: Bundle
    spec: MapSpec
    settings: dict[str, object]
    points: MapPoints
    coordinates: np.ndarray | None = None
    factor: float | None = None


class Watcher:
    """Callbacks for the progress of a map."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Called with the current step and its progress."""

    def frame(self, iteration: int, coordinates: np.ndarray) -> None:
        """Called with the current coordinates, `(n, components)`."""

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
    spec.check_dims(bundle.manifest.model.latent_dim, bundle.manifest.id)
    name = points_name(bundle, spec.images, _dataset(bundle, spec.images))
    points = _read(name, lambda data: read_points(data, bundle, name))
    if points is None:
        return None
    key = spec.key(name)
    settings = settings_of(model_id, spec)
    if spec.projection.is_linear:
        return MapParts(key, bundle, spec, settings, points)
    fitted = _read(key, lambda data: _read_fitted(data, key, (len(points.row), spec.components)))
    return None if fitted is None else MapParts(key, bundle, spec, settings, points, *fitted)


def settings_of(model_id: str, spec: MapSpec) -> dict[str, object]:
    """Return the settings that a projection's functions take, by name: a direction itself in place of its id.

    Raises:
        ZscopeError: the model has no such direction.
    """
    return {
        setting.name: find_direction(model_id, setting.check(spec.values[setting.name]))
        if isinstance(setting, Direction)
        else spec.values[setting.name]
        for setting in spec.projection.settings
    }


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
    spec.check_dims(bundle.manifest.model.latent_dim, bundle.manifest.id)
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
    projection = spec.projection
    if not isinstance(projection, FittedProjection) or _read(
        key, lambda data: _read_fitted(data, key, (len(points.row), spec.components))
    ):
        return True
    coordinates = projection.fit(
        points.z_mean, **settings_of(model_id, spec), on_frame=watcher.frame, should_stop=watcher.should_stop
    )
    if watcher.should_stop():
        return False
    watcher.progress("calibrating", 0, 0)
    factor = NeighbourMap(points.z_mean, coordinates).factor
    buffer = io.BytesIO()
    np.savez_compressed(buffer, coordinates=coordinates, factor=np.float32(factor))
    keep_file(key, buffer.getvalue())
    return True


def _dataset(bundle: Bundle, images: Images):
    return None if images == "test" else load_cached(bundle.manifest.dataset)


def _read(name: str, parse: Callable[[bytes], T]) -> T | None:
    """Return the content of a file; None if it is missing or damaged. Cached until the file changes."""
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


def _read_fitted(data: bytes, name: str, shape: tuple[int, int]) -> tuple[np.ndarray, float]:
    arrays = read_npz(io.BytesIO(data), ["coordinates", "factor"], _MAX_BYTES, name)
    shapes = {key: (array.shape, array.dtype) for key, array in arrays.items()}
    right = shapes == {"coordinates": (shape, np.float32), "factor": ((), np.float32)}
    if not right or not all(np.isfinite(array).all() for array in arrays.values()):
        raise DataError(
            message("{name} does not contain {shape} finite positions.", name=name, shape=shape[0]),
            "Remove the file; it will be made again.",
        )
    return arrays["coordinates"], float(arrays["factor"])
