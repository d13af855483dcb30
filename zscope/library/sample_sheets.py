"""Contact sheets of uncurated samples from a model's prior."""

import numpy as np
from keras import ops
from PIL import Image

from vae.evaluation.codes import with_classes
from vae.formats.bundle import Bundle, load_bundle
from vae.inference.codec import Codec
from vae.kinds import PRIORS
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.picture_cache import SHEETS, Sheet, kept_file, picture_key
from zscope.library.registry import find_model

__all__ = ["draw_sheet", "sample_sheet"]

_SEED = 0


def sample_sheet(model_id: str, kind: Sheet) -> bytes:
    """Return a PNG of a listed model's samples, cached on disk.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    entry = find_model(model_id)
    # The bundle is not cached: a list of dozens of models must not fill the memory.
    name = f"{picture_key(entry.parts()[0])}-{kind}.png"
    return kept_file(name, lambda: draw_sheet(load_bundle(entry.path), kind), _is_png)


def draw_sheet(bundle: Bundle, kind: Sheet) -> bytes:
    """Return a PNG of pictures decoded from prior samples with a fixed seed: uncurated.

    A conditional model cycles through its classes. A plain autoencoder has no prior: its codes come from N(0, I).
    """
    count, columns, largest = SHEETS[kind]
    config = bundle.manifest.model
    z = np.random.default_rng(_SEED).standard_normal((count, config.latent_dim), np.float32)
    if not PRIORS[config.prior].is_standard:
        z = np.asarray(ops.convert_to_numpy(bundle.vae.sample_prior(ops.convert_to_tensor(z))))
    codes = with_classes(z, np.arange(count) % max(1, config.classes), config.classes)
    pictures = np.stack([_small(picture, largest) for picture in Codec(bundle.vae).decode_pixels(codes)])
    return png_bytes(contact_sheet(pictures, columns, gap=1, background=(0, 0, 0)))


def _small(picture: np.ndarray, largest: int) -> np.ndarray:
    """Reduce a picture to at most `largest` pixels on its longer side."""
    height, width, channels = picture.shape
    scale = largest / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(picture[..., 0] if channels == 1 else picture).resize(size, Image.Resampling.BOX)
    return np.asarray(small).reshape(size[1], size[0], channels)


def _is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG\r\n") and data.endswith(b"IEND\xaeB`\x82")
