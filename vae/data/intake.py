"""Turns a folder or zip of pictures into a user data set: a quick survey, then a report, then the saved set.

survey(source)                     a quick estimate of its contents, from file names and a few pictures
with prepare(source, side, channels, report=…) as prepared:
    prepared.report, prepared.images, prepared.sheet()      all pictures are read; nothing is listed yet
    prepared.save("Cats and dogs")                          the data set is listed
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from vae.data.attribute import Attribute
from vae.data.backgrounds import LEVELS, BackgroundChoice, is_blank, over
from vae.data.decoding import decode_files
from vae.data.files import FileList
from vae.data.label_tables import TableFile
from vae.data.near_duplicates import find_copies
from vae.data.opening import open_files
from vae.data.picture_labels import PictureLabels, label_pictures
from vae.data.refusals import Reason, Refusal, Tally
from vae.data.staging import Staging
from vae.data.suggestion import MOST_SIDE, Suggestion, suggest
from vae.data.table_files import FoundTables, find_tables
from vae.data.user_data import UserDataset, user_data_folder
from vae.data.user_data_writing import check_room, disk_errors, write_user_dataset
from vae.errors import BadRequestError, DataError
from vae.message import N_, message
from vae.pictures.contact_sheet import contact_sheet, pick_rows

__all__ = ["MIN_IMAGES", "IntakeReport", "Prepared", "Survey", "prepare", "survey"]

MIN_IMAGES = 60
_LEAST_SIDE = 8
_PIXELS_FILE, _ON_WHITE_FILE = "pictures.raw", "on-white.raw"
_ENDINGS = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp")


@dataclass(frozen=True)
class IntakeReport:
    """Counts of all files: read and refused.

    Attributes:
        source: bare name of the folder or zip.
        found: files that were examined; system files are not counted.
        read: pictures that are in the set; `found` minus all refused files.
        class_names, class_counts: () where there are no classes.
        notes: other remarks for the user, a sentence each.
        attributes: from tables; () where there are none.
        tables: names of the tables that were read.
    """

    source: str
    found: int
    read: int
    refused: tuple[Refusal, ...]
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    notes: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """A quick estimate of what a folder or zip contains.

    Attributes:
        found: number of files.
        pictures: files with a picture's suffix; an estimate of what `prepare` will read.
        class_names: from tables, or from the folders of those files.
        suggestion: side and channels, with a sample to show.
        attributes: from tables; () where there are none.
        tables: names of the tables.
    """

    source: str
    found: int
    pictures: int
    class_names: tuple[str, ...]
    suggestion: Suggestion
    attributes: tuple[Attribute, ...] = ()
    tables: tuple[str, ...] = ()


def survey(source: str | Path | BinaryIO, name: str = "", most: int = 64, tables: Sequence[TableFile] = ()) -> Survey:
    """Estimate size, colour and classes from the file names and a few pictures.

    Args:
        source: a folder, or a zip as path or open binary file.
        name: display name of an open file.
        most: the largest side to suggest.
        tables: tables of labels that the user chose; by default, those beside the pictures.

    Raises:
        DataError: neither a folder nor a zip, empty, or beyond a limit; or a table is damaged or does not fit.
    """
    with open_files(source, name) as files:
        _check_any(files)
        found = find_tables(files, tables)
        named = [e.parts for e in found.others if e.refused is None and e.parts[-1].lower().endswith(_ENDINGS)]
        labels = label_pictures(named, found.tables, named)
        return Survey(
            files.name,
            len(found.others),
            len(named),
            labels.class_names,
            suggest(files, most),
            labels.attributes,
            _names(found),
        )


def prepare(
    source: str | Path | BinaryIO,
    side: int,
    channels: int,
    name: str = "",
    seed: int = 0,
    report: Callable[[int, int], None] = lambda done, total: None,
    tables: Sequence[TableFile] = (),
) -> "Prepared":
    """Read all pictures, centre-cropped and resized, into a staging file in the user data folder.

    The same pictures under the same names give the same arrays, from a zip or a folder.

    Args:
        source: a folder, or a zip as path or open binary file.
        side: pixels of the square images, 8 to 256.
        channels: 1 for grey, 3 for colour.
        name: display name of an open file.
        seed: for the split into train, validation and test.
        report: called with (files done, files in total) from this thread. Raise in it to stop; no files remain then.
        tables: tables of labels that the user chose; by default, those beside the pictures are read.

    Raises:
        BadRequestError: `side` or `channels` is out of range.
        DataError: fewer than 60 pictures, beyond a limit, a table is damaged or does not fit, or the disk is full or
            read-only; no files remain.
    """
    if not _LEAST_SIDE <= side <= MOST_SIDE or channels not in (1, 3):
        raise BadRequestError(
            message(
                "Can't make images of {side} pixels a side with {channels} channels.", side=side, channels=channels
            ),
            message(
                "Use {least_side} to {most_side} pixels, and 1 channel for grey or 3 for colour.",
                least_side=_LEAST_SIDE,
                most_side=MOST_SIDE,
            ),
        )
    shape = (side, side, channels)
    with open_files(source, name) as files:
        _check_any(files)
        found = find_tables(files, tables)
        with disk_errors(message("the pictures of {name}", name=files.name)):
            readable = sum(entry.refused is None for entry in found.others)
            check_room(user_data_folder(), 2 * readable * side * side * channels)  # once staged, once in splits
            staging = Staging(user_data_folder())
            try:
                return _read(files, found, staging, shape, seed, report)
            except BaseException:  # also when it is stopped
                staging.discard()
                raise


class Prepared:
    """Pictures that are read but not listed yet. The end of the `with` block deletes them, unless they were saved.

    Attributes:
        report: counts of all files.
        images: uint8 `(n, side, side, channels)`, a read-only memory map in the order of the files' names.
        labels: int64 `(n,)`; -1 for a picture that will be left out: outside the class folders, blank, or a copy of an
            earlier one, or without a class in the table.
        attributes: float32 `(n, k)`, values of `report.attributes`; NaN where one is missing.
    """

    def __init__(
        self,
        report: IntakeReport,
        images: np.ndarray,
        labels: np.ndarray,
        attributes: np.ndarray,
        groups: np.ndarray,
        seed: int,
        staging: Staging,
    ):
        self.report = report
        self.images = images
        self.labels = labels
        self.attributes = attributes
        self._groups = groups
        self._seed = seed
        self._staging = staging

    def sheet(self, count: int = 64, columns: int = 0, scale: int = 1) -> Image.Image:
        """Return a contact sheet with equal numbers of each class, as far as possible; see `contact_sheet`."""
        inside = np.flatnonzero(self.labels >= 0)
        rows = inside[pick_rows(self.labels[inside], count)]
        return contact_sheet(self.images[rows], columns, scale)

    def save(self, title: str = "", report: Callable[[int, int], None] = lambda done, total: None) -> UserDataset:
        """Split the pictures and save the data set.

        Args:
            title: display name, at most 80 characters; the source's name if "".
            report: called with (images written, images in total). Raise in it to stop.

        Raises:
            DataError: the disk is full or read-only; no files remain.
        """
        with self:
            return write_user_dataset(
                self._staging,
                self.report,
                self.images,
                self.labels,
                self.attributes,
                self._groups,
                title,
                self._seed,
                report,
            )

    def discard(self) -> None:
        """Delete the staged files."""
        self._staging.discard()

    def __enter__(self) -> "Prepared":
        return self

    def __exit__(self, *_) -> None:
        self.discard()


def _check_any(files: FileList) -> None:
    if not files.entries:
        raise DataError(
            message("{name} contains no files.", name=files.name),
            "Add pictures to it, or choose another folder or zip.",
        )


def _read(
    files: FileList,
    found: FoundTables,
    staging: Staging,
    shape: tuple[int, int, int],
    seed: int,
    report: Callable[[int, int], None],
) -> Prepared:
    tally, seen = Tally(), set()
    kept: list[tuple[str, ...]] = []
    path = staging.path / _PIXELS_FILE
    background = BackgroundChoice()
    on_white: dict[int, int] = {}  # row of a picture with transparency → its index in the second file
    # Plain writes, no writable memory map: on a full disk a map would kill the process.
    with path.open("x+b") as file, (staging.path / _ON_WHITE_FILE).open("x+b") as white_file:
        report(0, len(found.others))
        for done, decoded in enumerate(decode_files(files, found.others, shape), start=1):
            if isinstance(decoded.picture, Reason):
                tally.add(decoded.picture, decoded.entry.name)
            elif decoded.digest in seen:
                tally.add(Reason.DUPLICATE, decoded.entry.name)
            else:
                seen.add(decoded.digest)
                if decoded.on_white is not None:
                    background.add(decoded.picture, decoded.on_white)
                    on_white[len(kept)] = len(on_white)
                    white_file.write(decoded.on_white.tobytes())
                kept.append(decoded.entry.parts)
                file.write(decoded.picture.tobytes())
            report(done, len(found.others))
        level = background.level
        for row, place in on_white.items() if level else ():
            over_white, over_black = _picture(white_file, place, shape), _picture(file, row, shape)
            file.seek(row * math.prod(shape))
            file.write(over(over_black, over_white, level).tobytes())
    (staging.path / _ON_WHITE_FILE).unlink()
    images = np.memmap(path, np.uint8, mode="r", shape=(len(kept), *shape)) if kept else np.zeros((0, *shape), np.uint8)
    rows, groups = _sift(images, kept, tally)
    found_labels = label_pictures([kept[row] for row in rows], found.tables, [entry.parts for entry in found.others])
    labels = np.full(len(kept), -1)
    labels[rows] = found_labels.labels
    attributes = np.full((len(kept), len(found_labels.attributes)), np.nan, np.float32)
    attributes[rows] = found_labels.values
    for row in np.flatnonzero(labels[rows] < 0):
        tally.add(found_labels.unlabelled, "/".join(kept[rows[row]]))
    transparent = int((labels[list(on_white)] >= 0).sum())  # of the pictures that are used
    summary = _summary(files, found, found_labels, tally, _notes(background.level, transparent, groups[labels >= 0]))
    if summary.read < MIN_IMAGES:
        raise _too_few(summary)
    return Prepared(summary, images, labels, attributes, groups, seed, staging)


def _picture(file: BinaryIO, place: int, shape: tuple[int, int, int]) -> np.ndarray:
    size = math.prod(shape)
    file.seek(place * size)
    return np.frombuffer(file.read(size), np.uint8).reshape(shape)


def _sift(images: np.ndarray, paths: list[tuple[str, ...]], tally: Tally) -> tuple[np.ndarray, np.ndarray]:
    """Leave out blank pictures and copies.

    Returns:
        Rows to keep; and int64 `(n,)`, a group number for each row: near copies have the same one.
    """
    blank = np.array([is_blank(image) for image in images], bool)
    shown = np.flatnonzero(~blank)
    copies = find_copies(images, shown, [paths[row] for row in shown])
    original = copies.first == np.arange(len(shown))
    for row in np.flatnonzero(blank):
        tally.add(Reason.BLANK, "/".join(paths[row]))
    for row in shown[~original]:
        tally.add(Reason.COPY, "/".join(paths[row]))
    groups = np.full(len(images), -1)
    groups[shown] = copies.group
    return shown[original], groups


def _notes(level: int, transparent: int, groups: np.ndarray) -> list[str]:
    """Remarks on transparent pictures, with the level of their background, and on near copies."""
    notes = []
    if transparent:
        pictures = (
            N_("1 picture is")
            if transparent == 1
            else message("{transparent} pictures are", transparent=f"{transparent:,}")
        )
        notes.append(
            message(
                "{pictures} partly transparent: the background is {levels}, which keeps most visible.",
                pictures=pictures,
                levels=LEVELS[level],
            )
        )
    together = int((np.bincount(groups)[groups] > 1).sum()) if len(groups) else 0
    if together:
        notes.append(
            message(
                "{together} pictures are near copies of another one: copies are kept in the same split.",
                together=f"{together:,}",
            )
        )
    return notes


def _names(found: FoundTables) -> tuple[str, ...]:
    return tuple(table.file.name for table in found.tables)


def _summary(
    files: FileList, found: FoundTables, labels: PictureLabels, tally: Tally, notes: Sequence[str]
) -> IntakeReport:
    inside = labels.labels[labels.labels >= 0]
    counts = np.bincount(inside, minlength=len(labels.class_names)) if labels.class_names else ()
    return IntakeReport(
        source=files.name,
        found=len(found.others),
        read=len(inside),
        refused=tally.refusals(),
        class_names=labels.class_names,
        class_counts=tuple(int(count) for count in counts),
        notes=(*found.notes, *labels.notes, *notes),
        attributes=labels.attributes,
        tables=_names(found),
    )


def _too_few(report: IntakeReport) -> DataError:
    refused = "; ".join(map(str, report.refused))
    return DataError(
        message(
            "{source} has {read} usable pictures among {found} files; at least {min_images} are needed.{value}",
            source=report.source,
            read=report.read,
            found=f"{report.found:,}",
            min_images=MIN_IMAGES,
            value=f" Refused: {refused}." if refused else "",
        ),
        "Add more pictures.",
    )
