"""Finds copies of a picture in a data set: at another size, in another format, or slightly changed.

All pictures are reduced to 16×16 (10×10 in colour). Two pictures are near copies by any of three rules:

- ‖a − b‖² ≤ 0.03 min(‖a − m‖², ‖b − m‖²), where m is the mean picture.
- Their correlation is 0.95 or more, and each is among the two that correlate most with the other. Without the second
  condition 2,000 of 20,000 MNIST images, most of them ones, form one chain; with it no group has more than 27.
- Their files have the same name ("24/home.png" and "32/home.png", "home-16.png" and "home@2x.png") and ‖a − b‖² is at
  most half of that minimum: icons are often redrawn for each size.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from PIL import Image

from vae.typed_libraries import connected_components

__all__ = ["Copies", "find_copies"]

_SIDES = {1: 16, 3: 10}  # pixels a side of the reduced pictures, by channels
_NEAR, _NEAR_BY_NAME = 0.03, 0.5
_SAME = 4  # of 255 levels: pixels of copies differ by at most this
_ALIKE = 0.95  # correlation
_MUTUAL = 2  # pictures that correlate most
_NEIGHBOURS = 16  # compared for each picture
_ALL_COMPARED = 20_000  # pictures; in larger sets each is compared with its neighbours in principal components
_AXES, _NEAR_IN_AXES = 12, 8
_SAMPLE = 5000  # pictures that the components are computed from
_ROWS = 1000  # compared with all others at a time
_BYTES = 8_000_000  # of pictures read at a time
_MOST_OF_A_NAME = 16  # files; a name such as "0001.png" in every class folder does not indicate copies
_SIZE = re.compile(
    r"(@\dx|[-_ .]?\d{2,4}x\d{2,4}|[-_ .]?\d{2,4}px|[-_ .](1[26]|2[0248]|3[26]|4[08]|64|72|96|128|256|512))$"
)


@dataclass(frozen=True)
class Copies:
    """Copies and near copies among n pictures.

    Attributes:
        first: int64 `(n,)`, index of the first copy of each picture; its own index where no earlier one exists.
        group: int64 `(n,)`, group number; near copies have the same one.
    """

    first: np.ndarray
    group: np.ndarray


def find_copies(images: np.ndarray, rows: np.ndarray, paths: Sequence[tuple[str, ...]]) -> Copies:
    """Find copies and near copies.

    Args:
        images: uint8 `(≥ n, h, w, c)`, possibly a memory map: few are read at a time.
        rows: int `(n,)`, which of them to compare.
        paths: folders and file name of these n.
    """
    count = len(rows)
    if not count:
        return Copies(np.zeros(0, np.int64), np.zeros(0, np.int64))
    reduced = np.stack([_reduced(images[row]) for row in rows])  # (n, 256 or 300)
    unit = reduced - reduced.mean(axis=1, keepdims=True)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-6)
    reduced -= reduced.mean(axis=0)
    sizes = np.einsum("nd,nd->n", reduced, reduced)  # (n,)
    pairs = _alike(unit)
    one, other = np.concatenate([pairs, _of_one_name(paths)]).T
    chunks = _chunks(one, other)
    difference = np.concatenate([np.square(reduced[a] - reduced[b]).sum(axis=1) for a, b in chunks] or [np.zeros(0)])
    difference /= np.maximum(np.minimum(sizes[one], sizes[other]), 1e-6)
    named = np.arange(len(one)) >= len(pairs)
    near = np.where(named, difference <= _NEAR_BY_NAME, difference <= _NEAR)
    near[: len(pairs)] |= _mutual(pairs, count)
    one, other = one[near], other[near]
    at_once = max(1, _BYTES // images[0].nbytes)
    equal = [_equal(images[rows[a]], images[rows[b]]) for a, b in _chunks(one, other, at_once)]
    same = np.concatenate(equal or [np.zeros(0, bool)])
    return Copies(first=_first(_components(one[same], other[same], count)), group=_components(one, other, count))


def _reduced(image: np.ndarray) -> np.ndarray:
    channels = image.shape[2]
    picture = Image.fromarray(image if channels == 3 else image[..., 0])
    side = _SIDES[channels]
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.float32).ravel()


def _alike(unit: np.ndarray) -> np.ndarray:
    """Pairs that correlate, int64 `(pairs, 2)`: for each picture, the others in order of correlation.

    Args:
        unit: float32 `(n, d)`, reduced pictures of mean 0 and length 1.
    """
    count = len(unit)
    found = []
    near = None if count <= _ALL_COMPARED else _neighbours(unit)
    for start in range(0, count, _ROWS):
        rows = np.arange(start, min(start + _ROWS, count))
        if near is None:
            correlation = unit[rows] @ unit.T  # (rows, n)
            correlation[np.arange(len(rows)), rows] = -1
            others = np.broadcast_to(np.arange(count), correlation.shape)
        else:
            others = near[rows]
            correlation = np.einsum("nd,nkd->nk", unit[rows], unit[others])
        place, column = np.nonzero(correlation >= _ALIKE)
        order = np.lexsort((-correlation[place, column], place))
        place, column = place[order], column[order]
        rank = np.arange(len(place)) - np.searchsorted(place, place)  # within its row
        few = rank < _NEIGHBOURS
        found.append(np.stack([rows[place[few]], others[place[few], column[few]]], axis=1))
    return np.concatenate(found).astype(np.int64)


def _neighbours(unit: np.ndarray) -> np.ndarray:
    """The nearest other pictures of each picture, in principal components, int64 `(n, 8)`."""
    from scipy.spatial import KDTree

    sample = unit[:: -(-len(unit) // _SAMPLE)]
    axes = np.linalg.eigh(sample.T @ sample)[1][:, -_AXES:]
    projected = unit @ axes
    found = np.asarray(KDTree(projected).query(projected, _NEAR_IN_AXES + 1, workers=-1)[1])
    itself = found == np.arange(len(unit))[:, None]
    itself[~itself.any(axis=1), -1] = True  # many equal pictures: a row may lack itself, so its last one is dropped
    return found[~itself].reshape(len(unit), _NEAR_IN_AXES)


def _mutual(pairs: np.ndarray, count: int) -> np.ndarray:
    """Which pairs of `_alike` are among the first two of both pictures, bool `(pairs,)`."""
    rank = np.arange(len(pairs)) - np.searchsorted(pairs[:, 0], pairs[:, 0])
    first = rank < _MUTUAL
    there, back = pairs[:, 0] * count + pairs[:, 1], pairs[:, 1] * count + pairs[:, 0]
    return first & np.isin(there, back[first])


def _of_one_name(paths: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Pairs of files with the same name, int64 `(pairs, 2)`."""
    by_name = [pair for rows in _by_name(paths).values() for pair in combinations(rows, 2)]
    return np.array(by_name, np.int64).reshape(-1, 2)


def _by_name(paths: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    """Rows by name, without size and suffix, for names that several files have."""
    rows = defaultdict(list)
    for row, parts in enumerate(paths):
        stem = parts[-1].rpartition(".")[0].lower()
        rows[_SIZE.sub("", stem) or stem].append(row)
    return {name: those for name, those in rows.items() if 1 < len(those) <= _MOST_OF_A_NAME}


def _chunks(one: np.ndarray, other: np.ndarray, size: int = 4000):
    for start in range(0, len(one), size):
        yield one[start : start + size], other[start : start + size]


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((np.abs(a.astype(np.int16) - b).reshape(len(a), -1) <= _SAME).all(axis=1))


def _components(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """Return the number of its connected component for each of `count` rows."""
    return connected_components(one, other, count)[1].astype(np.int64)


def _first(components: np.ndarray) -> np.ndarray:
    """Return the first row of each row's component."""
    _, first, inverse = np.unique(components, return_index=True, return_inverse=True)
    return first[inverse]
