"""The test images with a model's best, median and worst reconstructions."""

import io
from dataclasses import dataclass

import numpy as np

from vae.data import Split, load_test_split
from vae.errors import BadRequestError, DataError
from vae.evaluation.codes import squared_errors, with_classes
from vae.formats.bundle import Bundle
from vae.inference.runtime import open_codec
from vae.message import message
from vae.npz import read_npz
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.picture_cache import PICKS, Pick, kept_file, picture_key
from zscope.library.registry import find_model, open_model

__all__ = ["Picks", "pick_reconstructions", "picks_of"]

_EACH = 8
_MOST = 10_000  # test images that are examined
_MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Picks:
    """Best, median and worst reconstructions (in the order of `PICKS`), n of each.

    Attributes:
        rows: int64 `(3, n)`, of the test split: from the best on, around the median, from the worst on.
        errors: float64 `(3, n)`, mean squared error per pixel value, pixels in [0, 1].
        pairs: uint8 `(3, 2, n, h, w, c)`, the image and the picture decoded from its posterior mean.
        images: number of images examined.
    """

    rows: np.ndarray
    errors: np.ndarray
    pairs: np.ndarray
    images: int

    def sheet(self, kind: Pick) -> bytes:
        """Return a PNG with the images in a row and their reconstructions below."""
        pairs = self.pairs[PICKS.index(kind)]
        return png_bytes(
            contact_sheet(pairs.reshape(-1, *pairs.shape[2:]), pairs.shape[1], gap=1, background=(0, 0, 0))
        )


def pick_reconstructions(model_id: str) -> Picks:
    """Return the picks of a listed model from the disk; the first call measures them, which takes seconds.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
        BadRequestError: the model has no encoder.
    """
    manifest, _ = find_model(model_id).parts()
    if not manifest.model.encodes:
        raise BadRequestError(
            message("{model_id} has no encoder, so it can't reconstruct images.", model_id=model_id),
            "Look at its samples.",
        )

    def make() -> bytes:
        return _packed(picks_of(open_model(model_id), load_test_split(manifest.dataset)))

    return _unpacked(kept_file(f"{picture_key(manifest)}-picks.npz", make, _is_whole))


def picks_of(bundle: Bundle, test: Split) -> Picks:
    """Measure the reconstructions of up to 10,000 test images (fixed seed) from the bundle's codes.

    A conditional model gets each image's class.
    """
    rows = np.arange(len(test))
    if len(rows) > _MOST:
        rows = np.sort(np.random.default_rng(0).permutation(len(rows))[:_MOST])
    codes = with_classes(bundle.reference.z_mean[rows], test.labels[rows], bundle.manifest.model.classes)
    codec, images = open_codec(bundle), test.images if len(rows) == len(test) else test.images[rows]
    errors = squared_errors(codec, images, codes)
    order = np.argsort(errors, kind="stable")
    each, middle = min(_EACH, len(order)), len(order) // 2
    start = max(0, middle - each // 2)
    chosen = np.stack([order[:each], order[start : start + each], order[::-1][:each]])  # (3, n)
    drawn = codec.decode_pixels(codes[chosen.ravel()])
    pairs = np.stack([images[chosen], drawn.reshape(*chosen.shape, *drawn.shape[1:])], axis=1)
    return Picks(rows[chosen], errors[chosen].astype(np.float64), pairs, len(rows))


def _packed(picks: Picks) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, rows=picks.rows, errors=picks.errors, pairs=picks.pairs, images=np.array([picks.images])
    )
    return buffer.getvalue()


def _unpacked(data: bytes) -> Picks:
    arrays = read_npz(io.BytesIO(data), ("rows", "errors", "pairs", "images"), _MAX_BYTES, "the picks")
    return Picks(arrays["rows"], arrays["errors"], arrays["pairs"], int(arrays["images"][0]))


def _is_whole(data: bytes) -> bool:
    try:
        _unpacked(data)
    except DataError:
        return False
    return True
