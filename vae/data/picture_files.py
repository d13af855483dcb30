"""Pictures from files that anyone may have made: bounded, one frame, upright, sRGB, grey or colour."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from vae.errors import DataError

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "UnreadableImageError",
    "image_size",
    "read_on_grounds",
    "read_picture",
]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # never MPO: its plugin raises KeyError on damaged files
MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000

# What costs more than its pixels tell: WebP is decoded into four copies, interlaced PNG pixel by pixel, RLE in Python.
_WEBP_PIXELS = 24_000_000
_INTERLACED_PIXELS = 30_000_000
_RLE_PIXELS = 8_000_000
_SCANNED_PIXELS = 600_000_000  # of a progressive JPEG, every scan of which goes over the whole picture

_BAND = 2_000_000  # pixels that are converted at a time
_MAX_PROFILE = 4_000_000  # bytes of a colour profile; the largest in use have three million
# Decoders written in Python read block by block: a comment in millions of blocks keeps one busy for fifteen seconds.
_READS = 10_000, 500_000  # before the pixels, and for them

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_OPAQUE = {"LA": "L", "RGBA": "RGB"}
_MAGIC = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG",
    "GIF": rb"GIF8[79]a",
    "WEBP": rb"RIFF....WEBP",
    "HEIC": rb"....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)",
    "AVIF": rb"....ftypavi[fs]",
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "Photoshop": rb"8BPS",
}

Fault = Literal["not a picture", "damaged", "too large"]


class UnreadableImageError(DataError):
    """A `DataError` about one picture; `fault` is for those who count."""

    def __init__(self, message: str, mend: str, fault: Fault):
        super().__init__(message, mend)
        self.fault = fault


def read_on_grounds(source: str | Path | BinaryIO, shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Read one picture at a given size, over black and, if it has transparency, over white.

    Args:
        source: a path or an open binary file; JPEG, PNG, WebP, GIF (first frame) or BMP.
        shape: `(height, width, channels)` to bring it to: cropped around its centre to that ratio, then resized.

    Returns:
        Over black, uint8 `(height, width, channels)`; over white, None where nothing is transparent.

    Raises:
        UnreadableImageError: not a picture, damaged, or beyond 30 MB or 50 megapixels; 24 of WebP, 30 of interlaced
            PNG, 8 of BMP in runs, and fewer of a progressive JPEG in more than a dozen scans.
        DataError: there is no such file.
    """
    height, width, channels = shape
    with _opened(source) as image:
        # A large photograph is decoded at a fraction of its size: JPEG can, eightfold, for nearly nothing.
        image.draft(None, (width * 4, height * 4))
        small = _reduced(image, min(image.size) // (4 * max(width, height)))
        upright = _upright(_in_srgb(small, image), image)
        grounds = ("black", "white") if upright.mode in _OPAQUE else ("black",)
        pictures = []
        for ground in grounds:
            flat = _over(upright, ground).convert("L" if channels == 1 else "RGB")
            fitted = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
            pictures.append(np.asarray(fitted, np.uint8).reshape(height, width, channels))
    black, white = pictures[0], pictures[-1]
    return black, None if np.array_equal(black, white) else white


def read_picture(source: str | Path | BinaryIO, side: int = 1024) -> np.ndarray:
    """Read one picture as it is, upright, to be prepared for a model (`vae.pictures.preparation`).

    Args:
        source: as of `read_on_grounds`.
        side: pixels of the longer side; larger ones are reduced.

    Returns:
        uint8 `(h, w, 1)` of a grey picture, `(h, w, 3)` of a colour one; what is transparent is white or black,
        whichever the opaque part stands out from.

    Raises:
        As `read_on_grounds`.
    """
    with _opened(source) as image:
        longer = max(image.size)
        image.draft(None, tuple(max(1, length * side // longer) for length in image.size) if longer > side else None)
        small = _reduced(image, max(image.size) // (2 * side))
        small.thumbnail((side, side), Image.Resampling.BOX)
        upright = _upright(_in_srgb(small, image), image)
        flat = _over(upright, _contrast(upright))
        pixels = np.asarray(flat if flat.mode == "L" else flat.convert("RGB"), np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1)


def image_size(source: str | Path | BinaryIO) -> tuple[int, int]:
    """Width and height as stored, from the header alone.

    Raises:
        As `read_on_grounds`.
    """
    with _opened(source) as image:
        return image.size


@contextmanager
def _opened(source: str | Path | BinaryIO) -> Iterator[Image.Image]:
    """A picture whose header is within the limits; whatever goes wrong with it becomes one kind of error."""
    name = Path(source).name if isinstance(source, str | Path) else "the picture"
    try:
        with _file(source) as file:
            if file.seek(0, os.SEEK_END) > MAX_BYTES:
                raise _too_large(f"{name} is larger than {MAX_BYTES // 1_000_000} MB")
            counted = _CountedFile(file, name)
            with Image.open(counted, formats=FORMATS) as image:
                _check_size(image, file, name)
                counted.allow_all()
                yield image
    except UnidentifiedImageError:
        raise _unidentified(source, name) from None
    except (FileNotFoundError, IsADirectoryError):
        raise DataError(f"There is no picture {source}.", "Name a picture file.") from None
    except Image.DecompressionBombError as error:
        raise _too_large(f"{name} has far more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except DataError:
        raise
    except Exception as error:  # what decoders of damaged files raise is no promise of theirs
        raise UnreadableImageError(f"{name} cannot be read: {error}.", "Save it again as PNG.", "damaged") from error


@contextmanager
def _file(source: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(source, str | Path):
        with Path(source).open("rb") as file:
            yield file
    else:
        here = source.tell()
        yield source
        source.seek(here)


class _CountedFile:
    """What a decoder reads from; it fails once it was asked for more pieces than a picture has."""

    def __init__(self, file: BinaryIO, name: str):
        self._file = file
        self._name = name
        self._left = _READS[0]
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise _too_large(f"{self._name} is in more pieces than are read")
        return self._file.read(size)

    def allow_all(self) -> None:
        self._left = _READS[1]


def _check_size(image: Image.Image, file: BinaryIO, name: str) -> None:
    """Refuse what is not decoded within two seconds and half a gigabyte."""
    pixels, most = image.width * image.height, MAX_PIXELS
    if image.format == "WEBP":
        most = min(most, _WEBP_PIXELS)
    elif image.format == "PNG" and image.info.get("interlace"):
        most = min(most, _INTERLACED_PIXELS)
    elif image.tile and image.tile[0].codec_name == "bmp_rle":
        most = min(most, _RLE_PIXELS)
    if pixels > most:
        millions = f"{most // 1_000_000} million"
        raise _too_large(f"{name} has {image.width}×{image.height} pixels, at most {millions} are read")
    if image.info.get("progressive") and pixels * _scans(file) > _SCANNED_PIXELS:
        raise _too_large(f"{name} has {image.width}×{image.height} pixels in too many scans")


def _scans(file: BinaryIO) -> int:
    here = file.tell()
    file.seek(0)
    scans = file.read().count(b"\xff\xda")
    file.seek(here)
    return scans


def _too_large(message: str) -> UnreadableImageError:
    return UnreadableImageError(f"{message}.", "Save it smaller.", "too large")


def _unidentified(source: str | Path | BinaryIO, name: str) -> UnreadableImageError:
    with _file(source) as file:
        file.seek(0)
        head = file.read(16)
    kind = next((kind for kind, pattern in _MAGIC.items() if re.match(pattern, head, re.DOTALL)), None)
    if kind in FORMATS:
        return UnreadableImageError(f"{name} is a damaged {kind} file.", "Save it again as PNG.", "damaged")
    if kind:
        message = f"{name} is a {kind} file, not a picture of a kind that is read."
        return UnreadableImageError(message, "Save it as JPEG or PNG.", "not a picture")
    return UnreadableImageError(
        f"{name} is not a picture of a kind that is read.", f"Use {', '.join(FORMATS)}.", "not a picture"
    )


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """A picture, a whole number of times smaller, in a mode that can be averaged; no copy of its full size is made."""
    if image.tile and image.tile[0].args == "RGB;16B" and "transparency" in image.info:
        image.info["transparency"] = tuple(level >> 8 for level in image.info["transparency"])  # as the pixels will be
    image.load()
    if factor < 2:
        return _plain(image)
    rows = factor * max(1, _BAND // (image.width * factor))
    small = None
    for top in range(0, image.height, rows):
        band = _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        if small is None:
            small = Image.new(band.mode, (band.width, -(-image.height // factor)))
        small.paste(band, (0, top // factor))
    return small


def _plain(image: Image.Image) -> Image.Image:
    """As L, LA, RGB, RGBA or CMYK."""
    clear = image.has_transparency_data
    if image.mode.startswith("I;16"):
        levels = np.asarray(image)
        grey = Image.fromarray(((levels + np.uint32(128)) // 257).astype(np.uint8))
        if clear:
            grey.putalpha(Image.fromarray(levels != image.info["transparency"]).convert("L"))
        return grey
    if image.mode in ("1", "L"):
        return image.convert("LA" if clear else "L")
    if image.mode in ("P", "RGB"):
        return image.convert("RGBA" if clear else "RGB")
    return image


def _upright(small: Image.Image, image: Image.Image) -> Image.Image:
    turn = None
    with suppress(Exception):  # a damaged note of how the camera was held does not damage the picture
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return small if turn is None else small.transpose(turn)


def _in_srgb(small: Image.Image, image: Image.Image) -> Image.Image:
    """By the profile it carries; a damaged profile, or one for other colours, is passed over."""
    profile = image.info.get("icc_profile") or b""
    if not 0 < len(profile) <= _MAX_PROFILE:
        return small
    colours = small.convert(_OPAQUE.get(small.mode, small.mode))
    try:
        managed = ImageCms.profileToProfile(
            colours, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        return small
    if colours.mode == "L":
        managed = managed.convert("L")
    if colours.mode != small.mode:
        managed.putalpha(small.getchannel("A"))
    return managed


def _over(image: Image.Image, ground: str) -> Image.Image:
    if image.mode not in _OPAQUE:
        return image
    flat = Image.new(_OPAQUE[image.mode], image.size, ground)
    flat.paste(image.convert(flat.mode), mask=image.getchannel("A"))
    return flat


def _contrast(image: Image.Image) -> str:
    """White or black, whichever the opaque part stands out from."""
    if image.mode not in _OPAQUE:
        return "black"
    levels, alpha = np.asarray(image.convert("L"), np.float32), np.asarray(image.getchannel("A"), np.float32)
    return "white" if (levels * alpha).sum(dtype=np.float64) < 127.5 * alpha.sum(dtype=np.float64) else "black"
