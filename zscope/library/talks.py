"""Talks on disk: lists of scenes, each with a title and notes, that the stage mode walks through.

A talk is a JSON file in `ZSCOPE_TALKS`, else `~/.zscope/talks`. Bundled talks in `assets/talks` cannot be changed.
"""

import os
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from vae.assets import ASSETS
from vae.bidi import WITHOUT_DIRECTION, without_direction
from vae.durable import write_file
from vae.errors import BadRequestError, DataError, NotFoundError
from vae.formats.bundle.schema import MODEL_ID
from vae.validation import first_fault

__all__ = [
    "LONGEST_NOTES",
    "LONGEST_TITLE",
    "LONGEST_TRANSITION",
    "MOST_BYTES",
    "Page",
    "Scene",
    "SceneStop",
    "Talk",
    "TalkEntry",
    "change_talk",
    "delete_talk",
    "format_talk",
    "list_talks",
    "load_talk",
    "new_scene_id",
    "parse_talk",
    "save_new_talk",
]

LONGEST_TITLE, LONGEST_NOTES = 80, 4000  # characters
LONGEST_TRANSITION = 20.0  # seconds
MOST_BYTES = 5_000_000  # of a file
_MOST_SCENES, _MOST_TALKS = 200, 500
_WRITING = threading.Lock()  # two users of one server
_ID = re.compile("(?=.{1,60}$)[a-z0-9]+(-[a-z0-9]+)*")

Page = Literal["explore", "map", "interpolate", "reconstruct", "compare", "train", "models", "learn"]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1000, le=1000)]  # as in links
Code = Annotated[tuple[Number, ...], Field(min_length=1, max_length=1024)]
Image = Annotated[int, Field(ge=0)]
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), WITHOUT_DIRECTION]
Camera = tuple[Number, Number, Number, Number, Number, Number]
Settings = Annotated[str, Field(max_length=500)]
ModelId = Annotated[str, Field(pattern=f"^(?:{MODEL_ID})$")]
_RECORD = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, config=_RECORD)
class SceneStop:
    """A stop of an interpolation: a code, the test image that it encodes, and seconds of pause."""

    z: Code
    image: Image | None = None
    hold: Annotated[float, Field(ge=0, le=60)] = 0.0


@dataclass(frozen=True, config=_RECORD)
class Scene:
    """What a page shows at a step of a talk.

    Attributes:
        id: unique within the talk.
        page: name of the page.
        model: id of the open model.
        title: shown to the audience.
        notes: shown in the speaker's window.
        z: the current point, `code_dim` numbers; None leaves it as it is.
        image: index of the test image that `z` encodes.
        map: settings of the map, as in links.
        camera: of a map in 3-D: its eye, and the point that it looks at; None leaves it as it is.
        stops: of the path on Interpolate; empty leaves them as they are.
        other: id of model B on Compare.
        chapter: id of the chapter on Learn; None shows the list of chapters.
        seconds: duration of the transition from the scene before, if both show a point of one model.
    """

    id: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    page: Page
    model: ModelId
    title: Title
    notes: Annotated[str, Field(max_length=LONGEST_NOTES), WITHOUT_DIRECTION] = ""
    z: Code | None = None
    image: Image | None = None
    map: Settings | None = None
    camera: Camera | None = None
    stops: Annotated[tuple[SceneStop, ...], Field(max_length=50)] = ()
    other: ModelId | None = None
    chapter: Annotated[str, Field(pattern="^[a-z-]+$", max_length=60)] | None = None
    seconds: Annotated[float, Field(ge=0, le=LONGEST_TRANSITION)] = 1.5


@dataclass(frozen=True, config=_RECORD)
class Talk:
    """A title and scenes in their order."""

    title: Title
    scenes: Annotated[tuple[Scene, ...], Field(max_length=_MOST_SCENES)] = ()
    format: Literal["zscope-talk"] = "zscope-talk"
    version: Literal[1] = 1

    @model_validator(mode="after")
    def _scenes_differ(self):
        if len({scene.id for scene in self.scenes}) < len(self.scenes):
            raise ValueError("two scenes have the same id")
        return self


@dataclass(frozen=True)
class TalkEntry:
    """A talk of the list.

    Attributes:
        bundled: it is part of Zscope and cannot be changed.
        fault: why its file cannot be read; "" if it can.
    """

    id: str
    title: str
    bundled: bool
    fault: str = ""


_FILE = TypeAdapter(Talk)


def new_scene_id() -> str:
    """Return a random id of a scene."""
    return secrets.token_hex(4)


def list_talks() -> tuple[TalkEntry, ...]:
    """List the talks of this computer by title, then the bundled ones."""
    own = {path.stem: path for path in _files(_folder())}
    bundled = {path.stem: path for path in _files(_BUNDLED) if path.stem not in own}
    entries = [_entry(path, bundled=False) for path in own.values()]
    others = [_entry(path, bundled=True) for path in bundled.values()]
    return (
        *sorted(entries, key=lambda entry: entry.title.casefold()),
        *sorted(others, key=lambda entry: entry.title.casefold()),
    )


def load_talk(id: str) -> Talk:
    """Read a talk.

    Raises:
        NotFoundError: there is no talk with this id.
        DataError: its file is damaged.
    """
    return _read(_path(id))


def save_new_talk(talk: Talk) -> str:
    """Save a talk under a new id, which is made from its title, and return the id.

    Raises:
        BadRequestError: there are 500 talks already.
        DataError: the file cannot be written.
    """
    with _WRITING:
        taken = {path.stem for path in (*_files(_folder()), *_files(_BUNDLED))}
        if len(taken) >= _MOST_TALKS:
            raise BadRequestError(f"There are {_MOST_TALKS} talks, the maximum.", "Delete one first.")
        base = re.sub(r"[^a-z0-9]+", "-", talk.title.lower()).strip("-")[:40].strip("-") or "talk"
        id = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 1000))) if name not in taken)
        _write(id, talk)
    return id


def change_talk(id: str, change: Callable[[Talk], Talk]) -> Talk:
    """Replace a talk by the result of `change`, and return it.

    Raises:
        NotFoundError: there is no such talk.
        BadRequestError: it is bundled, or the result has too many scenes or too long a text.
        DataError: its file is damaged, or cannot be written.
    """
    with _WRITING:
        if _path(id).parent == _BUNDLED:
            raise BadRequestError("This talk is part of Zscope and can't be changed.", "Make a copy of it first.")
        try:
            talk = _FILE.validate_python(change(load_talk(id)))
        except ValidationError as error:
            raise BadRequestError(f"Can't save the talk: {first_fault(error)}.") from None
        _write(id, talk)
    return talk


def delete_talk(id: str) -> None:
    """Delete a talk of this computer.

    Raises:
        NotFoundError: there is no such talk.
        BadRequestError: it is bundled.
    """
    with _WRITING:
        path = _path(id)
        if path.parent == _BUNDLED:
            raise BadRequestError("This talk is part of Zscope and can't be deleted.")
        path.unlink(missing_ok=True)


def format_talk(talk: Talk) -> bytes:
    """Return the content of a talk's file."""
    return _FILE.dump_json(talk, indent=1)


def parse_talk(data: bytes) -> Talk:
    """Parse an untrusted file of a talk. Scenes get new ids.

    Raises:
        BadRequestError: it is not a talk.
    """
    if len(data) > MOST_BYTES:
        raise BadRequestError(f"The file has {len(data):,} bytes.", f"A talk has at most {MOST_BYTES:,}.")
    try:
        talk = _FILE.validate_json(data)
    except ValidationError as error:
        raise BadRequestError(f"This file is not a talk of Zscope: {first_fault(error, 'the file')}.") from None
    return replace(talk, scenes=tuple(replace(scene, id=new_scene_id()) for scene in talk.scenes))


_BUNDLED = ASSETS / "talks"


def _folder() -> Path:
    return Path(os.environ.get("ZSCOPE_TALKS") or Path.home() / ".zscope" / "talks")


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.glob("*.json"))[:_MOST_TALKS] if _ID.fullmatch(path.stem)]
    except OSError:
        return []


def _path(id: str) -> Path:
    for folder in (_folder(), _BUNDLED):
        path = folder / f"{id}.json"
        if _ID.fullmatch(id) and path.is_file():
            return path
    raise NotFoundError(f"There is no talk {without_direction(id)[:60]!r}.", "Choose another.")


def _entry(path: Path, bundled: bool) -> TalkEntry:
    try:
        talk = _read(path)
    except (DataError, NotFoundError) as error:
        return TalkEntry(path.stem, path.stem, bundled, str(error))
    return TalkEntry(path.stem, talk.title, bundled)


def _read(path: Path) -> Talk:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise DataError(f"{path} is larger than a talk.", "Remove the file.")
        return _FILE.validate_json(data)
    except FileNotFoundError:
        raise NotFoundError(f"There is no talk {path.stem!r}.", "Choose another.") from None
    except ValidationError as error:
        raise DataError(f"{path} is damaged: {first_fault(error)}.", "Remove or repair the file.") from None
    except OSError as error:
        raise DataError(f"Can't read {path}: {error.strerror}.") from None


def _write(id: str, talk: Talk) -> None:
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / f"{id}.json", format_talk(talk))
    except OSError as error:
        raise DataError(
            f"Can't save the talk: {error.strerror or error}.", "Free some space, or choose another folder."
        ) from None
