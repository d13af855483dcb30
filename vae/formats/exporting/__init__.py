"""Export a model to a file, load the file again with its own runtime, and compare it with the live model.

`formats` has one object for each format; `export` writes a file with one of them, and `checking` compares it.
"""

from vae.formats.exporting.export import export_model
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport

__all__ = ["FORMATS", "ExportFormat", "ExportReport", "export_model"]
