"""Keras: one `.keras` file of Keras' own layers."""

from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.usage import heads_of

__all__ = ["KerasFormat"]


class KerasFormat(ExportFormat):
    """Encoder and decoder as layers of one functional model, which loads without the code of Zscope."""

    key = "keras"
    title = "Keras"
    suffix = ".keras"
    meaning = "for work in Python, on TensorFlow, JAX or PyTorch"
    contents = "one `.keras` file with encoder and decoder, of Keras' own layers only"
    install = "keras tensorflow"

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        from vae.formats.exporting.plain import plain_decoder, plain_encoder, whole_model

        config = bundle.manifest.model
        encoder = plain_encoder(bundle.vae) if config.encodes else None
        model = whole_model(encoder, plain_decoder(bundle.vae), config.classes)
        model.save(folder / f"{bundle.manifest.id}{self.suffix}")

    def _usage_lines(self, id: str, config) -> Iterator[str]:
        heads = heads_of(config)
        yield "import keras"
        yield ""
        yield f'model = keras.models.load_model("{id}{self.suffix}")'
        if heads:
            yield f'{", ".join(heads)} = model.get_layer("encoder").predict(images, verbose=0)'
            yield 'pictures = model.get_layer("decoder").predict(codes, verbose=0)'
        else:
            yield "pictures = model.predict(codes, verbose=0)"
