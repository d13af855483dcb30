"""The last two checkpoints of a run, each checked by its hash before use.

A checkpoint is one safetensors file, listed in the manifest. A new file is complete before it is listed, and an old one
is removed after it is no longer listed, so at every moment all listed files exist.
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
from vae.message import message
from vae.validation import first_fault

__all__ = ["Checkpoint", "CheckpointRecord", "CheckpointStore"]

_MANIFEST = "checkpoints.json"
_KEPT = 2
_REST = "rest"
_MAX_MANIFEST_BYTES = 64_000


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CheckpointRecord(_Record):
    """One checkpoint in the manifest."""

    file: Annotated[str, Field(pattern=r"^[0-9]{8}\.safetensors$")]  # a serial number, so that no file is overwritten
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    step: Annotated[int, Field(ge=0)]
    epoch: Annotated[int, Field(ge=0)]  # finished epochs


class _Manifest(_Record):
    format: Literal["zscope-checkpoints"] = "zscope-checkpoints"
    version: Literal[1] = 1
    checkpoints: Annotated[list[CheckpointRecord], Field(max_length=_KEPT)]  # oldest first


@dataclass(frozen=True)
class Checkpoint:
    """A saved state.

    Attributes:
        arrays: by name, from `Trainer.state`.
        rest: the JSON part.
        fallback: why a newer checkpoint was not used, else "".
    """

    arrays: dict[str, np.ndarray]
    rest: dict
    record: CheckpointRecord
    fallback: str = ""


class CheckpointStore:
    """The checkpoints in one folder. Only the process with the run's lock may write; every process may read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._damaged: set[str] = set()  # found by `load`; the next save must not replace a good one by these

    def save(self, arrays: dict[str, np.ndarray], rest: dict, step: int, epoch: int) -> CheckpointRecord:
        """Save a state; the checkpoint before it is kept.

        Args:
            arrays: of dtypes that safetensors supports.
            rest: JSON-serialisable.
            step, epoch: position of the run.

        Raises:
            TrainingError: it cannot be written; the checkpoints before it are unchanged.
        """
        # Not `ascontiguousarray`, which turns a scalar into an array of one element.
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
                message(
                    "Can't write the checkpoint of step {step}: {value}.",
                    step=f"{step:,}",
                    value=error.strerror or error,
                ),
                "The last checkpoint is kept: free some space, then resume the run.",
            ) from error
        return record

    def load(self) -> Checkpoint | None:
        """Return the newest undamaged checkpoint; None if none was saved.

        Raises:
            TrainingError: all checkpoints are damaged.
        """
        faults: list[str] = []
        for record in reversed(self._manifest()):
            try:
                arrays, rest = self._read(record)
                return Checkpoint(arrays, rest, record, " ".join(faults))
            except (OSError, ValueError) as error:
                self._damaged.add(record.file)
                faults.append(
                    message("The checkpoint of step {step} is damaged: {error}.", step=f"{record.step:,}", error=error)
                )
        if faults:
            raise TrainingError(" ".join(faults), "No checkpoint is left: start a new run.")
        return None

    def newest(self) -> CheckpointRecord | None:
        """Return the last entry of the manifest without checking its file; None if there is none.

        Raises:
            TrainingError: the manifest is damaged.
        """
        return next(reversed(self._manifest()), None)

    def _read(self, record: CheckpointRecord) -> tuple[dict[str, np.ndarray], dict]:
        """Read and check a checkpoint.

        Raises:
            OSError, ValueError: it cannot be read, or is damaged.
        """
        path = self.folder / record.file
        if (size := path.stat().st_size) != record.bytes:
            raise ValueError(f"it has {size:,} bytes instead of {record.bytes:,}")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise ValueError("its bytes have changed")
        try:
            # The header: 8 bytes little-endian length, that much JSON.
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            return load(data), json.loads(header["__metadata__"][_REST])
        except (SafetensorError, KeyError, TypeError) as error:
            raise ValueError(f"it is not a checkpoint ({error})") from error

    def _manifest(self) -> list[CheckpointRecord]:
        try:
            with (self.folder / _MANIFEST).open("rb") as file:
                data = file.read(_MAX_MANIFEST_BYTES)
            return _Manifest.model_validate_json(data).checkpoints
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            reason = first_fault(error) if isinstance(error, ValidationError) else error.strerror
            raise TrainingError(
                message("Can't read {manifest}: {reason}.", manifest=_MANIFEST, reason=reason), "Start a new run."
            ) from error

    def _last_serial(self) -> int:
        return max((int(path.stem) for path in self.folder.glob("[0-9]" * 8 + ".safetensors")), default=0)

    def _sweep(self, named: set[str]) -> None:
        """Remove the files that a killed save left: incomplete ones, and complete ones that are not listed."""
        sweep_leftovers(self.folder)
        for path in self.folder.glob("*.safetensors"):
            if path.name not in named:
                with suppress(OSError):  # the next sweep removes it
                    path.unlink()
