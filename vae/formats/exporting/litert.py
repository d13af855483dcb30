"""LiteRT: TensorFlow's converter for phones and small devices."""

from pathlib import Path

from vae.errors import BadRequestError

__all__ = ["litert_bytes"]


def litert_bytes(saved_model: Path, signature: str) -> bytes:
    """A `.tflite` file of one signature of a SavedModel, of LiteRT's own operators alone.

    Raises:
        BadRequestError: it has an operator that LiteRT lacks.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model), signature_keys=[signature])
    try:
        return converter.convert()
    except Exception as error:  # the converter's own kinds of errors are not public
        raise BadRequestError(
            f"TensorFlow cannot convert {signature} to LiteRT: {' '.join(str(error).split())[:300]}",
            "Export this model as ONNX or SavedModel instead.",
        ) from error
