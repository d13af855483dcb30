"""The points of a map: their images, codes, and the quantities that can colour them."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from vae.data import Dataset
from vae.data.dataset import Split
from vae.errors import DataError
from vae.evaluation.bounds import Elbo, binarized
from vae.evaluation.codes import squared_errors, with_classes
from vae.formats.bundle import Bundle
from vae.inference.codec import Codec
from vae.inference.runtime import open_runtime
from vae.latent.density import stratified
from vae.latent.distance import DataDistance
from vae.latent.profile import active_units
from vae.message import N_, message
from vae.npz import read_npz
from zscope.library.maps.spec import Images

__all__ = ["MOST", "SPLITS", "MapPoints", "measure_points", "pack_points", "points_name", "read_points"]

MOST = 100_000  # points of one map; of more images a sample is taken, of each class by its share
SPLITS = (N_("test"), N_("train"), N_("validation"))  # what `MapPoints.split` counts
_MAX_BYTES = 1_000_000_000
_CODES = ("z_mean", "z_log_var")
_VERSION = 1


@dataclass(frozen=True)
class MapPoints:
    """One row per image, the test images first.

    Attributes:
        split: uint8 `(n,)`, an index into `SPLITS`.
        row: uint32 `(n,)`, index of the image in its split.
        label: uint16 `(n,)`.
        z_mean, z_log_var: float32 `(n, latent_dim)`.
        error: float32 `(n,)`, mean squared error per pixel value of the reconstruction, pixels in [0, 1].
        elbo: float32 `(n,)` nats, from one sample; NaN for a plain autoencoder or a model without an encoder.
        distance: float32 `(n,)`, percentile of the distance from the (other) test images' codes.
        total: int64 `()`, number of images; larger than n if they were sampled.
    """

    split: np.ndarray
    row: np.ndarray
    label: np.ndarray
    z_mean: np.ndarray
    z_log_var: np.ndarray
    error: np.ndarray
    elbo: np.ndarray
    distance: np.ndarray
    total: np.ndarray


def points_name(bundle: Bundle, images: Images, dataset: Dataset | None) -> str:
    """Return a name for the points that depends on the model and the images.

    Args:
        dataset: needed for all images, since they depend on the available data.
    """
    manifest = bundle.manifest
    parts = [_VERSION, manifest.networks_hash, manifest.dataset, manifest.dataset_version, images]
    if dataset is not None and images == "all":
        parts += [MOST, dataset.origin, len(dataset.train), len(dataset.validation)]
    return f"points-{hashlib.sha256(repr(parts).encode()).hexdigest()[:20]}"


def measure_points(
    bundle: Bundle,
    splits: dict[str, Split],
    report: Callable[[str, int, int], None],
    should_stop: Callable[[], bool] = lambda: False,
    seed: int = 0,
) -> MapPoints | None:
    """Encode images and measure the quantities that can colour them; None after a stop.

    Args:
        splits: by the names of `SPLITS`; the test split's codes are the bundle's reference codes.
        report: called with the step, images done and images in total.
        should_stop: called between batches; return True to stop.
        seed: for the sample of more than `MOST` images, and for the ELBO's samples.
    """
    labels = np.concatenate([splits[name].labels for name in SPLITS if name in splits])
    split = np.concatenate([np.full(len(splits[name]), i, np.uint8) for i, name in enumerate(SPLITS) if name in splits])
    row = np.concatenate([np.arange(len(splits[name]), dtype=np.uint32) for name in SPLITS if name in splits])
    total = len(labels)
    kept = stratified(labels, MOST, seed) if total > MOST else np.arange(total)
    split, row, labels = split[kept], row[kept], labels[kept]

    config, model = bundle.manifest.model, open_runtime(bundle)
    codec = Codec(model)
    elbo_of = Elbo(model) if config.variational and config.encodes else None
    rng = np.random.default_rng(seed)
    reference = bundle.reference
    meter = DataDistance(reference.z_mean, active_units(reference.z_mean), reference.data_distance)
    parts, done = [], 0
    for index, name in enumerate(SPLITS):
        rows = row[split == index]
        for start in range(0, len(rows), 2048):
            if should_stop():
                return None
            chosen = rows[start : start + 2048]
            images, classes = np.asarray(splits[name].images[chosen]), splits[name].labels[chosen]
            own = name == "test"  # its codes are exactly the bundle's
            z_mean, z_log_var = (reference.z_mean[chosen], reference.z_log_var[chosen]) if own else codec.encode(images)
            error = squared_errors(codec, images, with_classes(z_mean, classes, config.classes))
            elbo = np.full(len(images), np.nan)
            if elbo_of:
                terms = elbo_of(binarized(images, rng) if config.binarize else images, classes, rng)
                elbo = terms.reconstruction - terms.kl
            # The distance of a test image is to the other test images.
            distance = _percentiles(reference.data_distance)[chosen] if own else meter.measure(z_mean)[:, 0]
            parts.append((z_mean, z_log_var, error, elbo, distance))
            done += len(chosen)
            report("encoding", done, len(row))
    z_mean, z_log_var, error, elbo, distance = (
        np.concatenate(columns).astype(np.float32) for columns in zip(*parts, strict=True)
    )
    return MapPoints(
        split, row, labels.astype(np.uint16), z_mean, z_log_var, error, elbo, distance, np.array(total, np.int64)
    )


def pack_points(points: MapPoints) -> bytes:
    """Return `.npz` bytes without the test images' codes, which are in the bundle."""
    columns = {field.name: getattr(points, field.name) for field in fields(points)}
    columns |= {name: columns[name][points.split > 0] for name in _CODES}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **columns)
    return buffer.getvalue()


def read_points(data: bytes, bundle: Bundle, name: str) -> MapPoints:
    """Read what `pack_points` wrote for the same bundle.

    Raises:
        DataError: damaged, or points of another bundle.
    """
    columns = read_npz(io.BytesIO(data), [field.name for field in fields(MapPoints)], _MAX_BYTES, name)
    split, row = columns["split"], columns["row"]
    test = row[split == 0]
    try:
        for code in _CODES:
            columns[code] = np.concatenate([getattr(bundle.reference, code)[test], columns[code]])
        fits = all(len(columns[field.name]) == len(split) for field in fields(MapPoints) if field.name != "total")
    except (IndexError, ValueError):
        fits = False
    if not fits:
        raise DataError(
            message("{name} does not contain points of {id}.", name=name, id=bundle.manifest.id),
            "Remove the file; it will be made again.",
        )
    return MapPoints(**columns)


def _percentiles(distances: np.ndarray) -> np.ndarray:
    return (100 * np.searchsorted(np.sort(distances), distances) / len(distances)).astype(np.float32)
