"""Class names from the folders of pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae.data.names import clean_label
from vae.message import message

__all__ = ["MAX_CLASSES", "ClassFolders", "read_class_folders", "shortened"]

MAX_CLASSES = 100
# Folders of a data set that is split already. Zscope splits it again: all copies of a picture must be in one split.
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}


@dataclass(frozen=True)
class ClassFolders:
    """Classes read from folders.

    Attributes:
        class_names: () where there are no classes.
        labels: int64 `(n,)`, one per picture in the order given; -1 for a picture outside the class folders.
        notes: remarks for the user, a sentence each.
    """

    class_names: tuple[str, ...]
    labels: np.ndarray
    notes: tuple[str, ...]


def read_class_folders(paths: Sequence[tuple[str, ...]]) -> ClassFolders:
    """Read classes from the top-level folders, if at least two of them contain pictures at any depth.

    A folder around everything is ignored, and so are folders called train, test and the like.

    Args:
        paths: folders and file name of every picture.
    """
    notes = []
    folders = _without_wrapping([parts[:-1] for parts in paths])
    tops = {parts[0].lower() if parts else "" for parts in folders}
    if len(tops) > 1 and tops <= _SPLITS:
        folders = _without_wrapping([parts[1:] for parts in folders])
        notes.append(
            message(
                "The folders {sorted} were merged: Zscope splits the data set itself.", sorted=", ".join(sorted(tops))
            )
        )
    keys = [clean_label(parts[0], 1000) or "unnamed" if parts else None for parts in folders]
    names = sorted({key for key in keys if key is not None}, key=lambda name: (name.casefold(), name))
    labels = np.zeros(len(paths), np.int64)
    if len(names) > MAX_CLASSES:
        notes.append(
            message(
                "{n} folders contain pictures; more than {max_classes} are not read as classes.",
                n=f"{len(names):,}",
                max_classes=MAX_CLASSES,
            )
        )
        names = []
    if len(names) < 2:
        return ClassFolders((), labels, tuple(notes))
    number = {name: index for index, name in enumerate(names)} | {None: -1}
    labels[:] = [number[key] for key in keys]
    outside = int((labels < 0).sum())
    if outside:
        notes.append(
            message(
                "{outside} pictures are outside the class folders and have no class: they are left out.",
                outside=f"{outside:,}",
            )
        )
    return ClassFolders(shortened(names), labels, tuple(notes))


def _without_wrapping(folders: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    while folders and all(folders) and len({parts[0] for parts in folders}) == 1:
        folders = [parts[1:] for parts in folders]
    return folders


def shortened(names: list[str]) -> tuple[str, ...]:
    """Shorten names to labels; number those that become equal."""
    seen: Counter[str] = Counter()
    short = []
    for name in names:
        label = clean_label(name)
        seen[label] += 1
        short.append(label if seen[label] == 1 else f"{clean_label(name, 52)} ({seen[label]})")
    return tuple(short)
