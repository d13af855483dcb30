"""Simulated phone photographs of digits: tinted paper or a board, shadow, vignetting, blur, noise, JPEG."""

import io
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

from bench.statistics import percentiles
from vae.data import load_test_split
from vae.inference.codec import Codec
from vae.latent.neighbours import CodeFinder
from vae.pictures.preparation import prepare
from vae.pictures.preparation.input_style import input_style_of
from zscope.library.registry import open_model

MODEL = "mnist-16"
COUNT = 1000
VOTES = 10
WIDTH, HEIGHT = 640, 480


def run() -> dict:
    """Test digits as photographs: prepared, and by a plain resize; the digits themselves for comparison."""
    bundle = open_model(MODEL)
    judge = _Judge(bundle)
    test, wants = load_test_split("mnist"), input_style_of(bundle.manifest)
    rows = np.random.default_rng(0).choice(len(test.images), COUNT, replace=False)
    result = {"model": MODEL, "count": COUNT, "originals": judge.judge(test.images[rows], rows)}
    for name, board in (("paper", False), ("board", True)):
        prepared, plain, milliseconds = [], [], []
        for picture in photographs(test.images[rows][..., 0], board=board):
            start = time.perf_counter()
            prepared.append(prepare(picture, wants, (28, 28, 1)).image)
            milliseconds.append(1000 * (time.perf_counter() - start))
            small = ImageOps.fit(Image.fromarray(picture).convert("L"), (28, 28), Image.Resampling.LANCZOS)
            plain.append(np.asarray(small)[..., None])
        result[name] = {
            "prepared": judge.judge(np.stack(prepared), rows),
            "plain_resize": judge.judge(np.stack(plain), rows),
            "prepare": percentiles(milliseconds),
        }
    return result


class _Judge:
    """Reconstructs pictures of known test images with a model and compares them."""

    def __init__(self, bundle):
        self._reference = bundle.reference
        self._codec, self._finder = Codec(bundle.vae), CodeFinder(bundle.reference.z_mean)

    def judge(self, images: np.ndarray, rows: np.ndarray) -> dict[str, float]:
        """Return the share of correct votes of the nearest images, its standard error, and the MSE per pixel."""
        z, _ = self._codec.encode(images)
        near = self._finder.nearest(z, VOTES + 1)[0]
        labels = self._reference.labels
        right = [
            np.bincount(labels[some[some != row][:VOTES]]).argmax() == labels[row]  # its own code has no vote
            for some, row in zip(near, rows, strict=True)
        ]
        share = float(np.mean(right))
        errors = np.square(self._codec.decode(z) - images / 255).mean(axis=(1, 2, 3))
        return {
            "right": round(share, 4),
            "right_error": round((share * (1 - share) / len(right)) ** 0.5, 4),
            "mse": round(float(errors.mean()), 5),
        }


def photographs(digits: np.ndarray, seed: int = 0, board: bool = False) -> Iterator[np.ndarray]:
    """Render digits, one after the other.

    Args:
        digits: uint8 `(n, 28, 28)`, light on black.
        board: light ink on a dark board, in place of dark ink on paper.

    Yields:
        uint8 `(480, 640, 3)`.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    for digit in digits:
        side = int(rng.integers(110, 300))  # of the 28 pixels' frame
        turned = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        turned = turned.rotate(float(rng.uniform(-12, 12)), Image.Resampling.BICUBIC)
        ink = np.zeros((HEIGHT, WIDTH), np.float32)
        top, left = rng.integers(0, HEIGHT - side + 1), rng.integers(0, WIDTH - side + 1)
        ink[top : top + side, left : left + side] = np.asarray(turned, np.float32) / 255
        surface, pen = rng.uniform(0.62, 0.95, 3), rng.uniform(0.05, 0.25, 3)
        if board:
            surface, pen = rng.uniform(0.08, 0.25, 3), rng.uniform(0.7, 0.95, 3)
        cover = (rng.uniform(0.8, 1) * ink)[..., None]
        picture = (1 - cover) * surface + cover * pen
        picture = picture * _light(rng, rows, columns)[..., None]
        picture = ndimage.gaussian_filter(picture, (*[rng.uniform(0.6, 1.8)] * 2, 0))
        picture = picture + rng.normal(0, rng.uniform(0.01, 0.03), picture.shape)
        buffer = io.BytesIO()
        Image.fromarray(np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)).save(buffer, "JPEG", quality=60)
        yield np.asarray(Image.open(buffer))


def _light(rng: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Add vignetting, and a soft-edged shadow from one side."""
    x, y = (columns - WIDTH / 2) / (WIDTH / 2), (rows - HEIGHT / 2) / (HEIGHT / 2)
    vignette = 1 - rng.uniform(0.1, 0.4) * (x**2 + y**2) / 2
    angle, offset, softness = rng.uniform(0, 2 * np.pi), rng.uniform(-0.7, 0.7), rng.uniform(0.08, 0.5)
    beside = (np.cos(angle) * x + np.sin(angle) * y - offset) / softness
    return vignette * (1 - rng.uniform(0.15, 0.45) / (1 + np.exp(-4 * beside)))
