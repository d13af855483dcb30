"""`import`: a model made elsewhere, as files → a bundle among the models."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from vae.cli.framework import load_framework
from vae.cli.progress import console, progress, reporter
from vae.data import load_test_split
from vae.errors import BadRequestError, ImportRefusedError
from vae.importing.choices import Choices, Head
from vae.importing.pictures import PIXELS, Pixels
from vae.importing.process import take_in
from vae.registry import find_model

__all__ = ["import_files"]

_KINDS = ", ".join(PIXELS)


def import_files(
    files: Annotated[list[Path], Argument(help="A bundle (zip or folder), a .keras or .onnx file, or two of them.")],
    title: Annotated[str, Option(help="What to call it; the first file's name when not given.")] = "",
    data: Annotated[
        str, Option(help="Data set whose pictures it is of (`data list`), or none. The likeliest when not given.")
    ] = "",
    pixels_in: Annotated[str, Option(help=f"Pixels its encoder takes: {_KINDS}. Found by trying when not given.")] = "",
    pixels_out: Annotated[str, Option(help=f"Pixels its decoder gives: {_KINDS}.")] = "",
    mean: Annotated[
        int | None, Option(min=0, help="Which of the encoder's outputs is the mean, counted from 0.")
    ] = None,
    log_var: Annotated[int | None, Option(min=0, help="Which is the log-variance.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print JSON instead of lines.")] = False,
):
    """Bring a model made elsewhere. It is read by a process with little memory, time and reach, and nothing in it is
    run as a program. What its numbers mean is found by looking at what it makes of pictures; say it where that is
    wrong.
    """
    intake = take_in(_contents(files))
    try:
        load_framework()
        if intake.draft.bundle:
            from vae.importing.bundles import adopt

            id, told = adopt(intake)
        else:
            name = title.strip() or _name(files)
            id, told = _keep(intake, name[:80], data, _said(pixels_in), _said(pixels_out), mean, log_var)
    finally:
        intake.discard()
    entry = find_model(id)
    if as_json:
        print(json.dumps({"id": id, "title": entry.title, "readings": list(told)}, indent=1))
        return
    for line in told:
        print(line)
    print(f"Imported as {id}: {entry.card.summary}")


def _contents(files: list[Path]) -> list[tuple[str, Path]]:
    if len(files) == 1 and files[0].is_dir():  # a bundle's folder
        return [(path.name, path) for path in sorted(files[0].iterdir()) if not path.name.startswith(".")]
    return [(path.name, path) for path in files]


def _name(files: list[Path]) -> str:
    """The name of the one file that has one of its own."""
    named = [path.stem for path in files if path.stem.lower() not in ("encoder", "decoder", "model", "vae")]
    return named[0] if named else "Imported model"


def _said(kind: str) -> Pixels | None:
    if kind and kind not in PIXELS:
        raise BadRequestError(f"No pixels are called {kind!r}.", f"Use one of {_KINDS}.")
    return PIXELS[kind] if kind else None


def _keep(
    intake, title: str, data: str, taken: Pixels | None, given: Pixels | None, mean: int | None, log_var: int | None
) -> tuple[str, tuple[str, ...]]:
    from vae.importing.finishing import Candidate
    from vae.importing.kin import likeliest

    candidate = Candidate(intake)
    if data == "none":
        name, guess = None, candidate.guess(None)
    elif data:
        name, guess = data, candidate.guess(load_test_split(data).images)
    else:
        info, guess = likeliest(candidate)
        name = info and info.id
        if info:
            console.print(f"Taken for a model of {info.title}: --data says otherwise.")
    choices = _corrected(guess.choices, taken, given, mean, log_var, candidate)
    with progress() as bars:
        id = candidate.keep(choices, title, name, reporter(bars))
    return id, tuple(find_model(id).card.imported.readings)


def _corrected(choices: Choices, taken, given, mean, log_var, candidate) -> Choices:
    """What a person said instead of what was found."""
    encoder = candidate.draft.encoder
    if encoder is None and (taken or mean is not None or log_var is not None):
        raise ImportRefusedError("This is a decoder alone: it takes no pictures.", "Leave those options out.")
    for index in (mean, log_var):
        if encoder and index is not None and index >= len(encoder.outputs):
            raise BadRequestError(f"The encoder has no output {index}.", f"It has {len(encoder.outputs)}, from 0.")
    if taken:
        choices = replace(choices, taken=(choices.taken[0], taken))
    if given:
        choices = replace(choices, given=(choices.given[0], given))
    if mean is not None:
        choices = replace(choices, mean=Head(mean))
    if log_var is not None:
        choices = replace(choices, log_var=Head(log_var))
    return choices
