"""Differences between exported files or other backends and the live model on 256 images."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from zscope.library.registry import locate_bundle

MODELS = ("mnist-16", "mnist-2d", "mnist-binary-32", "fashion-16")
IMAGES = 256
# Run once under each backend: the outputs of the same bundle.
_PROGRAM = """
import sys, numpy as np
from vae import Codec
from vae.data import load_test_split
from zscope.library.registry import open_model
bundle = open_model(sys.argv[1])
codec = Codec(bundle.vae)
z_mean, z_log_var = codec.encode(load_test_split(bundle.manifest.dataset).images[:256])
np.savez(sys.argv[2], z_mean=z_mean, z_log_var=z_log_var, pictures=codec.decode(z_mean))
"""


def run() -> dict:
    from vae.formats.exporting import FORMATS, export_model

    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for model in MODELS:
            reports = {one.key: export_model(locate_bundle(model), one.key, folder) for one in FORMATS.values()}
            found[model] = {
                format: {
                    "megabytes": round(report.bytes / 1e6, 1),
                    "seconds": report.seconds,
                    "largest": float(f"{report.largest:.1e}"),
                }
                for format, report in reports.items()
            }
            found[model]["jax"] = {"largest": float(f"{_between_backends(model, folder):.1e}")}
    return {"images": IMAGES, "models": found}


def _between_backends(model: str, folder: Path) -> float:
    """The largest difference between TensorFlow's and JAX's outputs, both on the CPU."""
    outputs = []
    for backend in ("tensorflow", "jax"):
        out = folder / f"{backend}.npz"
        environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
        subprocess.run([sys.executable, "-c", _PROGRAM, model, str(out)], env=environment, check=True)
        with np.load(out) as arrays:
            outputs.append(dict(arrays))
    ours, theirs = outputs
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)
