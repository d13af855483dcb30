"""Exports a model: the file is written beside its target, checked, and only then renamed to it."""

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
from vae.message import N_, message

__all__ = ["STEPS", "export_model"]

# Reported in this order.
STEPS = (N_("Loading the model"), N_("Writing the file"), N_("Loading the file again and comparing"))


def export_model(
    model: str | Path, format: str, out: Path | None = None, report: Callable[[str], None] = lambda step: None
) -> ExportReport:
    """Export a model to a file that agrees with it.

    Args:
        model: the folder or zip of a bundle.
        format: a key of `FORMATS`.
        out: the file, which is replaced; or a folder, in which the file gets a default name; None for the working
            directory.
        report: called with each of `STEPS` at its start.

    Raises:
        BundleError: the model cannot be opened.
        BadRequestError: the format does not exist or cannot contain the model (`ExportFormat.why_not`), or the file
            differs from the live model by more than `vae.formats.exporting.report.TOLERANCE`. No file is left.
        DataError: the data set for the check is not available, or the file cannot be written.
    """
    kind = FORMATS[format]
    began = time.monotonic()
    report(STEPS[0])
    path = Path(model)
    bundle = load_bundle(path)
    id, config = bundle.manifest.id, bundle.manifest.model
    if reason := kind.why_not(config):
        able = " or ".join(other.title for other in FORMATS.values() if not other.why_not(config))
        raise BadRequestError(
            message("{id} cannot be exported as {title}. {reason}", id=id, title=kind.title, reason=reason),
            message("Export it as {able}.", able=able),
        )
    with disk_errors(f"the export of {id}"):
        out = _place(out, f"{id}{kind.suffix}")
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            file = Path(scratch) / "file"
            images, differences = _write_checked(path, bundle, kind, file, report)
            file.chmod(0o644)
            os.replace(file, out)  # noqa: PTH105 (os.replace is atomic by name)
    return ExportReport(
        model_id=id,
        format=format,
        file=out,
        bytes=out.stat().st_size,
        seconds=round(time.monotonic() - began, 2),
        images=images,
        differences=differences,
        usage=kind.usage(id, config).replace(f"{id}{kind.suffix}", out.name),  # the user may have named it
    )


def _write_checked(
    path: Path, bundle: Bundle, format: ExportFormat, file: Path, report: Callable[[str], None]
) -> tuple[int, dict[str, float]]:
    """Write and check the file; return the number of checked images and the largest difference of each output."""
    expected = format.expected(bundle)
    written, opened = file.with_name("written"), file.with_name("opened")
    written.mkdir()
    opened.mkdir()
    report(STEPS[1])
    format.write(bundle, path, written)
    if format.is_archive:
        (written / "README.txt").write_text(readme(bundle, format), encoding="utf-8")
        write_zip({one.relative_to(written).as_posix(): one for one in sorted(written.rglob("*"))}, file)
    else:
        (one,) = written.iterdir()
        one.rename(file)
    shutil.rmtree(written)
    if format.reloads:
        report(STEPS[2])
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
