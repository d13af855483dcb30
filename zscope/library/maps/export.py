"""Exports a map's points as CSV and NPZ."""

import csv
import io
from typing import Any

import numpy as np

from zscope.library.maps.loaded_map import projection_of
from zscope.library.maps.making import MapParts
from zscope.library.maps.points import SPLITS

__all__ = ["csv_bytes", "npz_bytes", "places_of"]


def places_of(parts: MapParts) -> np.ndarray:
    """Return the points' coordinates on the map, float32 `(n, components)`."""
    return projection_of(parts).place(parts.points.z_mean) if parts.coordinates is None else parts.coordinates


def npz_bytes(parts: MapParts, rows: np.ndarray | None = None) -> bytes:
    """Return `split`, `row`, `label`, `place`, `z_mean`, `z_log_var`, `error`, `elbo`, `distance` as `.npz`.

    The places are `(n, components)`.

    Args:
        rows: int `(n,)`, of the points; all when None.
    """
    buffer = io.BytesIO()
    columns: dict[str, Any] = _columns(parts, rows)  # NumPy's stubs take any array for the argument `allow_pickle`
    np.savez_compressed(buffer, **columns)
    return buffer.getvalue()


def csv_bytes(parts: MapParts, rows: np.ndarray | None = None) -> bytes:
    """Return the columns of `npz_bytes` without log-variances as CSV, a header line and one line per point."""
    columns = _columns(parts, rows)
    dims = columns["z_mean"].shape[1]
    text = io.StringIO()
    writer = csv.writer(text)
    axes = "xyz"[: columns["place"].shape[1]]
    writer.writerow(["split", "row", "label", *axes, *(f"z{d}" for d in range(dims)), "error", "elbo", "distance"])
    names = ("split", "row", "label", "place", "z_mean", "error", "elbo", "distance")
    for split, row, label, place, code, *figures in zip(*(columns[name].tolist() for name in names), strict=True):
        writer.writerow([split, row, label, *place, *code, *figures])
    return text.getvalue().encode()


def _columns(parts: MapParts, rows: np.ndarray | None) -> dict[str, np.ndarray]:
    points = parts.points
    rows = np.arange(len(points.row)) if rows is None else rows
    return {
        "split": np.array(SPLITS)[points.split[rows]],
        "row": points.row[rows],
        "label": points.label[rows],
        "place": places_of(parts)[rows],
        "z_mean": points.z_mean[rows],
        "z_log_var": points.z_log_var[rows],
        "error": points.error[rows],
        "elbo": points.elbo[rows],
        "distance": points.distance[rows],
    }
