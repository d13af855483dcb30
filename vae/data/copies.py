"""Pictures that stand in a set more than once: at another size, in another format, or a little changed.

Two pictures are nearly the same if ‖a − b‖² ≤ 0.03 min(‖a − m‖², ‖b − m‖²), where m is the mean picture and all are
reduced to 16×16 (10×10 in colour). For two files of one name ("24/home.png" and "32/home.png", "home-16.png" and
"home@2x.png") 0.5 is enough: icons are often drawn anew for each size. By the first rule 2.6 % of 60,000 MNIST images
have a near copy, and 3.2 % of Fashion-MNIST's.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

__all__ = ["Copies", "find_copies"]

_SIDES = {1: 16, 3: 10}  # of the reduced pictures, by channels
_NEAR, _NEAR_BY_NAME = 0.03, 0.5
_SAME = 4  # of 255 levels, the most that any pixel of the same picture differs by
_AXES = 12  # principal components of the reduced pictures, in which neighbours are searched
_SAMPLE = 5000  # pictures that give those components
_NEIGHBOURS = 8  # of each picture that are compared
_BYTES = 8_000_000  # of pictures read at a time
_MOST_OF_A_NAME = 16  # files; "0001.png" of every class is no one drawing
_SIZE = re.compile(
    r"(@\dx|[-_ .]?\d{2,4}x\d{2,4}|[-_ .]?\d{2,4}px|[-_ .](1[26]|2[0248]|3[26]|4[08]|64|72|96|128|256|512))$"
)


@dataclass(frozen=True)
class Copies:
    """What is alike.

    Attributes:
        first: int64 `(n,)`, of each picture the first one that is the same; its own number where none before it is.
        group: int64 `(n,)`, equal numbers for pictures that are nearly the same.
    """

    first: np.ndarray
    group: np.ndarray


def find_copies(images: np.ndarray, rows: np.ndarray, paths: Sequence[tuple[str, ...]]) -> Copies:
    """Find pictures that are the same, or nearly.

    Args:
        images: uint8 `(≥ n, h, w, c)`, a memory map where there are many: few are read at a time.
        rows: int `(n,)`, which of them to compare.
        paths: folders and file name of these n.
    """
    count = len(rows)
    if not count:
        return Copies(np.zeros(0, np.int64), np.zeros(0, np.int64))
    reduced = np.stack([_reduced(images[row]) for row in rows])  # (n, 256 or 300)
    reduced -= reduced.mean(axis=0)
    sizes = np.einsum("nd,nd->n", reduced, reduced)  # (n,)
    one, other, limit = _candidates(reduced, paths)
    difference = np.concatenate(
        [np.square(reduced[a] - reduced[b]).sum(axis=1) for a, b in _chunks(one, other)] or [np.zeros(0)]
    )
    near = difference <= limit * np.minimum(sizes[one], sizes[other])
    one, other = one[near], other[near]
    at_once = max(1, _BYTES // images[0].nbytes)
    equal = [_equal(images[rows[a]], images[rows[b]]) for a, b in _chunks(one, other, at_once)]
    same = np.concatenate(equal or [np.zeros(0, bool)])
    return Copies(first=_first(_parts(one[same], other[same], count)), group=_parts(one, other, count))


def _reduced(image: np.ndarray) -> np.ndarray:
    channels = image.shape[2]
    picture = Image.fromarray(image if channels == 3 else image[..., 0])
    return np.asarray(picture.resize((_SIDES[channels],) * 2, Image.Resampling.BOX), np.float32).ravel()


def _candidates(reduced: np.ndarray, paths: Sequence[tuple[str, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that are to be compared, and the largest share by which each may differ."""
    count = len(reduced)
    sample = reduced[:: -(-count // _SAMPLE)]
    axes = np.linalg.eigh(sample.T @ sample)[1][:, -_AXES:]  # a distance among them is never larger than the whole one
    projected = reduced @ axes
    neighbours = min(_NEIGHBOURS + 1, count)
    found = cKDTree(projected).query(projected, neighbours, workers=-1)[1].reshape(count, neighbours)
    one, other = np.repeat(np.arange(count), neighbours), found.ravel()
    one, other = one[one != other], other[one != other]
    by_name = [pair for rows in _by_name(paths).values() for pair in combinations(rows, 2)]
    named = np.array(by_name, np.int64).reshape(-1, 2)
    limits = np.repeat([_NEAR, _NEAR_BY_NAME], [len(one), len(named)])
    return np.concatenate([one, named[:, 0]]), np.concatenate([other, named[:, 1]]), limits


def _by_name(paths: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    """Rows of each name that several files have, less its size and ending."""
    rows = defaultdict(list)
    for row, parts in enumerate(paths):
        stem = parts[-1].rpartition(".")[0].lower()
        rows[_SIZE.sub("", stem) or stem].append(row)
    return {name: those for name, those in rows.items() if 1 < len(those) <= _MOST_OF_A_NAME}


def _chunks(one: np.ndarray, other: np.ndarray, size: int = 4000):
    for start in range(0, len(one), size):
        yield one[start : start + size], other[start : start + size]


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (np.abs(a.astype(np.int16) - b).reshape(len(a), -1) <= _SAME).all(axis=1)


def _parts(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """What hangs together: a number for each of `count` rows."""
    graph = coo_matrix((np.ones(len(one), bool), (one, other)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _first(parts: np.ndarray) -> np.ndarray:
    return np.unique(parts, return_index=True)[1][np.unique(parts, return_inverse=True)[1]]
