"""The values of a data set's attributes for the points of a map."""

import numpy as np

from vae.data import dataset_info, load_cached, load_test_split
from vae.data.attribute import Attribute
from vae.data.dataset import Split
from vae.errors import NotFoundError
from vae.message import message
from zscope.library.maps.making import MapParts
from zscope.library.maps.points import SPLITS

__all__ = ["attribute_values", "rows_of_half"]

_QUARTER = 0.25


def attribute_values(parts: MapParts, number: int) -> np.ndarray:
    """Return the values of an attribute, float32 `(points,)`: NaN where one is missing.

    Args:
        number: of the attribute in `DatasetInfo.attributes`, from 0.

    Raises:
        NotFoundError: the data set has no such attribute.
        DataError: the data set is broken.
    """
    name, points = parts.bundle.manifest.dataset, parts.points
    count = len(dataset_info(name).attributes)
    if not 0 <= number < count:
        raise NotFoundError(
            message("The data set {name} has no attribute {number}.", name=name, number=number),
            message("It has {n}, counted from 0.", n=count) if count else "Add a table of labels with the pictures.",
        )
    splits = {"test": load_test_split(name)}
    if (points.split > 0).any():
        whole = load_cached(name)
        splits |= {"train": whole.train, "validation": whole.validation}
    values = np.full(len(points.row), np.nan, np.float32)
    for index, split in enumerate(SPLITS):
        here = points.split == index
        if here.any():
            values[here] = _column(splits[split], number)[points.row[here]]
    return values


def rows_of_half(attribute: Attribute, values: np.ndarray, high: bool) -> np.ndarray:
    """Return the rows with or without an attribute, int `(k,)`; of a continuous one, the highest or lowest quarter.

    Args:
        values: float `(n,)`; rows where it is NaN are in neither half.
    """
    if attribute.kind == "binary":
        return np.flatnonzero(values == float(high))
    if not np.isfinite(values).any():
        return np.zeros(0, np.int64)
    low, top = np.nanquantile(values, (_QUARTER, 1 - _QUARTER))
    if low == top:  # most images have one value
        return np.flatnonzero(values > low) if high else np.flatnonzero(values <= low)
    return np.flatnonzero(values >= top) if high else np.flatnonzero(values <= low)


def _column(split: Split, number: int) -> np.ndarray:
    if split.attributes is None:  # of a data set whose description has attributes: `load_user_split` sets both
        raise NotFoundError("The split has no attributes.", "Add the data set again.")
    return np.asarray(split.attributes[:, number])
