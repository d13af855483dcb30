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
    format: Annotated[str, typer.Option(help="; ".join(f"{one.key}, {one.meaning}" for one in FORMATS.values()) + ".")],
    out: Annotated[Path | None, typer.Option(help="The file, or a folder for it. Default: the current folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
):
    """Export a model to a file for other programs.

    The file is loaded again with its own runtime and compared with the model on 256 test images. It is deleted if it
    differs by more than 1e-4. The web page (html) has weights in half precision; the resulting error is printed.
    """
    # On the CPU, so that the differences are the same everywhere: a GPU rounds products.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}

    def show(step: str) -> None:
        console.print(f"{step} …", style="dim", highlight=False)
        if step == STEPS[0]:
            load_framework()

    kind = FORMATS[format]
    report = export_model(locate_bundle(model), kind.key, out, show)
    if as_json:
        print(TypeAdapter(ExportReport).dump_json(report, indent=1).decode())
        return
    of = "test images" if "z_mean" in report.differences else "codes"
    print(f"{report.file}: {kind.title}, {report.bytes / 1e6:.1f} MB, in {report.seconds:.1f} s")
    how = "Loaded again and compared on" if kind.reloads else "Weights rounded; compared on"
    print(f"{how} {report.images} {of}; largest differences from the model:")
    for name, difference in report.differences.items():
        print(f"  {name:12}{difference:.1e}")
    if not report.usage:
        return
    print("Loading code:\n")
    print("\n".join(f"  {line}" for line in report.usage.splitlines()))
