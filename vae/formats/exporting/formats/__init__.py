"""The export formats, one module each. Importing this package registers them; no framework is loaded.

To add a format, write a subclass of `ExportFormat` in a module here and add it to the loop below. The order is that of
the lists on pages.
"""

from vae.formats.exporting.format import FORMATS
from vae.formats.exporting.formats.bundle import BundleFormat
from vae.formats.exporting.formats.keras import KerasFormat
from vae.formats.exporting.formats.litert import LiteRTFormat
from vae.formats.exporting.formats.onnx import OnnxFormat
from vae.formats.exporting.formats.saved_model import SavedModelFormat
from vae.formats.exporting.formats.web_page import WebPageFormat

__all__ = ["FORMATS"]

for _format in (BundleFormat, KerasFormat, SavedModelFormat, OnnxFormat, LiteRTFormat, WebPageFormat):
    FORMATS.register(_format())
