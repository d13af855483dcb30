"""Classes and attributes of pictures: from tables beside them or chosen by the user, else from their folders."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vae.data.attribute import MAX_ATTRIBUTES, Attribute
from vae.data.class_folders import MAX_CLASSES, read_class_folders, shortened
from vae.data.label_tables import LabelTable, TableRow
from vae.data.names import clean_label
from vae.data.refusals import Reason
from vae.errors import DataError
from vae.message import N_, Message, message, plural_message

__all__ = ["PictureLabels", "label_pictures"]

Parts = tuple[str, ...]

_CLASS_COLUMNS = ("class", "label", "category", "class_name", "label_name")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
_WORDS = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0}
_MOST_FAULTS = 0.1  # share of values: a column with more texts than that is text, with fewer it has errors
_EXAMPLES = 3


@dataclass(frozen=True)
class PictureLabels:
    """Labels of pictures, in the order given.

    Attributes:
        class_names: () where there are no classes.
        labels: int64 `(n,)`; -1 for a picture without a class, if the others have one.
        unlabelled: why such pictures are left out.
        attributes: () where there are none.
        values: float32 `(n, len(attributes))`; NaN where a value is missing.
        notes: remarks for the user, a sentence each.
    """

    class_names: tuple[str, ...]
    labels: np.ndarray
    unlabelled: Reason
    attributes: tuple[Attribute, ...]
    values: np.ndarray
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Matched:
    """The rows of a table that name pictures which are used.

    Attributes:
        places: int `(k,)`, of their pictures in the order of all pictures.
    """

    table: LabelTable
    rows: list[TableRow]
    places: np.ndarray


@dataclass(frozen=True)
class _Column:
    """The values of one column, from all tables that have it.

    Attributes:
        texts: one for each picture that has a row.
        places: int `(k,)`, of these pictures.
        origins: the tables with their rows, `k` rows in all.
    """

    title: str
    texts: list[str]
    places: np.ndarray
    origins: tuple[_Matched, ...]

    def origin(self, index: int) -> tuple[str, TableRow]:
        """Return the name of the table and the row that a value is from."""
        for matched in self.origins:
            if index < len(matched.rows):
                return matched.table.file.name, matched.rows[index]
            index -= len(matched.rows)
        raise IndexError(index)


def label_pictures(paths: Sequence[Parts], tables: Sequence[LabelTable], files: Sequence[Parts]) -> PictureLabels:
    """Label pictures by tables, and by their folders if no table has classes.

    A row names its picture by the whole path, by its last part or parts, and with or without the suffix. Several tables
    may describe different pictures or columns.

    Args:
        paths: folders and file name of every picture that is used.
        files: of all files, since tables name refused pictures too.

    Raises:
        DataError: a row names several pictures, two rows name one, or a value is not a number in a column of numbers.
    """
    notes: list[str] = []
    index = _Index(files)
    places = {path: place for place, path in enumerate(paths)}
    matched = [one for table in tables if (one := _match(table, index, places, notes))]
    titles = dict.fromkeys(
        title for one in matched for title in one.table.columns if title
    )  # pandas' numbers have none
    class_title = next((title for name in _CLASS_COLUMNS for title in titles if _plain(title) == name), None)
    classes = None
    if class_title is not None:
        del titles[class_title]
        classes = _classes(_column(class_title, matched), len(paths), notes)
    if classes is None:
        folders = read_class_folders(paths)
        names, labels, reason = folders.class_names, folders.labels, Reason.OUTSIDE
        notes = [*folders.notes, *notes]
    else:
        (names, labels), reason = classes, Reason.NO_CLASS
    attributes, values = _attributes((_column(title, matched) for title in titles), labels >= 0, notes)
    return PictureLabels(names, labels, reason, attributes, values, tuple(notes))


class _Index:
    """Finds files by the names in tables."""

    def __init__(self, files: Sequence[Parts]):
        self._files = set(files)
        self._by_name: dict[str, list[Parts]] = {}
        self._by_stem: dict[str, list[Parts]] = {}
        for parts in sorted(self._files):
            self._by_name.setdefault(parts[-1], []).append(parts)
            self._by_stem.setdefault(_stem(parts[-1]), []).append(parts)

    def find(self, folder: Parts, name: str) -> list[Parts]:
        """Return the files that a name may mean: one if it is clear, none if there is none."""
        parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
        if not parts:
            return []
        if (*folder, *parts) in self._files:
            return [(*folder, *parts)]
        above, last = parts[:-1], parts[-1]
        for found in (self._by_name.get(last, []), self._by_stem.get(last, []), self._by_stem.get(_stem(last), [])):
            fitting = [one for one in found if not above or one[:-1][-len(above) :] == above]
            beside = [one for one in fitting if one[: len(folder)] == folder]
            if fitting:
                return beside or fitting
        return []


def _match(table: LabelTable, index: _Index, places: dict[Parts, int], notes: list[str]) -> _Matched | None:
    """Find the pictures of a table; None if it has none.

    Args:
        places: by path, of the pictures that are used.
    """
    found: dict[Parts, TableRow] = {}
    absent: list[TableRow] = []
    for row in table.rows:
        fitting = index.find(table.file.folder, row.name)
        if not fitting:
            absent.append(row)
            continue
        if len(fitting) > 1:
            raise DataError(
                message(
                    "Row {row} of {table} names {name}, which fits {n} pictures: {pictures}.",
                    row=row.number,
                    table=table.file.name,
                    name=clean_label(row.name),
                    n=len(fitting),
                    pictures=_listed(["/".join(parts) for parts in fitting]),
                ),
                "Write the folders of the picture too.",
            )
        if fitting[0] in found:
            raise DataError(
                message(
                    "Rows {first} and {second} of {table} both name {name}.",
                    first=found[fitting[0]].number,
                    second=row.number,
                    table=table.file.name,
                    name=clean_label(row.name),
                ),
                "Remove one of them.",
            )
        found[fitting[0]] = row
    if not found:
        text = message(
            "{table} is not used: none of its {n} rows names a picture here.",
            table=table.file.name,
            n=f"{len(table.rows):,}",
        )
        if table.file.given:
            examples = message("Its names are, for example: {names}.", names=_examples(absent))
            raise DataError(text, examples if absent else N_("Add a row for each picture."))
        notes.append(text)
        return None
    if absent:
        notes.append(
            plural_message(
                "{n} row of {table} names a picture that is not here: {names}.",
                "{n} rows of {table} name pictures that are not here: {names}.",
                len(absent),
                table=table.file.name,
                names=_examples(absent),
            )
        )
    used = [(places[path], row) for path, row in found.items() if path in places]
    return _Matched(table, [row for _, row in used], np.array([place for place, _ in used], np.int64))


def _column(title: str, matched: Sequence[_Matched]) -> _Column:
    """Collect a column.

    Raises:
        DataError: two tables give different values to one picture.
    """
    origins = tuple(one for one in matched if title in one.table.columns)
    texts: list[str] = []
    for one in origins:
        number = one.table.columns.index(title)
        texts += [row.values[number] for row in one.rows]
    column = _Column(title, texts, np.concatenate([one.places for one in origins]), origins)
    if len(origins) > 1:
        _check_agreement(column)
    return column


def _check_agreement(column: _Column) -> None:
    seen: dict[int, int] = {}  # place of the picture → index of its first value
    for index, place in enumerate(column.places.tolist()):
        first = seen.setdefault(place, index)
        if column.texts[first] != column.texts[index]:
            (table, row), (table2, row2) = column.origin(first), column.origin(index)
            raise DataError(
                message(
                    "Row {row} of {table} and row {row2} of {table2} give different values of {column} to {name}.",
                    row=row.number,
                    table=table,
                    row2=row2.number,
                    table2=table2,
                    column=clean_label(column.title),
                    name=clean_label(row2.name),
                ),
                "Correct one of them.",
            )


def _classes(column: _Column, count: int, notes: list[str]) -> tuple[tuple[str, ...], np.ndarray] | None:
    """Names and labels of `count` pictures; None if the column has no classes that can be used."""
    name_of = {text: _class_name(text) for text in set(column.texts)}
    name_of = {text: name for text, name in name_of.items() if name.lower() not in _MISSING}
    names = sorted(set(name_of.values()), key=_natural)
    if len(names) > MAX_CLASSES:
        notes.append(
            message(
                "The table has {n} classes; more than {max_classes} are not used.",
                n=f"{len(names):,}",
                max_classes=MAX_CLASSES,
            )
        )
    if not 2 <= len(names) <= MAX_CLASSES:
        return None
    number = {name: index for index, name in enumerate(names)}
    label_of = {text: number[name] for text, name in name_of.items()}
    labels = np.full(count, -1, np.int64)
    labels[column.places] = [label_of.get(text, -1) for text in column.texts]
    without = int((labels < 0).sum())
    if without:
        notes.append(
            plural_message(
                "{n} picture has no class in the table and is left out.",
                "{n} pictures have no class in the table and are left out.",
                without,
            )
        )
    return shortened(names), labels


def _attributes(
    columns: Iterable[_Column], used: np.ndarray, notes: list[str]
) -> tuple[tuple[Attribute, ...], np.ndarray]:
    """Attributes and their values; only pictures where `used`, bool `(n,)`, decide whether a column is an attribute."""
    found: dict[str, tuple[Attribute, np.ndarray]] = {}
    texts: list[str] = []
    constants: list[str] = []
    for column in columns:
        counted = used[column.places]
        present = {text for text, counts in zip(column.texts, counted.tolist(), strict=True) if counts}
        numbers = _numbers(column, {text for text in present if text.lower() not in _MISSING}, counted)
        if numbers is None:
            texts.append(column.title)
            continue
        addition, number_of = numbers
        values = np.full(len(used), np.nan, np.float32)
        values[column.places] = [number_of.get(text, math.nan) for text in column.texts]
        values[~used] = np.nan
        different = np.unique(values[np.isfinite(values)])
        if len(different) < 2:
            constants.append(column.title)
            continue
        binary = different.tolist() in ([0.0, 1.0], [-1.0, 1.0])
        if binary:
            values = np.where(np.isnan(values), np.nan, values > 0).astype(np.float32)
        name = _unique(clean_label(f"{column.title.replace('_', ' ')}{addition}") or "unnamed", found)
        found[name] = Attribute(name, "binary" if binary else "continuous"), values
        if len(found) > MAX_ATTRIBUTES:
            raise DataError(
                message("The tables have more than {most} attributes.", most=MAX_ATTRIBUTES), "Remove columns."
            )
    if texts:
        notes.append(message("These columns are text and are not used: {columns}.", columns=_listed(texts)))
    if constants:
        notes.append(
            message("These columns have one value only and are not used: {columns}.", columns=_listed(constants))
        )
    if not found:
        return (), np.zeros((len(used), 0), np.float32)
    values = np.stack([values for _, values in found.values()], axis=1)  # (n, attributes)
    without = int((np.isnan(values).any(axis=1) & used).sum())
    if without:
        notes.append(
            plural_message(
                "{n} picture lacks the value of at least one attribute.",
                "{n} pictures lack the value of at least one attribute.",
                without,
            )
        )
    return tuple(attribute for attribute, _ in found.values()), values


def _numbers(column: _Column, different: set[str], counted: np.ndarray) -> tuple[str, dict[str, float]] | None:
    """How a column's values become numbers: what its name adds to the title, and a number for each text; None for text.

    Args:
        different: the texts of values that are not missing.
        counted: bool `(k,)`, which values to look at.

    Raises:
        DataError: a few of its values are not numbers.
    """
    if all(text.lower() in _WORDS for text in different):
        return "", {text: _WORDS[text.lower()] for text in different}
    numbers = {text: _number(text) for text in different}
    wrong = {text for text, number in numbers.items() if not math.isfinite(number)}
    if not wrong:
        return "", numbers
    values = [(index, column.texts[index]) for index in np.flatnonzero(counted).tolist()]
    faults = [index for index, text in values if text in wrong]
    if len(faults) > _MOST_FAULTS * sum(text in different for _, text in values):
        if len(different) == 2:  # such as female and male: the attribute is the second one
            first, second = sorted(different)
            return f": {second}", {first: 0.0, second: 1.0}
        return None
    table, row = column.origin(faults[0])
    raise DataError(
        message(
            "Row {row} of {table} ({name}): {value} in the column {column} is not a number.",
            row=row.number,
            table=table,
            name=clean_label(row.name),
            value=repr(clean_label(column.texts[faults[0]])),
            column=clean_label(column.title),
        ),
        "Correct the value, or leave it empty.",
    )


def _number(text: str) -> float:
    """NaN for anything but a number that float32 holds."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if abs(value) < 3e38 else math.nan


def _class_name(value: str) -> str:
    # pandas writes whole numbers as 3.0 where a column has gaps.
    return clean_label(value[:-2] if re.fullmatch(r"-?\d+\.0", value) else value, 1000)


def _natural(name: str) -> tuple:
    return (0, int(name), "", name) if re.fullmatch(r"\d{1,15}", name) else (1, 0, name.casefold(), name)


def _plain(title: str) -> str:
    return re.sub(r"[\s-]+", "_", title.lower())


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _unique(name: str, taken: dict) -> str:
    number, one = 1, name
    while one in taken:
        number += 1
        one = f"{clean_label(name, 52)} ({number})"
    return one


def _examples(rows: Sequence[TableRow]) -> str:
    return _listed([message("{name} (row {row})", name=clean_label(row.name), row=row.number) for row in rows])


def _listed(names: Sequence[str | Message]) -> str:
    shown = ", ".join(clean_label(name) for name in names[:_EXAMPLES])
    return f"{shown}, …" if len(names) > _EXAMPLES else shown
