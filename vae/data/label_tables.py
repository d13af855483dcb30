"""Parses tables of labels beside pictures: CSV, JSON, and the text format of CelebA's `list_attr_celeba.txt`.

Each row names a picture and gives its class or any number of attributes. `vae.data.picture_labels` matches the rows
with pictures.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vae.data.names import clean_label
from vae.errors import DataError
from vae.message import N_, message

__all__ = ["LabelTable", "TableFile", "TableRow", "is_table_name", "read_table", "read_table_file"]

_MAX_BYTES = 100_000_000  # CelebA's table of 202,599 pictures has 26 MB
_MAX_COLUMNS = 1000
_MAX_CELL = 1000  # characters of a value
# Column titles in lower case with underscores. Earlier ones win: "name" and "id" may be something else.
_NAME_COLUMNS = (
    "file_name", "filename", "file", "image_file", "image_id", "image_name", "image_path", "filepath", "file_path",
    "path", "image", "img", "picture", "name", "id",
)  # fmt: skip
_DELIMITERS = ",;\t|"
_CELEBA = re.compile(r"list_attr.*\.txt$", re.IGNORECASE)
_PICTURE = re.compile(r"\.(jpe?g|jfif|png|webp|gif|bmp)$", re.IGNORECASE)
_NO_NAMES = N_("Give one column the title “name” and write the file name of each picture in it.")


@dataclass(frozen=True)
class TableFile:
    """A file that may be a table.

    Attributes:
        name: for messages.
        folder: the folders above it within the source; names in it may be relative to them.
        given: whether the user chose it as a table. A file that was only found beside the pictures may be something
            else.
    """

    name: str
    data: bytes
    folder: tuple[str, ...] = ()
    given: bool = False


@dataclass(frozen=True)
class TableRow:
    """One row.

    Attributes:
        number: line of a text file, or position in a JSON list, from 1.
        name: of the picture, as written.
        values: one for each of the table's columns; "" where there is none.
    """

    number: int
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class LabelTable:
    """A parsed table.

    Attributes:
        columns: titles of all columns but that of the names.
    """

    file: TableFile
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


def is_table_name(name: str) -> bool:
    """Return whether a file may be a table, by its name alone."""
    return name.lower().endswith((".csv", ".tsv", ".json", ".jsonl")) or bool(_CELEBA.match(name))


def read_table_file(path: str | Path) -> TableFile:
    """Read a file that the user chose as a table.

    Raises:
        DataError: it cannot be read, or it is too large.
    """
    path = Path(path).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DataError(
            message("Can't read the table {name}: {strerror}.", name=path.name, strerror=error.strerror),
            "Choose a CSV or JSON file.",
        ) from error
    return TableFile(clean_label(path.name, 80) or "table", data, given=True)


def read_table(file: TableFile) -> LabelTable | None:
    """Parse a table.

    Returns:
        None if a file that was only found beside the pictures has no column or key of file names.

    Raises:
        DataError: the file is damaged, a row does not fit, or a chosen file has no names of pictures.
    """
    if len(file.data) > _MAX_BYTES:
        raise DataError(
            message("The table {name} has more than {most} MB.", name=file.name, most=_MAX_BYTES // 1_000_000),
            "Remove columns or rows.",
        )
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not file.given:
            return None
        raise DataError(
            message(
                "Can't read the table {name}: line {line} is not UTF-8.",
                name=file.name,
                line=file.data.count(b"\n", 0, error.start) + 1,
            ),
            "Save it as UTF-8.",
        ) from None
    lower = file.name.lower()
    if lower.endswith(".txt"):
        table = _read_celeba(file, text)
    elif lower.endswith((".json", ".jsonl")):
        table = _read_json(file, text)
    else:
        table = _read_csv(file, text)
    if table is None and file.given:
        raise DataError(message("The table {name} has no column of file names.", name=file.name), _NO_NAMES)
    return table


def _read_csv(file: TableFile, text: str) -> LabelTable | None:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        titles = [_title(cell) for cell in next(reader, [])]
        place = _name_column(titles)
        if place is None:
            return None
        _check_titles(file, titles)
        rows, same = [], _Shared()
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(titles):
                raise DataError(
                    message(
                        "Row {row} of {table} needs {columns} values and has {n}.",
                        row=number,
                        table=file.name,
                        n=len(cells),
                        columns=len(titles),
                    ),
                    "Correct the row.",
                )
            rows.append(_row(file, number, cells[place], same(cells[:place] + cells[place + 1 :])))
    except csv.Error as error:
        raise DataError(
            message("Row {row} of {table}: {error}.", row=reader.line_num, table=file.name, error=error),
            "Correct the row.",
        ) from None
    return LabelTable(file, tuple(titles[:place] + titles[place + 1 :]), tuple(rows))


def _read_celeba(file: TableFile, text: str) -> LabelTable | None:
    """The number of pictures, the names of attributes, then for each picture its name and as many values: 1 or -1."""
    lines = text.splitlines()
    if len(lines) < 2 or not lines[0].strip().isdigit():
        return None
    titles = lines[1].split()
    _check_titles(file, titles)
    rows, same = [], _Shared()
    for number, line in enumerate(lines[2:], start=3):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != len(titles) + 1:
            raise DataError(
                message(
                    "Row {row} of {table} ({name}) needs {columns} values and has {n}.",
                    row=number,
                    table=file.name,
                    name=clean_label(cells[0]),
                    n=len(cells) - 1,
                    columns=len(titles),
                ),
                "Correct the row.",
            )
        rows.append(_row(file, number, cells[0], same(cells[1:])))
    return LabelTable(file, tuple(titles), tuple(rows))


def _read_json(file: TableFile, text: str) -> LabelTable | None:
    """A list of objects, one object per line, or an object that has the names as its keys."""
    try:
        if file.name.lower().endswith(".jsonl"):
            lines = enumerate(text.splitlines(), start=1)
            content = [(number, json.loads(line)) for number, line in lines if line.strip()]
        else:
            content = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not file.given:
            return None
        raise DataError(
            message("Can't read the table {name}: {error}.", name=file.name, error=error), "Correct the file."
        ) from None
    if isinstance(content, dict):
        return _read_mapping(file, content)
    if not isinstance(content, list):
        return None
    if not file.name.lower().endswith(".jsonl"):
        content = list(enumerate(content, start=1))
    objects = [(number, one) for number, one in content if isinstance(one, dict)]
    if not objects:
        return None
    titles = _all_keys(one for _, one in objects)
    place = _name_column(titles)
    if place is None:
        return None
    for number, one in content:
        if not isinstance(one, dict):
            raise DataError(
                message("Row {row} of {table} is not an object.", row=number, table=file.name), "Correct the row."
            )
    key = titles.pop(place)
    return _from_objects(file, titles, [(number, _cell(one.get(key)), one) for number, one in objects])


def _read_mapping(file: TableFile, content: dict) -> LabelTable | None:
    first = next(iter(content.items()), None)
    if first is None or not (_PICTURE.search(first[0]) or (file.given and isinstance(first[1], dict))):
        return None
    rows = []
    for number, (name, value) in enumerate(content.items(), start=1):
        if isinstance(value, list):
            raise DataError(
                message(
                    "Row {row} of {table} ({name}) is a list.", row=number, table=file.name, name=clean_label(name)
                ),
                "Write an object with the attributes of the picture, or its class.",
            )
        rows.append((number, name, value if isinstance(value, dict) else {"class": value}))
    return _from_objects(file, _all_keys(one for _, _, one in rows), rows)


def _from_objects(file: TableFile, titles: list[str], objects: Sequence[tuple[int, str, dict]]) -> LabelTable:
    _check_titles(file, titles)
    rows, same = [], _Shared()
    for number, name, one in objects:
        cells = [_cell(one.get(title)) for title in titles]
        rows.append(_row(file, number, name, same(cells)))
    return LabelTable(file, tuple(titles), tuple(rows))


def _row(file: TableFile, number: int, name: str, values: tuple[str, ...]) -> TableRow:
    name = name.strip()
    if not name:
        raise DataError(
            message("Row {row} of {table} has no file name.", row=number, table=file.name),
            "Write the name of its picture, or remove the row.",
        )
    return TableRow(number, name, values)


def _cell(value: object) -> str:
    """A value of JSON as the text that it would have in a CSV."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _all_keys(objects: Iterable[dict]) -> list[str]:
    return list(dict.fromkeys(key for one in objects for key in one))


def _title(cell: str) -> str:
    return cell.strip()


def _name_column(titles: Sequence[str]) -> int | None:
    plain = [re.sub(r"[\s-]+", "_", title.strip().lower()) for title in titles]
    return next((plain.index(name) for name in _NAME_COLUMNS if name in plain), None)


def _check_titles(file: TableFile, titles: Sequence[str]) -> None:
    twice = next((title for place, title in enumerate(titles) if title and title in titles[:place]), None)
    if twice is not None:
        raise DataError(
            message("The table {name} has two columns called {title}.", name=file.name, title=clean_label(twice)),
            "Rename one of them.",
        )
    if len(titles) > _MAX_COLUMNS:
        raise DataError(
            message("The table {name} has more than {most} columns.", name=file.name, most=_MAX_COLUMNS),
            "Remove columns.",
        )


class _Shared:
    """Keeps each different value once: a large table has millions of cells and few values."""

    def __init__(self):
        self._known: dict[str, str] = {}

    def __call__(self, cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(self._known.setdefault(cell, cell) for cell in (cell.strip()[:_MAX_CELL] for cell in cells))
