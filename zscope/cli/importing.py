"""`import`: imports an external model from files."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from vae.data import load_test_split
from vae.errors import BadRequestError, ImportRefusedError
from vae.formats.importing.draft import FoundNetwork
from vae.formats.importing.external_data import data_file_of
from vae.formats.importing.formats import IMPORTED
from vae.formats.importing.interpretation import Choices, Head
from vae.formats.importing.pixel_formats import PIXELS, Pixels, parse_pixels
from vae.formats.importing.posterior_scale import SPREADS, Spread, named_spread
from zscope.cli.framework import load_runtime
from zscope.cli.progress import console, progress, reporter
from zscope.jobs.importing.launcher import Intake, take_in
from zscope.library.registry import find_model

__all__ = ["import_files"]

_SPREADS = ", ".join(SPREADS)
_KINDS = (
    f"{', '.join(PIXELS)}; or MEAN,SD of a standardisation such as transforms.Normalize, for pixels in 0…1: 0.5,0.25. "
    "For colour, three means, then three SDs: 0.485,0.456,0.406,0.229,0.224,0.225"
)


def import_files(
    files: Annotated[
        list[Path],
        Argument(
            help="; ".join(f"{one.title}: {one.needs}" for one in IMPORTED.values())
            + ". The data file beside an .onnx file is added."
        ),
    ],
    title: Annotated[
        str, Option(help="Name of the model. Default: the first file name other than encoder or decoder.")
    ] = "",
    data: Annotated[str, Option(help="The model's data set (see `data list`), or `none`. Inferred by default.")] = "",
    pixels_in: Annotated[str, Option(help=f"Input pixels of the encoder: {_KINDS}. Inferred by default.")] = "",
    pixels_out: Annotated[str, Option(help="Output pixels of the decoder; see --pixels-in. Inferred by default.")] = "",
    mean: Annotated[int | None, Option(min=0, help="Index of the encoder's output with the mean, from 0.")] = None,
    log_var: Annotated[int | None, Option(min=0, help="Index of the output with the posterior scale.")] = None,
    spread: Annotated[str, Option(help=f"Meaning of the posterior scale: {_SPREADS}. Inferred by default.")] = "",
    as_json: Annotated[bool, Option("--json", help="Print JSON instead of lines.")] = False,
):
    """Import an external model. A sandboxed process reads the files; nothing in them is executed.

    The interpretation of pixels and outputs with the lowest reconstruction error is used. Options override it.
    """
    intake = take_in(_contents(files))
    try:
        load_runtime()
        if intake.draft.bundle:
            from zscope.jobs.importing.bundles import adopt

            id, readings = adopt(intake)
        else:
            name = title.strip() or intake.draft.title
            overrides = _Overrides(_pixels(pixels_in), _pixels(pixels_out), mean, log_var, _spread(spread))
            id, readings = _keep(intake, name[:80], data, overrides)
    finally:
        intake.discard()
    entry = find_model(id)
    if as_json:
        print(json.dumps({"id": id, "title": entry.title, "readings": list(readings)}, indent=1))
        return
    for line in readings:
        print(line)
    print(f"Imported as {id}: {entry.card.summary}")


def _contents(files: list[Path]) -> list[tuple[str, Path]]:
    if len(files) == 1 and files[0].is_dir():  # a bundle's folder
        inside = sorted(path for path in files[0].iterdir() if not path.name.startswith(".") and not path.is_dir())
        if not inside:
            raise ImportRefusedError(f"{files[0].name} contains no files.", "Use a bundle's folder, or model files.")
        return [(path.name, path) for path in inside]
    given = {path.resolve() for path in files}
    beside = {data_file_of(path) for path in files if path.suffix.lower() == ".onnx"}
    added = sorted(path for path in beside if path and path.resolve() not in given)
    return [(path.name, path) for path in [*files, *added]]


@dataclass(frozen=True)
class _Overrides:
    """The user's interpretation; None where not given."""

    taken: Pixels | None  # by the encoder
    given: Pixels | None  # by the decoder
    mean: int | None
    log_var: int | None
    spread: Spread | None


def _pixels(text: str) -> Pixels | None:
    return parse_pixels(text) if text else None


def _spread(kind: str) -> Spread | None:
    if kind and kind not in SPREADS:
        raise BadRequestError(f"Unknown posterior scale {kind!r}.", f"Use one of {_SPREADS}.")
    return SPREADS[kind] if kind else None


def _keep(intake: Intake, title: str, data: str, overrides: _Overrides) -> tuple[str, tuple[str, ...]]:
    from zscope.jobs.importing.candidate import Candidate
    from zscope.jobs.importing.dataset_match import likeliest

    candidate = Candidate(intake)
    for other in candidate.known_as():
        console.print(f"The same files were imported before, as {other}.")
    if data == "none":
        name, guess = None, candidate.guess(None, overrides.taken, overrides.given)
    elif data:
        name, guess = data, candidate.guess(load_test_split(data).images, overrides.taken, overrides.given)
    else:
        info, guess = likeliest(candidate, overrides.taken, overrides.given)
        name = info and info.id
        if info:
            console.print(f"Inferred data set: {info.title}. Use --data to choose another one.")
    choices = _corrected(guess.choices, overrides, candidate.draft.encoder)
    with progress() as bars:
        id = candidate.keep(choices, title, name, reporter(bars), guess.notes if choices == guess.choices else ())
    imported = find_model(id).card.imported
    return id, tuple(imported.readings) if imported else ()


def _corrected(choices: Choices, overrides: _Overrides, encoder: FoundNetwork | None) -> Choices:
    """Apply the user's interpretation to the inferred one."""
    if encoder is None and (
        overrides.taken or overrides.spread or overrides.mean is not None or overrides.log_var is not None
    ):
        raise ImportRefusedError("This model has no encoder.", "Leave --pixels-in, --mean, --log-var and --spread out.")
    for index in (overrides.mean, overrides.log_var):
        if encoder and index is not None and index >= len(encoder.outputs):
            raise BadRequestError(f"The encoder has no output {index}.", f"It has {len(encoder.outputs)}, from 0.")
    if overrides.mean is not None:
        choices = replace(choices, mean=Head(overrides.mean))
    if encoder and overrides.log_var is not None and Head(overrides.log_var) != choices.log_var:
        spread = named_spread(encoder.outputs[overrides.log_var]) or SPREADS["log-variance"]
        choices = replace(choices, log_var=Head(overrides.log_var), spread=spread)
    if overrides.spread:
        if choices.log_var is None:
            raise ImportRefusedError("The encoder has no output for the posterior scale.", "Leave --spread out.")
        choices = replace(choices, spread=overrides.spread)
    return choices
