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
from vae.formats.bundle.files import read_files
from vae.formats.exporting.formats import FORMATS, why_not
from vae.formats.exporting.report import ExportReport
from vae.formats.exporting.usage import usage
from vae.pictures.colors import CLASS_COLORS

__all__ = ["STEPS", "export_model"]

# What it says of itself, in this order.
STEPS = ("Loading the model", "Writing the file", "Loading the file again and comparing")


def export_model(
    model: str | Path, format: str, out: Path | None = None, say: Callable[[str], None] = lambda step: None
) -> ExportReport:
    """Export a model to a file that agrees with it.

    Args:
        model: the folder or zip of a bundle.
        format: an id of `FORMATS`.
        out: the file, which is replaced; or a folder, or None for this one, in which it gets a name of its own.
        say: told each of `STEPS` when it begins.

    Raises:
        BundleError: the model cannot be opened.
        BadRequestError: the format cannot hold it (`why_not`), or the file does not agree with the live model to
            `vae.formats.exporting.report.TOLERANCE`. Nothing is left.
        DataError: the data set whose images it is checked on is not here, or the file cannot be written.
    """
    if format not in FORMATS:
        raise BadRequestError(f"{format[:40]!r} is no format of an export.", f"Use one of {', '.join(FORMATS)}.")
    began = time.monotonic()
    say(STEPS[0])
    path = Path(model)
    bundle = load_bundle(path)
    id, config = bundle.manifest.id, bundle.manifest.model
    if reason := why_not(config, format):
        able = " or ".join(FORMATS[other].title for other in FORMATS if not why_not(config, other))
        raise BadRequestError(f"{id} cannot be exported as {FORMATS[format].title}. {reason}", f"Export it as {able}.")
    with disk_errors(f"The export of {id}"):
        out = _place(out, f"{id}{FORMATS[format].suffix}")
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            file = Path(scratch) / "file"
            if format == "html":
                images, differences = _write_page(bundle, file, say)
            else:
                images, differences = _write_checked(path, bundle, format, file, say)
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
        usage=usage(id, config, format),
    )


def _write_page(bundle: Bundle, file: Path, say: Callable[[str], None]) -> tuple[int, dict[str, float]]:
    """The stand-alone page; what rounding its weights does to pictures, measured where they are exact."""
    from vae.formats.exporting.demo import demo_page, rounding

    say(STEPS[1])
    file.write_bytes(demo_page(bundle, CLASS_COLORS))
    codes, difference = rounding(bundle)
    return codes, {"pictures": difference}


def _write_checked(
    path: Path, bundle: Bundle, format: str, file: Path, say: Callable[[str], None]
) -> tuple[int, dict[str, float]]:
    """Any other format; how many images it was checked on, and the largest difference of each output."""
    from vae.formats.exporting.checking import check, expected_of
    from vae.formats.exporting.writing import write_files

    id, expected = bundle.manifest.id, expected_of(bundle)
    written, opened = file.with_name("written"), file.with_name("opened")
    written.mkdir()
    opened.mkdir()
    say(STEPS[1])
    if format == "bundle":
        _zip(read_files(path), file)
    else:
        write_files(bundle, format, written)
        if format == "keras":
            (written / f"{id}.keras").rename(file)
        else:
            _zip({one.relative_to(written).as_posix(): one for one in sorted(written.rglob("*"))}, file)
        shutil.rmtree(written)
    say(STEPS[2])
    if format in ("bundle", "keras"):
        shutil.copyfile(file, opened / f"{id}{FORMATS[format].suffix}")
    else:
        with zipfile.ZipFile(file) as archive:
            archive.extractall(opened)
    return len(expected.codes), check(bundle, format, opened, expected)


def _place(out: Path | None, name: str) -> Path:
    out = Path(name) if out is None else out
    out = (out / name if out.is_dir() else out).absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _zip(content: dict[str, bytes | Path], file: Path) -> None:
    """Of one time, so that the same model gives the same archive."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if isinstance(data, Path) and data.is_dir():
                continue
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, data if isinstance(data, bytes) else data.read_bytes())
