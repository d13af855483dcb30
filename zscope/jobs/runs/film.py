"""The film of a run: after each epoch, the same images are reconstructed and the same codes decoded.

Frames are PNG files, `{epoch:05d}-reconstructions.png` (originals above, reconstructions below) and
`{epoch:05d}-codes.png`; epoch 0 is the model before its first step. A long run has a frame for
every k-th epoch only, and for the epoch whose weights are saved.
"""

import math
import re
from pathlib import Path
from statistics import NormalDist

import numpy as np
from keras import ops

from vae.data.dataset import Split
from vae.durable import sweep_leftovers, write_file
from vae.evaluation.codes import with_classes
from vae.inference.codec import Codec
from vae.models.vae import VAE
from vae.pictures.contact_sheet import contact_sheet, png_bytes

__all__ = ["Film"]

_IMAGES = 8
_SIDE = 12  # rows and columns of the grid over a two-dimensional latent space
_SAMPLES = 24
_MOST_FRAMES = 200
_FRAME = re.compile(r"^\d{5}-(reconstructions|codes)\.png$")


class Film:
    """The frames of one run.

    Args:
        folder: where the frames are saved.
        vae: the model; each frame uses its current weights.
        images: the validation split; the first eight images are shown.
        seed: seed of the codes.
        epochs: number of epochs of the run.
    """

    def __init__(self, folder: Path, vae: VAE, images: Split, seed: int, epochs: int):
        self._folder = folder
        self._vae = vae
        self._codec = Codec(vae)
        self._images = np.asarray(images.images[:_IMAGES])
        self._labels = images.labels[:_IMAGES]
        self._sample = np.asarray(images.images[:256])
        self._noise = _fixed_noise(vae.config.latent_dim, seed)  # (n, latent_dim)
        self._every = math.ceil((epochs + 1) / _MOST_FRAMES)
        self._epochs = epochs

    def wants(self, epoch: int) -> bool:
        """Return whether the epoch gets a frame: the first, every k-th, and the last."""
        return epoch % self._every == 0 or epoch == self._epochs

    def shoot(self, epoch: int) -> dict[str, bytes]:
        """Save the frame of `epoch`, and return its PNG files by name.

        Raises:
            OSError: it cannot be saved.
        """
        z_mean, _ = self._codec.encode(self._images)
        decoded = self._decode(z_mean, self._labels)
        codes = self._codes()
        classes = max(1, self._vae.config.classes)
        frames = {
            "reconstructions": _png(np.concatenate([self._images, decoded]), len(self._images)),
            "codes": _png(self._decode(codes, np.arange(len(codes)) % classes), _SIDE),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        sweep_leftovers(self._folder)
        for what, data in frames.items():
            write_file(self._folder / f"{epoch:05d}-{what}.png", data)
        return frames

    def end(self, epoch: int) -> None:
        """Save the frame of the final model, unless its epoch has one.

        Raises:
            OSError: it cannot be saved.
        """
        if not (self._folder / f"{epoch:05d}-codes.png").exists():
            self.shoot(epoch)

    def cut(self, epoch: int) -> None:
        """Remove the frames after `epoch`, from which the run continues."""
        for path in self._folder.glob("*.png"):
            if _FRAME.match(path.name) and int(path.name[:5]) > epoch:
                path.unlink(missing_ok=True)

    def _decode(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return self._codec.decode_pixels(with_classes(z, labels, self._vae.config.classes))

    def _codes(self) -> np.ndarray:
        """Return codes, float32 `(n, latent_dim)`: the fixed noise transformed by the current prior."""
        if self._vae.config.variational:
            return np.asarray(ops.convert_to_numpy(self._vae.sample_prior(ops.convert_to_tensor(self._noise))))
        # A plain autoencoder has no prior, so the noise gets the mean and scale of its codes.
        z_mean, _ = self._codec.encode(self._sample)
        return z_mean.mean(axis=0) + z_mean.std(axis=0) * self._noise


def _fixed_noise(latent_dim: int, seed: int) -> np.ndarray:
    """Return samples of N(0, I); for two dimensions, a grid of evenly spaced quantiles of N(0, 1) instead."""
    if latent_dim != 2:
        return np.random.default_rng(seed).standard_normal((_SAMPLES, latent_dim), np.float32)
    steps = [NormalDist().inv_cdf((index + 0.5) / _SIDE) for index in range(_SIDE)]
    return np.array([(x, y) for y in reversed(steps) for x in steps], np.float32)


def _png(pictures: np.ndarray, columns: int) -> bytes:
    return png_bytes(contact_sheet(pictures, columns, gap=1))
