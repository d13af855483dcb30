"""Finds tables of labels among the files of a folder or archive."""

from collections.abc import Sequence
from dataclasses import dataclass

from vae.data.files import FileEntry, FileList
from vae.data.label_tables import LabelTable, TableFile, is_table_name, read_table
from vae.data.names import clean_label
from vae.data.refusals import RefusedError
from vae.message import Message, message

__all__ = ["FoundTables", "find_tables"]

_MOST = 20


@dataclass(frozen=True)
class FoundTables:
    """Tables, and the files that remain.

    Attributes:
        others: all files that are not tables: the pictures, and files to refuse.
    """

    tables: tuple[LabelTable, ...]
    others: list[FileEntry]
    notes: tuple[Message, ...]


def find_tables(files: FileList, given: Sequence[TableFile] = ()) -> FoundTables:
    """Read the tables beside the pictures, and those that the user chose.

    A file beside a picture of the same name describes that picture only and is not a table.

    Args:
        given: files that the user chose; the other ones are not searched for then.

    Raises:
        DataError: a table is damaged, or the archive exceeds its total limits.
    """
    if given:
        return FoundTables(tuple(table for file in given if (table := read_table(file))), files.entries, ())
    possible = [entry for entry in files.entries if entry.refused is None and is_table_name(entry.parts[-1])]
    if possible:
        stems = {_stem(entry) for entry in files.entries if not is_table_name(entry.parts[-1])}
        possible = [entry for entry in possible if _stem(entry) not in stems]
    if len(possible) > _MOST:
        note = message("{n} files may be tables; more than {most} are not read.", n=f"{len(possible):,}", most=_MOST)
        return FoundTables((), files.entries, (note,))
    tables: list[LabelTable] = []
    used: set[tuple[str, ...]] = set()
    notes: list[Message] = []
    for entry in possible:
        try:
            data = files.read(entry)
        except RefusedError:
            continue  # it is counted when the pictures are read
        name = clean_label(entry.parts[-1], 80) or "table"
        table = read_table(TableFile(name, data, entry.parts[:-1]))
        if table is None:
            notes.append(message("{name} is not used: it has no column of file names.", name=name))
            continue
        tables.append(table)
        used.add(entry.parts)
    return FoundTables(tuple(tables), [entry for entry in files.entries if entry.parts not in used], tuple(notes))


def _stem(entry: FileEntry) -> tuple[str, ...]:
    *folders, name = entry.parts
    return (*folders, name.rpartition(".")[0])
