"""The states a run can go on from: the last two, each checked by its hash before it is used.

A checkpoint is one safetensors file; the manifest names the good ones. A new file is written whole before the manifest
names it, and the manifest stops naming an old file before that is removed: at every moment the manifest names files
that are there.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from vae.durable import check_space, sweep_leftovers, write_file
from vae.errors import TrainingError
from vae.models.config import first_fault

__all__ = ["Checkpoint", "CheckpointRecord", "CheckpointStore"]

_MANIFEST = "checkpoints.json"
_KEPT = 2
_REST = "rest"
_MAX_MANIFEST_BYTES = 64_000


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CheckpointRecord(_Record):
    """One line of the manifest."""

    file: Annotated[str, Field(pattern=r"^[0-9]{8}\.safetensors$")]  # a serial number: no good file is written over
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    step: Annotated[int, Field(ge=0)]
    epoch: Annotated[int, Field(ge=0)]  # finished by then


class _Manifest(_Record):
    format: Literal["zscope-checkpoints"] = "zscope-checkpoints"
    version: Literal[1] = 1
    checkpoints: Annotated[list[CheckpointRecord], Field(max_length=_KEPT)]  # oldest first


@dataclass(frozen=True)
class Checkpoint:
    """A state as it was saved.

    Attributes:
        arrays: by name, as `Trainer.state` gave them.
        rest: the JSON-ready part.
        fallback: what was wrong with the newer checkpoint that this one stands in for, else "".
    """

    arrays: dict[str, np.ndarray]
    rest: dict
    record: CheckpointRecord
    fallback: str = ""


class CheckpointStore:
    """The checkpoints in one folder, which has one writer: the process with the run's lock. Anybody may load."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._damaged: set[str] = set()  # found by `load`: such a one must not push out a good one at the next save

    def save(self, arrays: dict[str, np.ndarray], rest: dict, step: int, epoch: int) -> CheckpointRecord:
        """Keep a state, and the one before it.

        Args:
            arrays: of the dtypes that safetensors knows.
            rest: JSON-ready.
            step, epoch: where the run is.

        Raises:
            TrainingError: it cannot be written; what was kept before still is.
        """
        # Not `ascontiguousarray`: it makes a scalar an array of one.
        data = save(
            {name: np.asarray(array, order="C") for name, array in arrays.items()},
            metadata={_REST: json.dumps(rest)},
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            kept = [one for one in self._manifest() if one.file not in self._damaged]
            if not kept:
                check_space(self.folder, (_KEPT + 1) * len(data))
            record = CheckpointRecord(
                file=f"{self._last_serial() + 1:08d}.safetensors",
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                step=step,
                epoch=epoch,
            )
            self._sweep({one.file for one in kept})
            write_file(self.folder / record.file, data)
            kept = [*kept, record][-_KEPT:]
            write_file(self.folder / _MANIFEST, _Manifest(checkpoints=kept).model_dump_json(indent=1).encode())
            self._sweep({one.file for one in kept})
        except OSError as error:
            raise TrainingError(
                f"The checkpoint of step {step:,} cannot be written: {error.strerror or error}.",
                "The one before it is kept: free space, then resume the run.",
            ) from error
        return record

    def load(self) -> Checkpoint | None:
        """The newest good state; None when none was ever saved.

        Raises:
            TrainingError: there are checkpoints and all are damaged.
        """
        faults = []
        for record in reversed(self._manifest()):
            try:
                arrays, rest = self._read(record)
                return Checkpoint(arrays, rest, record, " ".join(faults))
            except (OSError, ValueError) as error:
                self._damaged.add(record.file)
                faults.append(f"The checkpoint of step {record.step:,} is damaged: {error}.")
        if faults:
            raise TrainingError(" ".join(faults), "No good one is left: start the run anew.")
        return None

    def newest(self) -> CheckpointRecord | None:
        """What the manifest names last, unchecked; None when there is none.

        Raises:
            TrainingError: the manifest is damaged.
        """
        return next(reversed(self._manifest()), None)

    def _read(self, record: CheckpointRecord) -> tuple[dict[str, np.ndarray], dict]:
        """Raises OSError or ValueError with what is wrong."""
        path = self.folder / record.file
        if (size := path.stat().st_size) != record.bytes:
            raise ValueError(f"it has {size:,} bytes, {record.bytes:,} were written")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise ValueError("its bytes are not those that were written")
        try:
            # The header: 8 bytes little-endian length, that much JSON.
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            return load(data), json.loads(header["__metadata__"][_REST])
        except (SafetensorError, KeyError, TypeError) as error:
            raise ValueError(f"it is no checkpoint ({error})") from error

    def _manifest(self) -> list[CheckpointRecord]:
        try:
            with (self.folder / _MANIFEST).open("rb") as file:
                data = file.read(_MAX_MANIFEST_BYTES)
            return _Manifest.model_validate_json(data).checkpoints
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            reason = first_fault(error) if isinstance(error, ValidationError) else error.strerror
            raise TrainingError(f"{_MANIFEST} cannot be read: {reason}.", "Start the run anew.") from error

    def _last_serial(self) -> int:
        return max((int(path.stem) for path in self.folder.glob("[0-9]" * 8 + ".safetensors")), default=0)

    def _sweep(self, named: set[str]) -> None:
        """Remove what a killed save left: half-written files, and whole ones that no manifest came to name."""
        sweep_leftovers(self.folder)
        for path in self.folder.glob("*.safetensors"):
            if path.name not in named:
                with suppress(OSError):  # it will go next time
                    path.unlink()
