"""The files of each format, into a folder."""

import tempfile
from pathlib import Path

from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.formats.exporting.mean_form import mean_form
from vae.formats.exporting.usage import heads_of, readme
from vae.models.networks.plan import part_graph, part_weights

__all__ = ["write_files"]


def write_files(bundle: Bundle, format: str, folder: Path) -> None:
    """Write what the archive of a format holds, or the single file of one that is none.

    Raises:
        BadRequestError: the model has a layer that the format does not know, or another framework than Keras runs on
            here is needed.
    """
    manifest = bundle.manifest
    _WRITERS[format](bundle, folder)
    if format != "keras":
        text = readme(manifest.id, manifest.title, bundle.card.licence, manifest.model, format)
        (folder / "README.txt").write_text(text, encoding="utf-8")


def _keras(bundle: Bundle, folder: Path) -> None:
    from vae.formats.exporting.plain import plain_decoder, plain_encoder, whole_model

    config = bundle.manifest.model
    encoder = plain_encoder(bundle.vae) if config.encodes else None
    model = whole_model(encoder, plain_decoder(bundle.vae), config.classes)
    model.save(folder / f"{bundle.manifest.id}.keras")


def _onnx(bundle: Bundle, folder: Path) -> None:
    """From the graph and the weights: no framework is loaded."""
    from vae.formats.exporting.onnx_model import onnx_bytes

    config = bundle.manifest.model
    for part, taken, given in (("encoder", "images", heads_of(config)), ("decoder", "codes", ("pictures",))):
        if part in bundle.onnx:
            (folder / f"{part}.onnx").write_bytes(bundle.onnx[part])
        elif given:
            graph, weights = part_graph(config, part), part_weights(config, part, bundle.weights)
            mean = mean_form(config) if part == "decoder" else ""
            (folder / f"{part}.onnx").write_bytes(onnx_bytes(graph, weights, part, taken, given, mean))


def _saved_model(bundle: Bundle, folder: Path) -> None:
    """`saved_model/` with the signatures `encode` and `decode`."""
    import keras

    from vae.formats.exporting.plain import plain_decoder, plain_encoder

    if keras.backend.backend() != "tensorflow":
        raise BadRequestError(
            f"SavedModel and LiteRT are TensorFlow's own formats; Keras runs on {keras.backend.backend()} here.",
            "Install tensorflow and set KERAS_BACKEND=tensorflow, or export as Keras or ONNX.",
        )
    config, heads = bundle.manifest.model, heads_of(bundle.manifest.model)
    # Variables that its functions use are kept by themselves: `track` would write each of them twice.
    archive, decoder = keras.export.ExportArchive(), plain_decoder(bundle.vae)
    if heads:
        encoder = plain_encoder(bundle.vae)

        def encode(images):
            outputs = encoder(images, training=False)
            return dict(zip(heads, outputs if isinstance(outputs, list) else [outputs], strict=True))

        spec = keras.InputSpec(shape=(None, *config.image_shape), dtype="float32", name="images")
        archive.add_endpoint("encode", encode, input_signature=[spec])

    def decode(codes):
        return {"pictures": decoder(codes, training=False)}

    spec = keras.InputSpec(shape=(None, config.code_dim), dtype="float32", name="codes")
    archive.add_endpoint("decode", decode, input_signature=[spec])
    archive.write_out(folder / "saved_model", verbose=False)


def _litert(bundle: Bundle, folder: Path) -> None:
    from vae.formats.exporting.litert import litert_bytes

    with tempfile.TemporaryDirectory(prefix="zscope-litert-") as scratch:
        _saved_model(bundle, Path(scratch))
        parts = {"encoder": "encode"} if heads_of(bundle.manifest.model) else {}
        for part, signature in (parts | {"decoder": "decode"}).items():
            (folder / f"{part}.tflite").write_bytes(litert_bytes(Path(scratch) / "saved_model", signature))


_WRITERS = {"keras": _keras, "litert": _litert, "onnx": _onnx, "saved-model": _saved_model}
