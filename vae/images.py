"""Pictures from files that anyone may have made: bounded, one frame, upright, grey or colour, of the model's size."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vae.errors import DataError

__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "UnreadableImageError", "image_size", "read_image", "read_picture"]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # never MPO: its plugin raises KeyError on damaged files
MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000

Fault = Literal["not a picture", "damaged", "too large"]


class UnreadableImageError(DataError):
    """A `DataError` about one picture; `fault` is for those who count."""

    def __init__(self, message: str, mend: str, fault: Fault):
        super().__init__(message, mend)
        self.fault = fault


def read_image(source: str | Path | BinaryIO, shape: tuple[int, int, int]) -> np.ndarray:
    """Read one picture at a model's size.

    Args:
        source: a path or an open binary file; JPEG, PNG, WebP, GIF (first frame) or BMP.
        shape: `(height, width, channels)` to bring it to: cropped around its centre to that ratio, then resized.

    Returns:
        uint8 `(height, width, channels)`, transparency over black.

    Raises:
        UnreadableImageError: not a picture, damaged, or beyond 30 MB or 50 megapixels.
        DataError: there is no such file.
    """
    height, width, channels = shape
    with _opened(source) as image:
        # A large photograph is decoded at a fraction of its size: JPEG can, eightfold, for nearly nothing.
        image.draft(None, (width * 4, height * 4))
        upright = ImageOps.exif_transpose(image)
        flat = _over_black(_eight_bits(upright)).convert("L" if channels == 1 else "RGB")
        fitted = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted, np.uint8).reshape(height, width, channels)


def read_picture(source: str | Path | BinaryIO, side: int = 2048) -> np.ndarray:
    """Read one picture as it is, upright, to be prepared for a model (`vae.preparation`).

    Args:
        source: as of `read_image`.
        side: pixels of the longer side; larger ones are reduced.

    Returns:
        uint8 `(h, w, 1)` of a grey picture, `(h, w, 3)` of a colour one; what is transparent is white or black,
        whichever the opaque part stands out from.

    Raises:
        As `read_image`.
    """
    with _opened(source) as image:
        image.draft(None, (side, side))
        upright = _over_contrast(_eight_bits(ImageOps.exif_transpose(image)))
        flat = upright.convert("L" if upright.mode in ("1", "L", "LA") else "RGB")
        flat.thumbnail((side, side), Image.Resampling.BOX)
        pixels = np.asarray(flat, np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1)


def image_size(source: str | Path | BinaryIO) -> tuple[int, int]:
    """Width and height as stored, from the header alone.

    Raises:
        As `read_image`.
    """
    with _opened(source) as image:
        return image.size


@contextmanager
def _opened(source: str | Path | BinaryIO) -> Iterator[Image.Image]:
    """A picture whose header is within the limits; whatever goes wrong with it becomes one kind of error."""
    name = Path(source).name if isinstance(source, str | Path) else "the picture"
    try:
        if _size(source) > MAX_BYTES:
            raise UnreadableImageError(
                f"{name} is larger than {MAX_BYTES // 1_000_000} MB.", "Save it smaller.", "too large"
            )
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                most = f"{MAX_PIXELS // 1_000_000} million"
                raise UnreadableImageError(
                    f"{name} has {image.width}×{image.height} pixels, at most {most} are read.",
                    "Save it smaller.",
                    "too large",
                )
            yield image
    except UnidentifiedImageError:
        raise UnreadableImageError(
            f"{name} is not a picture of a kind that is read.", f"Use {', '.join(FORMATS)}.", "not a picture"
        ) from None
    except (FileNotFoundError, IsADirectoryError):
        raise DataError(f"There is no picture {source}.", "Name a picture file.") from None
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(f"{name} cannot be read: {error}.", "Save it smaller.", "too large") from error
    except DataError:
        raise
    except Exception as error:  # what decoders of damaged files raise is no promise of theirs
        raise UnreadableImageError(f"{name} cannot be read: {error}.", "Save it again as PNG.", "damaged") from error


def _size(source: str | Path | BinaryIO) -> int:
    if isinstance(source, str | Path):
        return Path(source).stat().st_size
    here = source.tell()
    size = source.seek(0, os.SEEK_END)
    source.seek(here)
    return size


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit and float grey scaled to 8 bits; Pillow's own conversion would clip them."""
    if not image.mode.startswith(("I", "F")):
        return image
    levels = np.asarray(image, np.float64)
    top = 65535.0 if image.mode.startswith("I;16") or levels.max() > 255 else 255.0
    return Image.fromarray(np.clip(levels * (255 / top), 0, 255).astype(np.uint8))


def _over_black(image: Image.Image) -> Image.Image:
    if not _may_be_transparent(image):
        return image
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "black"), layer)


def _over_contrast(image: Image.Image) -> Image.Image:
    if not _may_be_transparent(image):
        return image
    layer = image.convert("RGBA")
    levels, alpha = np.asarray(layer.convert("L"), np.float64), np.asarray(layer.getchannel("A"), np.float64)
    dark = (levels * alpha).sum() < 127.5 * alpha.sum()
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white" if dark else "black"), layer)


def _may_be_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info
