"""The formats a model is exported in. No framework is loaded."""

from dataclasses import dataclass

from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["FORMATS", "Format", "why_not"]


@dataclass(frozen=True)
class Format:
    """One of them.

    Attributes:
        title: its name.
        suffix: of the file, after the model's id.
        purpose: who wants it, half a sentence.
        install: what `pip` is told to install for it, beside NumPy; "" where it is this project.
        any_network: whether a network that is known as an ONNX file alone can be written in it.
    """

    title: str
    suffix: str
    purpose: str
    install: str
    any_network: bool = False


FORMATS = {
    "bundle": Format(
        "Bundle", ".zip", "for another Zscope: the weights with their card and codes", "", any_network=True
    ),
    "keras": Format("Keras", ".keras", "to go on in Python, on TensorFlow, JAX or PyTorch", "keras tensorflow"),
    "saved-model": Format(
        "SavedModel", "-saved-model.zip", "for TensorFlow and its serving, as `encode` and `decode`", "tensorflow"
    ),
    "onnx": Format("ONNX", "-onnx.zip", "for nearly every other runtime, browsers too", "onnxruntime", True),
    "litert": Format("LiteRT", "-litert.zip", "for phones and small devices", "ai-edge-litert"),
    "html": Format("Web page", ".html", "to drag in any browser, from a USB stick, without a network", ""),
}


def why_not(config: ModelConfig | ImportedConfig, format: str) -> str:
    """Why a model cannot be had in a format, a sentence; "" where it can."""
    if config.onnx_parts and not FORMATS[format].any_network:
        return "Its network is an ONNX file: its operators are no layers that could be written in this format."
    return ""
