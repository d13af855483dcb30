"""Bundles: a model as a folder, or a zip of it, that contains data only.

model.json            id, title, data set, architecture; sizes and hashes of the other files
weights.safetensors   all weights, float32, by the names of `vae.models.networks.plan.weight_shapes`
*.onnx                encoder or decoder of an imported model that ONNX Runtime runs
card.json             origin and training of the model, and its measured figures
reference.npz         codes of the test images, for slider ranges, the points of the plane and the off-data meter
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
