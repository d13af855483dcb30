"""Bundles: a model as a folder (or a zip of it) that holds data only.

model.json            what it is: id, title, data set, architecture; the other files' sizes and hashes
weights.safetensors   every weight by the name `vae.models.networks.plan.weight_shapes` gives it, float32
*.onnx                an imported model's encoder or decoder, where it is one that onnxruntime runs
card.json             how it was trained and what it reaches
reference.npz         the test images' codes: the sliders' ranges, the plane's points, the off-data meter
"""

from vae.formats.bundle.files import BUNDLE_FILES, ONNX_FILES
from vae.formats.bundle.read import Bundle, load_bundle, read_manifest
from vae.formats.bundle.schema import Card, Manifest
from vae.formats.bundle.write import check_writable, recover_interrupted, save_bundle

__all__ = [
    "BUNDLE_FILES",
    "ONNX_FILES",
    "Bundle",
    "Card",
    "Manifest",
    "check_writable",
    "load_bundle",
    "read_manifest",
    "recover_interrupted",
    "save_bundle",
]
