"""Exports a model to a file, loads the file again with its own runtime, and compares it with the live model.

`formats` has one object for each format, `export` writes a file, and `checking` compares it with the model.
"""

from vae.formats.exporting.export import export_model
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport

__all__ = ["FORMATS", "ExportFormat", "ExportReport", "export_model"]
