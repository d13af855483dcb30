"""Compares an exported file with the live model on real images."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from vae.data import load_test_split
from vae.errors import BadRequestError
from vae.formats.bundle import Bundle
from vae.formats.exporting.report import TOLERANCE
from vae.formats.exporting.usage import heads_of
from vae.message import message

__all__ = ["CHECKED_IMAGES", "Expected", "compare", "expected_of", "run_usage"]

CHECKED_IMAGES = 256
_TIMEOUT = 300.0  # seconds
_PROGRAM = """
import sys
with __import__("numpy").load(sys.argv[1]) as given:
    images, codes = given["images"], given["codes"]
{usage}
__import__("numpy").savez(sys.argv[2], {outputs})
"""


class Expected:
    """Outputs of the live model for real images.

    Attributes:
        images: float32 `(n, h, w, c)` in [0, 1], the first images of the test split; none for a decoder alone.
        codes: float32 `(n, code_dim)`: the images' means, followed by one-hot classes if the model is conditional; the
            bundle's reference codes for a decoder alone.
        outputs: by name: "z_mean", "z_log_var", "pictures".
    """

    def __init__(self, images: np.ndarray, codes: np.ndarray, outputs: dict[str, np.ndarray]):
        self.images = images
        self.codes = codes
        self.outputs = outputs


def expected_of(bundle: Bundle) -> Expected:
    """Run the live model.

    Raises:
        DataError: its data set is not available.
    """
    from vae.inference.codec import Codec

    config, codec = bundle.manifest.model, Codec(bundle.vae)
    heads, outputs = heads_of(config), {}
    images = np.zeros((0, *config.image_shape), np.float32)
    codes = bundle.reference.z_mean[:CHECKED_IMAGES]
    if heads:
        split = load_test_split(bundle.manifest.dataset)
        images = split.images[:CHECKED_IMAGES].astype(np.float32) / np.float32(255)
        outputs = dict(zip(heads, codec.encode(images), strict=False))  # a plain autoencoder has no variance
        codes = outputs["z_mean"]
        if config.classes:
            one_hot = np.eye(config.classes, dtype=np.float32)[split.labels[:CHECKED_IMAGES]]
            codes = np.concatenate([codes, one_hot], axis=1)
    return Expected(images, codes, outputs | {"pictures": codec.decode(codes)})


def compare(found: dict[str, np.ndarray], expected: Expected) -> dict[str, float]:
    """Return the largest absolute difference of each output.

    Raises:
        BadRequestError: a difference is above `TOLERANCE`, or not a number.
    """
    differences = {name: _largest(found[name], array) for name, array in expected.outputs.items()}
    for name, difference in differences.items():
        if not difference <= TOLERANCE:  # also true for NaN
            raise BadRequestError(
                message(
                    "The exported file's {name} differ from the live model's by up to {difference}; "
                    "{tolerance} is allowed. The file was deleted.",
                    name=name,
                    difference=f"{difference:.2g}",
                    tolerance=f"{TOLERANCE:g}",
                ),
                "Export the model in another format.",
            )
    return differences


def _largest(found: np.ndarray, expected: np.ndarray) -> float:
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found.astype(np.float64) - expected).max())


def run_usage(usage: str, folder: Path, expected: Expected) -> dict[str, np.ndarray]:
    """Run the usage code of a format in a process that cannot import Zscope, and return its outputs.

    Args:
        usage: Python that computes the outputs from `images` and `codes`.
        folder: the working directory.
        expected: the images and codes, and the names of the outputs.

    Raises:
        BadRequestError: it fails, or takes too long.
    """
    names = list(expected.outputs)
    program = _PROGRAM.format(usage=usage, outputs=", ".join(f"{name}={name}" for name in names))
    with tempfile.TemporaryDirectory(prefix="zscope-check-") as scratch:
        given, found = Path(scratch) / "given.npz", Path(scratch) / "found.npz"
        np.savez(given, images=expected.images, codes=expected.codes)
        try:
            done = subprocess.run(
                # -I: no imports from this folder or from PYTHONPATH
                [sys.executable, "-I", "-c", program, str(given), str(found)],
                cwd=folder,
                env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BadRequestError(
                message("Loading the exported file took more than {timeout} seconds.", timeout=f"{_TIMEOUT:.0f}"),
                "Try again when the machine is less busy.",
            ) from None
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
            raise BadRequestError(
                message("The exported file cannot be loaded: {last}", last=last[0][:300]),
                "Export the model in another format.",
            )
        with np.load(found) as arrays:
            return {name: arrays[name] for name in names}
