"""Attribute directions saved with a model: sliders on the Explore page and axes of maps."""

import hashlib
import os
import re
import threading
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from vae.bidi import WITHOUT_DIRECTION, without_direction
from vae.durable import write_file
from vae.errors import BadRequestError, DataError
from vae.formats.bundle import Manifest
from vae.latent.directions import AttributeDirection
from vae.message import message
from vae.validation import first_fault
from zscope.library.registry import find_model

__all__ = [
    "KeptDirection",
    "find_direction",
    "keep_direction",
    "kept_directions",
    "kept_of",
    "remove_direction",
]

_MOST = 100  # directions of one model
_LONGEST = 60  # characters of a title
_WRITING = threading.Lock()  # two users of one server
_RANGE = (0.005, 0.995)  # quantiles of the data's positions that a slider spans

Number = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=512)]
Title = Annotated[str, Field(min_length=1, max_length=_LONGEST), WITHOUT_DIRECTION]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class KeptDirection:
    """A saved direction with its measurements (`vae.latent.directions`).

    Attributes:
        id: made from the title and the vector.
        title: text of the user, unique within the model.
        a, b: names of its two ends.
        vector: from the mean code of A to that of B, `(latent_dim,)`.
        start: the mean code of A.
        low, high: range of positions (0 at A, 1 at B) that contains 99 % of the data.
        counts: number of images in A and in B.
        auc, effect, consistency, leakage: None if they could not be measured.
    """

    id: Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=_LONGEST)]
    title: Title
    a: Title
    b: Title
    vector: Numbers
    start: Numbers
    low: Number
    high: Number
    counts: tuple[int, int]
    auc: Number | None = None
    effect: float | None = None  # infinite where the halves do not overlap and do not spread
    consistency: Number | None = None
    leakage: Number | None = None

    @model_validator(mode="after")
    def _fits(self):
        if len(self.vector) != len(self.start) or not any(self.vector) or not self.low < self.high:
            raise ValueError("the direction is invalid")
        return self


_FILE = TypeAdapter(tuple[KeptDirection, ...])


def kept_of(direction: AttributeDirection, codes: np.ndarray, title: str, a: str, b: str) -> KeptDirection:
    """Build the record of a direction.

    Args:
        codes: float `(n, d)`, of the data, for the slider's range.
        title: text of the user; cut to 60 characters.
        a, b: names of the two ends.

    Raises:
        BadRequestError: the title is empty.
    """
    title = " ".join(without_direction(title).split())[:_LONGEST]
    if not title:
        raise BadRequestError("The name is empty.", "Enter a name.")
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "direction"
    # The id depends on the vector, since browsers and server cache maps along the direction by their URL.
    digest = hashlib.sha256(np.stack([direction.vector, direction.start]).astype("<f4").tobytes()).hexdigest()[:8]
    low, high = np.quantile(direction.positions(codes), _RANGE)
    return KeptDirection(
        id=f"{words[:40].strip('-')}-{digest}",
        title=title,
        a=a[:_LONGEST],
        b=b[:_LONGEST],
        vector=tuple(direction.vector.tolist()),
        start=tuple(direction.start.tolist()),
        low=min(float(low), 0.0),
        high=max(float(high), 1.0),
        counts=direction.counts,
        auc=direction.strength.auc if direction.strength else None,
        effect=direction.strength.effect if direction.strength else None,
        consistency=direction.consistency,
        leakage=direction.leakage.share if direction.leakage else None,
    )


def kept_directions(manifest: Manifest) -> tuple[KeptDirection, ...]:
    """List a model's directions, oldest first. They belong to its weights: a retrained model has none.

    Raises:
        DataError: their file is damaged.
    """
    path = _path(manifest)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    try:
        found = _FILE.validate_json(data)
    except ValidationError as error:
        raise DataError(
            message("{path} is damaged: {first_fault}.", path=path, first_fault=first_fault(error)),
            "Remove or repair the file.",
        ) from None
    if any(len(direction.vector) != manifest.model.latent_dim for direction in found):
        raise DataError(message("{path} contains directions of another model.", path=path), "Remove the file.")
    return found


def find_direction(model_id: str, id: str) -> KeptDirection:
    """Find a direction of a model by id.

    Raises:
        BadRequestError: there is no such direction.
        ModelNotFoundError, DataError: the model or its directions cannot be opened.
    """
    found = {direction.id: direction for direction in kept_directions(find_model(model_id).parts()[0])}
    if id not in found:
        known = ", ".join(found) or "none"
        raise BadRequestError(
            message("{model_id} has no direction called {id}.", model_id=model_id, id=repr(id[:60])),
            message("It has: {known}.", known=known),
        )
    return found[id]


def keep_direction(manifest: Manifest, direction: KeptDirection) -> None:
    """Save a direction; it replaces one with the same title.

    Raises:
        BadRequestError: the model has a hundred directions already.
        DataError: their file is damaged; it is not changed.
        OSError: the file cannot be written; it is not changed.
    """
    with _WRITING:
        others = tuple(one for one in kept_directions(manifest) if one.title != direction.title)
        if len(others) >= _MOST:
            raise BadRequestError(
                message("This model has {most} directions, the maximum.", most=_MOST), "Remove one first."
            )
        _write(manifest, (*others, direction))


def remove_direction(manifest: Manifest, id: str) -> None:
    """Remove a direction if it exists. Raises as `keep_direction`."""
    with _WRITING:
        _write(manifest, tuple(one for one in kept_directions(manifest) if one.id != id))


def _write(manifest: Manifest, directions: tuple[KeptDirection, ...]) -> None:
    path = _path(manifest)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, _FILE.dump_json(directions, indent=1))


def _path(manifest: Manifest) -> Path:
    """In `ZSCOPE_DIRECTIONS`, else `~/.zscope/directions`, since bundled models are not writable."""
    folder = Path(os.environ.get("ZSCOPE_DIRECTIONS") or Path.home() / ".zscope" / "directions")
    weights = manifest.networks_hash[:16]
    return folder / f"{manifest.id}-{weights}.json"
