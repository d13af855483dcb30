"""Attribute directions that a person made on the map and keeps with the model: sliders in Explore, axes of a map."""

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
from vae.models.config import first_fault
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
_LONGEST = 60  # letters of a title
_WRITING = threading.Lock()  # two visitors of one server
_RANGE = (0.005, 0.995)  # quantiles of the data's positions that a slider spans

Number = Annotated[float, Field(allow_inf_nan=False)]
Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=512)]
Title = Annotated[str, Field(min_length=1, max_length=_LONGEST), WITHOUT_DIRECTION]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class KeptDirection:
    """One direction, with what was measured when it was made (`vae.latent.directions`).

    Attributes:
        id: of its words and numbers.
        title: a person's words, unique within the model.
        a, b: what it leads from and to.
        vector: from the mean of A to that of B, of the latent dimension's length.
        start: the mean code of A.
        low, high: of positions along it, 0 at A and 1 at B: where all but 1 % of the data lie.
        counts: images of A and of B.
        auc, effect, consistency, leakage: None where they could not be measured.
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
            raise ValueError("the direction is none")
        return self


_FILE = TypeAdapter(tuple[KeptDirection, ...])


def kept_of(direction: AttributeDirection, codes: np.ndarray, title: str, a: str, b: str) -> KeptDirection:
    """What to keep of a direction.

    Args:
        codes: float `(n, d)`, of the data, for the slider's range.
        title: a person's; cut where it is longer than 60 letters.
        a, b: names of the two sides.

    Raises:
        BadRequestError: the title is empty.
    """
    title = " ".join(without_direction(title).split())[:_LONGEST]
    if not title:
        raise BadRequestError("The direction has no name.", "Give it one.")
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "direction"
    # Another vector, another id: a map that is drawn along it is kept by browsers and server by its address.
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
    """Those of a model, the oldest first. They belong to its weights: a model trained anew has none.

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
        raise DataError(f"{path} is damaged: {first_fault(error)}.", "Remove it, or mend it.") from None
    if any(len(direction.vector) != manifest.model.latent_dim for direction in found):
        raise DataError(f"{path} holds directions of another model.", "Remove it.")
    return found


def find_direction(model_id: str, id: str) -> KeptDirection:
    """One of a model's.

    Raises:
        BadRequestError: it has none of that id.
        ModelNotFoundError, DataError: as it is opened.
    """
    found = {direction.id: direction for direction in kept_directions(find_model(model_id).parts()[0])}
    if id not in found:
        known = ", ".join(found) or "none"
        raise BadRequestError(f"{model_id} has no direction called {id[:60]!r}.", f"It has: {known}.")
    return found[id]


def keep_direction(manifest: Manifest, direction: KeptDirection) -> None:
    """Add one, or replace that of the same title.

    Raises:
        BadRequestError: there are a hundred already.
        DataError: their file is damaged, which is left as it is.
        OSError: it cannot be written; those before are unchanged.
    """
    with _WRITING:
        others = tuple(one for one in kept_directions(manifest) if one.title != direction.title)
        if len(others) >= _MOST:
            raise BadRequestError(f"This model has {_MOST} directions.", "Remove one first.")
        _write(manifest, (*others, direction))


def remove_direction(manifest: Manifest, id: str) -> None:
    """Forget one; nothing where it is not there. Raises as `keep_direction`."""
    with _WRITING:
        _write(manifest, tuple(one for one in kept_directions(manifest) if one.id != id))


def _write(manifest: Manifest, directions: tuple[KeptDirection, ...]) -> None:
    path = _path(manifest)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, _FILE.dump_json(directions, indent=1))


def _path(manifest: Manifest) -> Path:
    """In the person's own folder, `ZSCOPE_DIRECTIONS`, else `~/.zscope/directions`: shipped models are not theirs."""
    folder = Path(os.environ.get("ZSCOPE_DIRECTIONS") or Path.home() / ".zscope" / "directions")
    weights = manifest.networks_hash[:16]
    return folder / f"{manifest.id}-{weights}.json"
