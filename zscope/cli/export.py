"""`export`: writes a model in another format."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from vae.formats.exporting.export import STEPS, export_model
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport
from zscope.cli.framework import load_framework
from zscope.cli.options import Model
from zscope.cli.progress import console
from zscope.library.registry import locate_bundle

__all__ = ["export"]


def export(
    model: Model,
    format: Annotated[str, typer.Option(help=f"One of {', '.join(FORMATS)}.")],
    out: Annotated[Path | None, typer.Option(help="File or folder to write to; the current folder by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
):
    """Export a model as a bundle, for Keras, TensorFlow (SavedModel), ONNX or LiteRT, or as a web page.

    The file is loaded again with its own runtime and compared with the model on 256 test images. It is deleted if it
    differs by more than 1e-4. The web page (html) has weights in half precision; the resulting error is printed.
    """
    # On the CPU, so that the differences are comparable everywhere: a GPU rounds products.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}

    def say(step: str) -> None:
        console.print(f"{step} …", style="dim", highlight=False)
        if step == STEPS[0]:
            load_framework()

    report = export_model(locate_bundle(model), format, out, say)
    if as_json:
        print(TypeAdapter(ExportReport).dump_json(report, indent=1).decode())
        return
    of = "test images" if "z_mean" in report.differences else "codes"
    print(f"{report.file}: {FORMATS[format].title}, {report.bytes / 1e6:.1f} MB, in {report.seconds:.1f} s")
    how = "Weights rounded, compared" if format == "html" else "Loaded again and compared"
    print(f"{how} on {report.images} {of}; largest differences from the model:")
    for name, difference in report.differences.items():
        print(f"  {name:12}{difference:.1e}")
    if not report.usage:
        return
    print("Loading code:\n")
    print("\n".join(f"  {line}" for line in report.usage.splitlines()))
