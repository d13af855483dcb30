"""Folders, requests and ids of runs."""

import os
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vae.bidi import WITHOUT_DIRECTION, without_direction
from vae.errors import BadRequestError, TrainingError
from vae.formats.bundle.schema import MODEL_ID
from vae.message import message
from vae.models.config import ModelConfig, TrainConfig
from vae.validation import first_fault
from zscope.jobs.runs.cli_command import command_for
from zscope.library.folders import PUBLISH_LOCK, runs_folder
from zscope.library.registry import is_shipped, models_folder

__all__ = [
    "PUBLISH_LOCK",
    "REQUEST_FILE",
    "RunRequest",
    "check_id",
    "free_id",
    "new_request",
    "read_request",
    "run_folder",
    "runs_folder",
]

REQUEST_FILE = "run.json"
_ID = re.compile(MODEL_ID)
_MAX_REQUEST_BYTES = 64_000

Place = Annotated[str, Field(max_length=4096)]


class RunRequest(BaseModel):
    """`run.json`: everything that a run needs to start, and to resume after a pause or a crash."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, protected_namespaces=())

    id: Annotated[str, Field(pattern=MODEL_ID)]  # of the run and of its model
    title: Annotated[str, Field(min_length=1, max_length=80), WITHOUT_DIRECTION]
    model: ModelConfig
    training: TrainConfig
    data_dir: Place | None = None  # see `vae.data.load_dataset`; an absolute path
    download: bool = False
    models: Place  # the folder for the bundle; an absolute path
    iwae_samples: Annotated[int, Field(ge=1, le=10_000)] = 100
    iwae_images: Annotated[int, Field(ge=1)] = 1000
    command: Annotated[str, Field(max_length=2000)]  # repeats the run; shown on the card
    created: Annotated[str, Field(max_length=64)]  # ISO 8601, UTC
    backend: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")] | None = None  # KERAS_BACKEND, if it was set
    # The most time and steps between two checkpoints, which a crash may lose.
    checkpoint_seconds: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    checkpoint_steps: Annotated[int, Field(ge=1)] | None = None
    report_seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0  # between two lines of progress

    @property
    def bundle(self) -> Path:
        """The folder of the saved model."""
        return Path(self.models) / self.id


def new_request(
    id: str,
    title: str,
    model: ModelConfig,
    training: TrainConfig,
    *,
    command: str = "",
    data_dir: str | Path | None = None,
    models: str | Path | None = None,
    **more: Any,
) -> RunRequest:
    """Make a request with absolute paths and all settings, so that its meaning does not depend on the environment.

    Args:
        command: repeats the run, shown on the card; "" makes it from the settings.
        data_dir: see `vae.data.load_dataset`.
        models: the folder for the bundle, `models_folder()` if None.
        more: other fields of `RunRequest`.

    Raises:
        BadRequestError: a field is invalid.
    """
    check_id(id)
    title = without_direction(title).strip() or id
    data_dir = data_dir or os.environ.get("ZSCOPE_DATA")
    fields: dict[str, Any] = {
        "id": id,
        "title": title,
        "model": model,
        "training": training,
        "command": command or command_for(id, title, model, training),
        "data_dir": str(Path(data_dir).absolute()) if data_dir else None,
        "models": str(Path(models or models_folder()).absolute()),
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "backend": os.environ.get("KERAS_BACKEND") or None,
    }
    try:
        return RunRequest(**fields | more)
    except ValidationError as error:
        raise BadRequestError(
            message("Can't make the run {id}: {first_fault}.", id=id, first_fault=first_fault(error)),
            "Correct that setting.",
        ) from None


def run_folder(id: str) -> Path:
    """Return the folder of a run, whether it exists or not.

    Raises:
        BadRequestError: it is not a valid id. An id may come from a URL, so it is checked before it becomes a path.
    """
    check_id(id)
    return runs_folder() / id


def check_id(id: str) -> None:
    """Raise a `BadRequestError` if the id is not valid."""
    if not _ID.fullmatch(id):
        raise BadRequestError(
            message("{id} cannot be an id.", id=repr(id[:80])), "Use lower-case letters, digits and dashes."
        )


def free_id(title: str) -> str:
    """Return an id for a new run of that title, which no run and no model has."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "model"
    number, id = 1, slug
    while is_shipped(id) or (models_folder() / id).exists() or (runs_folder() / id).exists():
        number += 1
        id = f"{slug}-{number}"
    return id


def read_request(folder: Path) -> RunRequest:
    """Read the request of the run in `folder`.

    Raises:
        TrainingError: it cannot be read, or is of another version.
    """
    try:
        file = folder / REQUEST_FILE
        if file.stat().st_size > _MAX_REQUEST_BYTES:
            raise TrainingError(
                message("{request_file} of the run {name} is too large.", request_file=REQUEST_FILE, name=folder.name),
                "Remove this run.",
            )
        request = RunRequest.model_validate_json(file.read_bytes())
    except OSError as error:
        raise TrainingError(
            message("Can't read the run {name}: {strerror}.", name=folder.name, strerror=error.strerror),
            "Start a new run.",
        ) from None
    except ValidationError as error:
        raise TrainingError(
            message(
                "{request_file} of the run {name}: {first_fault}.",
                request_file=REQUEST_FILE,
                name=folder.name,
                first_fault=first_fault(error),
            ),
            "It is of another version of Zscope, or damaged: start a new run.",
        ) from None
    if request.id != folder.name:
        raise TrainingError(
            message("The folder {name} contains the run {id}.", name=folder.name, id=request.id),
            message("Rename the folder to {id}.", id=request.id),
        )
    return request
