"""A model as a file for elsewhere: written, loaded again by its own runtime, and compared with the live one.

`formats` (what there is) → `exporting` (`plain`, `onnx_graph`, `writing`) → `checking`; `jobs` runs it beside a server.
"""

from vae.export.exporting import export_model
from vae.export.formats import FORMATS, why_not
from vae.export.report import ExportReport

__all__ = ["FORMATS", "ExportReport", "export_model", "why_not"]
