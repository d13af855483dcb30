"""One model, one format, one file: written beside its place, checked from there, and only then put into it."""

import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from vae.data.user_data_writing import disk_errors
from vae.errors import BadRequestError
from vae.formats.bundle import Bundle, load_bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.readme import readme
from vae.formats.exporting.report import ExportReport
from vae.formats.exporting.zipping import write_zip

__all__ = ["STEPS", "export_model"]

# What it says of itself, in this order.
STEPS = ("Loading the model", "Writing the file", "Loading the file again and comparing")


def export_model(
    model: str | Path, format: str, out: Path | None = None, say: Callable[[str], None] = lambda step: None
) -> ExportReport:
    """Export a model to a file that agrees with it.

    Args:
        model: the folder or zip of a bundle.
        format: a key of `FORMATS`.
        out: the file, which is replaced; or a folder, or None for this one, in which it gets a name of its own.
        say: told each of `STEPS` when it begins.

    Raises:
        BundleError: the model cannot be opened.
        BadRequestError: there is no such format, it cannot hold the model (`ExportFormat.why_not`), or the file does
            not agree with the live model to `vae.formats.exporting.report.TOLERANCE`. Nothing is left.
        DataError: the data set whose images it is checked on is not here, or the file cannot be written.
    """
    kind = FORMATS[format]
    began = time.monotonic()
    say(STEPS[0])
    path = Path(model)
    bundle = load_bundle(path)
    id, config = bundle.manifest.id, bundle.manifest.model
    if reason := kind.why_not(config):
        able = " or ".join(other.title for other in FORMATS.values() if not other.why_not(config))
        raise BadRequestError(f"{id} cannot be exported as {kind.title}. {reason}", f"Export it as {able}.")
    with disk_errors(f"the export of {id}"):
        out = _place(out, f"{id}{kind.suffix}")
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            file = Path(scratch) / "file"
            images, differences = _write_checked(path, bundle, kind, file, say)
            file.chmod(0o644)
            os.replace(file, out)  # noqa: PTH105 (the name of the guarantee)
    return ExportReport(
        model_id=id,
        format=format,
        file=out,
        bytes=out.stat().st_size,
        seconds=round(time.monotonic() - began, 2),
        images=images,
        differences=differences,
        usage=kind.usage(id, config),
    )


def _write_checked(
    path: Path, bundle: Bundle, format: ExportFormat, file: Path, say: Callable[[str], None]
) -> tuple[int, dict[str, float]]:
    """Write the file; return on how many images it was checked, and the largest difference of each output."""
    expected = format.expected(bundle)
    written, opened = file.with_name("written"), file.with_name("opened")
    written.mkdir()
    opened.mkdir()
    say(STEPS[1])
    format.write(bundle, path, written)
    if format.is_archive:
        (written / "README.txt").write_text(readme(bundle, format), encoding="utf-8")
        write_zip({one.relative_to(written).as_posix(): one for one in sorted(written.rglob("*"))}, file)
    else:
        (one,) = written.iterdir()
        one.rename(file)
    shutil.rmtree(written)
    if format.reloads:
        say(STEPS[2])
    if format.is_archive:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(opened)
    else:
        shutil.copyfile(file, opened / f"{bundle.manifest.id}{format.suffix}")
    return len(expected.codes), format.check(bundle, opened, expected)


def _place(out: Path | None, name: str) -> Path:
    out = Path(name) if out is None else out
    out = (out / name if out.is_dir() else out).absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    return out
