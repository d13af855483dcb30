"""A model as a file for elsewhere: written, loaded again by its own runtime, and compared with the live one.

`formats` (what there is) → `exporting` (`plain`, `onnx_graph`, `writing`) → `checking`; `jobs` runs it beside a server.
"""

from vae.formats.exporting.export import export_model
from vae.formats.exporting.formats import FORMATS, why_not
from vae.formats.exporting.report import ExportReport

__all__ = ["FORMATS", "ExportReport", "export_model", "why_not"]
