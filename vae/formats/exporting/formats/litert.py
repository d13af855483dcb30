"""LiteRT: `.tflite` files for phones and small devices."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.formats.saved_model import write_saved_model
from vae.formats.exporting.usage import heads_of, picked

__all__ = ["LiteRTFormat"]


class LiteRTFormat(ExportFormat):
    """`encoder.tflite` and `decoder.tflite`, which TensorFlow converts from a SavedModel."""

    key = "litert"
    title = "LiteRT"
    suffix = "-litert.zip"
    meaning = "for phones and small devices"
    contents = "encoder and decoder, for phones and small devices"
    install = "ai-edge-litert"
    keras_backend = "tensorflow"
    is_archive = True

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        from vae.formats.exporting.litert import litert_bytes

        with tempfile.TemporaryDirectory(prefix="zscope-litert-") as scratch:
            saved_model = Path(scratch) / "saved_model"
            write_saved_model(bundle, saved_model)
            parts = {"encoder": "encode"} if heads_of(bundle.manifest.model) else {}
            for part, signature in (parts | {"decoder": "decode"}).items():
                (folder / f"{part}.tflite").write_bytes(litert_bytes(saved_model, signature))

    def _usage_lines(self, id: str, config) -> Iterator[str]:
        heads = heads_of(config)
        yield "from ai_edge_litert.interpreter import Interpreter"
        yield ""
        if heads:
            yield 'encoder = Interpreter("encoder.tflite")'
            yield 'posterior = encoder.get_signature_runner("encode")(images=images)'
            yield f"{', '.join(heads)} = {picked(heads)}"
        yield 'decoder = Interpreter("decoder.tflite")'
        yield 'pictures = decoder.get_signature_runner("decode")(codes=codes)["pictures"]'
