"""Finds one object on a background: polarity, strength and extent of its ink. Pure functions on grey levels [0, 1]."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from PIL import Image

__all__ = ["box", "clean", "content", "is_light", "placed", "strength", "threshold"]

_COARSE = 96  # pixels of the longer side, for the estimate of lighting
_COARSEST = 48  # the same, for polarity: as accurate and twelve times as fast
_STROKE = 0.22  # of the longer side: strokes are thinner
_NOISE = 0.004  # of the longer side: finer structures are noise
_LEAST = 0.06  # strength: weaker ink is a shade of the background
_FAINT = 0.3  # of the strongest ink: weaker ink is ignored
_FAINTEST = 0.1  # of placed ink: weaker ink is an edge
_SPECK = 0.03  # of the largest part's ink: smaller parts are dirt
_REACH = 0.35  # of the largest part's size: parts farther away belong to something else


def is_light(grey: np.ndarray) -> bool:
    """Return whether the object is lighter than its background, by which of the two stands out more locally.

    Args:
        grey: float `(h, w)`.
    """
    from scipy import ndimage

    coarse = _resized(grey, _COARSEST)
    around = ndimage.median_filter(coarse, size=max(3, round(0.45 * min(coarse.shape))), mode="nearest")
    return float(((coarse - around) ** 3).sum()) > 0


def strength(grey: np.ndarray, light: bool, even: bool) -> np.ndarray:
    """Return the strength of ink, float32 `(h, w)` in [0, 1]: its difference to the background, relative to the range.

    Args:
        grey: float `(h, w)`.
        light: whether the ink is lighter than the background.
        even: estimate the background locally, so that uneven lighting cancels, instead of once for the picture.
    """
    from scipy import ndimage

    levels = ndimage.gaussian_filter(grey, _NOISE * max(grey.shape))
    levels = levels if light else 1 - levels
    if even:
        coarse = _resized(levels, _COARSE)
        stroke = max(3, round(_STROKE * max(coarse.shape)))
        surface = ndimage.grey_opening(coarse, size=(stroke, stroke), mode="nearest")
        surface = ndimage.gaussian_filter(surface, stroke / 4)
        surface = _scaled(surface, grey.shape, Image.Resampling.BICUBIC)
    else:
        surface = np.float32(np.median(levels))
    return np.clip((levels - surface) / np.maximum(1 - surface, 0.1), 0, 1).astype(np.float32)


def threshold(ink: np.ndarray) -> float:
    """Return the least strength of ink: Otsu's threshold (1979), but well above the shades of the background.

    The lower bounds matter where there is too little ink to form a separate group.
    """
    counts, edges = np.histogram(ink, 256, (0, 1))
    weights = np.cumsum(counts)[:-1].astype(np.float64)
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    below, above = sums[:-1] / np.maximum(weights, 1), (sums[-1] - sums[:-1]) / np.maximum(ink.size - weights, 1)
    between = weights * (ink.size - weights) * (above - below) ** 2
    best = np.flatnonzero(between == between.max())
    strongest = float(np.percentile(ink, 99.9))
    return max(_LEAST, _FAINT * strongest, float(edges[1 + round(best.mean())]))


def content(ink: np.ndarray, least: float) -> np.ndarray:
    """Return the mask of the object, bool `(h, w)`: its largest part and near ones, without specks and shadows."""
    from scipy import ndimage

    # With an array, and no output given, it returns both; its type stub also allows for other cases.
    labels, count = cast("tuple[np.ndarray, int]", ndimage.label(ink > least, structure=np.ones((3, 3))))
    if not count:
        return np.zeros(ink.shape, bool)
    numbers = np.arange(1, count + 1)
    amounts = ndimage.sum_labels(ink, labels, numbers)
    places = ndimage.find_objects(labels)
    height, width = ink.shape
    touches = np.array([0 in (r.start, c.start) or r.stop == height or c.stop == width for r, c in places])
    inner = np.where(touches, 0.2, 1) * amounts  # a part that touches the frame is rarely the object
    main = int(inner.argmax())
    top, left = places[main][0].start, places[main][1].start
    bottom, right = places[main][0].stop, places[main][1].stop
    reach = _REACH * max(bottom - top, right - left)
    keep = np.zeros(count + 1, bool)
    for index, (rows, columns) in enumerate(places):
        gap = max(rows.start - bottom, top - rows.stop, columns.start - right, left - columns.stop, 0)
        near = gap <= reach and not (touches[index] and not touches[main])
        keep[index + 1] = index == main or (near and amounts[index] >= _SPECK * amounts[main])
    return keep[labels]


def clean(ink: np.ndarray, mask: np.ndarray, least: float) -> np.ndarray:
    """Stretch ink to full strength, float32 `(h, w)`: soft at the edges, 0 outside the mask."""
    from scipy import ndimage

    if not mask.any():
        return np.zeros_like(ink)
    full = float(np.percentile(ink[mask], 75))
    around = ndimage.binary_dilation(mask, iterations=max(1, round(_NOISE * max(ink.shape))))
    low = 0.5 * least
    return (np.clip((ink - low) / max(full - low, 1e-6), 0, 1) * around).astype(np.float32)


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of a mask, inclusive."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def placed(
    ink: np.ndarray,
    mask: np.ndarray,
    shape: tuple[int, int],
    extent: float,
    centre: str,
    middle: tuple[float, float] = (0.5, 0.5),
) -> np.ndarray:
    """Scale and place the object as in the model's data, float32 of `shape` in [0, 1].

    Args:
        mask: bool, where the object is.
        shape: height and width.
        extent: longer side of the object, as a share of the frame's.
        centre: "mass" aligns its centre of mass with `middle`, "box" the centre of its bounding box.
        middle: row and column, as shares of the frame.
    """
    top, bottom, left, right = box(mask)
    part = ink[top : bottom + 1, left : right + 1]
    scale = extent * max(shape) / max(part.shape)
    size = [min(side, max(1, round(length * scale))) for length, side in zip(part.shape, shape, strict=True)]
    small = np.clip(_scaled(part, size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC), 0, 1)
    full = _strong(part) or 1.0
    small = np.clip(small * full / max(_strong(small) or full, 0.3 * full), 0, 1)  # scaling weakens thin strokes
    at = [length / 2 for length in size]
    if centre == "mass" and small.sum() > 0:
        at = [float((small.sum(axis=1 - axis) @ (np.arange(size[axis]) + 0.5)) / small.sum()) for axis in (0, 1)]
    start = [
        min(side - length, max(0, round(side * share - offset)))
        for side, length, share, offset in zip(shape, size, middle, at, strict=True)
    ]
    frame = np.zeros(shape, np.float32)
    frame[start[0] : start[0] + size[0], start[1] : start[1] + size[1]] = small
    return frame


def _strong(ink: np.ndarray) -> float:
    """The 90th percentile of the ink; 0 if there is none."""
    there = ink[ink > _FAINTEST]
    return float(np.percentile(there, 90)) if there.size else 0.0


def _resized(grey: np.ndarray, side: int) -> np.ndarray:
    scale = min(1.0, side / max(grey.shape))
    return _scaled(grey, [max(1, round(length * scale)) for length in grey.shape], Image.Resampling.BOX)


def _scaled(grey: np.ndarray, shape: Sequence[int], resampling: Image.Resampling) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(grey, np.float32))
    return np.asarray(image.resize((shape[1], shape[0]), resampling), np.float32)
