"""Converts SavedModels to LiteRT with TensorFlow's converter."""

from pathlib import Path

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["litert_bytes"]


def litert_bytes(saved_model: Path, signature: str) -> bytes:
    """Return a `.tflite` file of one signature of a SavedModel, with LiteRT's built-in operators only.

    Raises:
        BadRequestError: LiteRT lacks an operator of the model.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model), signature_keys=[signature])
    try:
        return converter.convert()
    except Exception as error:  # the converter's exceptions are not public
        raise BadRequestError(
            message(
                "TensorFlow cannot convert {signature} to LiteRT: {split}",
                signature=signature,
                split=" ".join(str(error).split())[:300],
            ),
            "Export this model as ONNX or SavedModel instead.",
        ) from error
