"""SavedModel: TensorFlow's own format, with the signatures `encode` and `decode`."""

from collections.abc import Iterator
from pathlib import Path

from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.usage import heads_of, picked
from vae.message import message

__all__ = ["SavedModelFormat", "write_saved_model"]


class SavedModelFormat(ExportFormat):
    """A folder `saved_model`."""

    key = "saved-model"
    title = "SavedModel"
    suffix = "-saved-model.zip"
    meaning = "for TensorFlow and TensorFlow Serving, as `encode` and `decode`"
    contents = "the functions `encode` and `decode`, for TensorFlow"
    install = "tensorflow"
    keras_backend = "tensorflow"
    is_archive = True

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        write_saved_model(bundle, folder / "saved_model")

    def _usage_lines(self, id: str, config) -> Iterator[str]:
        heads = heads_of(config)
        yield "import tensorflow as tf"
        yield ""
        yield 'signatures = tf.saved_model.load("saved_model").signatures'
        if heads:
            yield 'posterior = signatures["encode"](images=tf.constant(images))'
            yield f"{', '.join(heads)} = {picked(heads, '.numpy()')}"
        yield 'pictures = signatures["decode"](codes=tf.constant(codes))["pictures"].numpy()'


def write_saved_model(bundle: Bundle, folder: Path) -> None:
    """Write a SavedModel with the signatures `encode`, if the model has an encoder, and `decode`.

    Raises:
        BadRequestError: Keras does not run on TensorFlow.
    """
    import keras

    from vae.formats.exporting.plain import plain_decoder, plain_encoder

    if keras.backend.backend() != "tensorflow":
        raise BadRequestError(
            message("SavedModel and LiteRT need TensorFlow; Keras runs on {backend}.", backend=keras.backend.backend()),
            "Install tensorflow and set KERAS_BACKEND=tensorflow, or export as Keras or ONNX.",
        )
    config, heads = bundle.manifest.model, heads_of(bundle.manifest.model)
    # The archive tracks the variables of its functions: `track` would write each of them twice.
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
    archive.write_out(folder, verbose=False)  # pyright: ignore[reportAttributeAccessIssue]  only TensorFlow has it
