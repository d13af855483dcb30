"""Classes and attributes of pictures: from tables beside them or chosen by the user, else from their folders."""

import math
import re
from collections.abc import Callable, Sequence
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
class _Cell:
    """One value, with its place for messages."""

    table: LabelTable
    row: TableRow
    value: str


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
    columns: dict[str, dict[Parts, _Cell]] = {}  # by title, then by picture
    for table in tables:
        _collect(table, index, columns, notes)
    rows = {path: row for row, path in enumerate(paths)}
    columns = {title: {path: cell for path, cell in cells.items() if path in rows} for title, cells in columns.items()}
    title = next((title for name in _CLASS_COLUMNS for title in columns if _plain(title) == name), None)
    classes = None if title is None else _classes(columns.pop(title), rows, notes)
    if classes is None:
        folders = read_class_folders(paths)
        names, labels, reason = folders.class_names, folders.labels, Reason.OUTSIDE
        notes = [*folders.notes, *notes]
    else:
        (names, labels), reason = classes, Reason.NO_CLASS
    attributes, values = _attributes(columns, rows, labels >= 0, notes)
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


def _collect(table: LabelTable, index: _Index, columns: dict[str, dict[Parts, _Cell]], notes: list[str]) -> None:
    """Add the values of a table to `columns`."""
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
        return
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
    for place, title in enumerate(table.columns):
        if not title:
            continue  # for example the row numbers that pandas writes
        known = columns.setdefault(title, {})
        for path, row in found.items():
            cell = _Cell(table, row, row.values[place])
            if path in known and known[path].value != cell.value:
                first = known[path]
                raise DataError(
                    message(
                        "Row {row} of {table} and row {row2} of {table2} give different values of {column} to {name}.",
                        row=first.row.number,
                        table=first.table.file.name,
                        row2=row.number,
                        table2=table.file.name,
                        column=clean_label(title),
                        name=clean_label(row.name),
                    ),
                    "Correct one of them.",
                )
            known[path] = cell


def _classes(
    cells: dict[Parts, _Cell], rows: dict[Parts, int], notes: list[str]
) -> tuple[tuple[str, ...], np.ndarray] | None:
    """Names and labels; None if the column has no classes that can be used."""
    given = {path: _class_name(cell.value) for path, cell in cells.items()}
    given = {path: name for path, name in given.items() if name.lower() not in _MISSING}
    names = sorted(set(given.values()), key=_natural)
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
    labels = np.full(len(rows), -1, np.int64)
    for path, name in given.items():
        labels[rows[path]] = number[name]
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
    columns: dict[str, dict[Parts, _Cell]], rows: dict[Parts, int], used: np.ndarray, notes: list[str]
) -> tuple[tuple[Attribute, ...], np.ndarray]:
    """Attributes and their values; only pictures where `used` decide whether a column is an attribute."""
    found: dict[str, tuple[Attribute, np.ndarray]] = {}
    texts: list[str] = []
    constants: list[str] = []
    for title, cells in columns.items():
        numbers = _numbers(title, [cell for path, cell in cells.items() if used[rows[path]]])
        if numbers is None:
            texts.append(title)
            continue
        addition, number_of = numbers
        values = np.full(len(rows), np.nan, np.float32)
        for path, cell in cells.items():
            if used[rows[path]]:
                values[rows[path]] = number_of(cell.value)
        different = np.unique(values[np.isfinite(values)])
        if len(different) < 2:
            constants.append(title)
            continue
        binary = different.tolist() in ([0.0, 1.0], [-1.0, 1.0])
        if binary:
            values = np.where(np.isnan(values), np.nan, values > 0).astype(np.float32)
        name = _unique(clean_label(f"{title.replace('_', ' ')}{addition}") or "unnamed", found)
        found[name] = Attribute(name, "binary" if binary else "continuous"), values
    if len(found) > MAX_ATTRIBUTES:
        raise DataError(
            message("The tables have {n} attributes; at most {most} can be used.", n=len(found), most=MAX_ATTRIBUTES),
            "Remove columns.",
        )
    if texts:
        notes.append(message("These columns are text and are not used: {columns}.", columns=_listed(texts)))
    if constants:
        notes.append(
            message("These columns have one value only and are not used: {columns}.", columns=_listed(constants))
        )
    if not found:
        return (), np.zeros((len(rows), 0), np.float32)
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


def _numbers(title: str, cells: Sequence[_Cell]) -> tuple[str, Callable[[str], float]] | None:
    """How a column's values become numbers: what its name adds to the title, and a function; None for text.

    Raises:
        DataError: a few of its values are not numbers.
    """
    present = [cell for cell in cells if cell.value.lower() not in _MISSING]
    different = sorted({cell.value for cell in present})
    if all(value.lower() in _WORDS for value in different):
        return "", lambda value: _WORDS.get(value.lower(), math.nan)
    faults = [cell for cell in present if not math.isfinite(_number(cell.value))]
    if not faults:
        return "", _number
    if len(faults) > _MOST_FAULTS * len(present):
        if len(different) == 2:  # such as female and male: the attribute is the second one
            first, second = different
            return f": {second}", lambda value: {first: 0.0, second: 1.0}.get(value, math.nan)
        return None
    raise DataError(
        message(
            "Row {row} of {table} ({name}): {value} in the column {column} is not a number.",
            row=faults[0].row.number,
            table=faults[0].table.file.name,
            name=clean_label(faults[0].row.name),
            value=repr(clean_label(faults[0].value)),
            column=clean_label(title),
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
