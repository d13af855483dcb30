"""Reads pictures from untrusted files with limits: one frame, upright, sRGB, grey or colour."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from vae.errors import DataError
from vae.message import N_, message

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "UnreadableImageError",
    "image_size",
    "read_on_backgrounds",
    "read_picture",
]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # never MPO: its plugin raises KeyError on damaged files
MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000

# Formats that cost more per pixel: WebP is decoded into four copies, interlaced PNG pixel by pixel, RLE in Python.
_WEBP_PIXELS = 24_000_000
_INTERLACED_PIXELS = 30_000_000
_RLE_PIXELS = 8_000_000
_SCANNED_PIXELS = 600_000_000  # pixels times scans of a progressive JPEG: every scan covers the whole picture

_BAND = 2_000_000  # pixels that are converted at a time
_MAX_PROFILE = 4_000_000  # bytes of a colour profile; the largest in use have three million
# Decoders written in Python read block by block: a comment in millions of blocks takes fifteen seconds.
_READS = 10_000, 500_000  # reads allowed before the pixels, and for the pixels

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_NAMES = "JPEG, PNG, WebP, GIF or BMP"
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
    """A `DataError` about one picture; `fault` is its category."""

    def __init__(self, message: str, hint: str, fault: Fault):
        super().__init__(message, hint)
        self.fault = fault


def read_on_backgrounds(
    source: str | Path | BinaryIO, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read one picture at a given size, over black and, if it has transparency, over white.

    Args:
        source: a path or an open binary file; JPEG, PNG, WebP, GIF (first frame) or BMP.
        shape: `(height, width, channels)` of the result: centre-cropped to that ratio, then resized.

    Returns:
        Over black, uint8 `(height, width, channels)`; over white, None where nothing is transparent.

    Raises:
        UnreadableImageError: not a picture, damaged, or beyond 30 MB or 50 megapixels; 24 megapixels for WebP, 30 for
            interlaced PNG, 8 for run-length BMP, and fewer for a progressive JPEG with more than a dozen scans.
        DataError: the file does not exist.
    """
    height, width, channels = shape
    with _opened(source) as image:
        # JPEG can be decoded at an eighth of its size for nearly no cost.
        image.draft(None, (width * 4, height * 4))
        small = _reduced(image, min(image.size) // (4 * max(width, height)))
        upright = _upright(_in_srgb(small, image), image)
        backgrounds = ("black", "white") if upright.mode in _OPAQUE else ("black",)
        pictures = []
        for background in backgrounds:
            flat = _over(upright, background).convert("L" if channels == 1 else "RGB")
            fitted = ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
            pictures.append(np.asarray(fitted, np.uint8).reshape(height, width, channels))
    black, white = pictures[0], pictures[-1]
    return black, None if np.array_equal(black, white) else white


def read_picture(source: str | Path | BinaryIO, side: int = 1024) -> np.ndarray:
    """Read one whole picture, upright, so that it can be prepared for a model (`vae.pictures.preparation`).

    Args:
        source: see `read_on_backgrounds`.
        side: pixels of the longer side; larger pictures are reduced.

    Returns:
        uint8 `(h, w, 1)` for a grey picture, `(h, w, 3)` for a colour one. Transparent pixels become white or black,
        whichever has more contrast to the opaque part.

    Raises:
        As `read_on_backgrounds`.
    """
    with _opened(source) as image:
        longer = max(image.size)
        reduced = (max(1, image.width * side // longer), max(1, image.height * side // longer))
        image.draft(None, reduced if longer > side else None)
        small = _reduced(image, max(image.size) // (2 * side))
        small.thumbnail((side, side), Image.Resampling.BOX)
        upright = _upright(_in_srgb(small, image), image)
        flat = _over(upright, _contrast(upright))
        pixels = np.asarray(flat if flat.mode == "L" else flat.convert("RGB"), np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1)


def image_size(source: str | Path | BinaryIO) -> tuple[int, int]:
    """Return width and height as stored, read from the header alone.

    Raises:
        As `read_on_backgrounds`.
    """
    with _opened(source) as image:
        return image.size


@contextmanager
def _opened(source: str | Path | BinaryIO) -> Iterator[ImageFile.ImageFile]:
    """Open a picture whose header is within the limits; every failure becomes a `DataError`."""
    name = Path(source).name if isinstance(source, str | Path) else N_("the picture")
    try:
        with _file(source) as file:
            if file.seek(0, os.SEEK_END) > MAX_BYTES:
                raise _too_large(name, message("it is larger than {max_bytes} MB", max_bytes=MAX_BYTES // 1000000))
            counted = _CountedFile(file, name)
            # Pillow needs `read`, `seek` and `tell` alone.
            with Image.open(cast("BinaryIO", counted), formats=FORMATS) as image:
                _check_size(image, file, name)
                counted.allow_all()
                yield image
    except UnidentifiedImageError:
        raise _unidentified(source, name) from None
    except (FileNotFoundError, IsADirectoryError):
        raise DataError(message("There is no picture {source}.", source=source), "Check the path.") from None
    except Image.DecompressionBombError as error:
        raise _too_large(
            name, message("it has far more than {max_pixels} megapixels", max_pixels=MAX_PIXELS // 1000000)
        ) from error
    except DataError:
        raise
    except Exception as error:  # decoders do not document what they raise for damaged files
        raise UnreadableImageError(
            message("Can't read {name}: {error}.", name=name, error=error), "Save it again as PNG.", "damaged"
        ) from error


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
    """The file that a decoder reads from; it refuses more reads than a picture needs."""

    def __init__(self, file: BinaryIO, name: str):
        self._file = file
        self._name = name
        self._left = _READS[0]
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise _too_large(self._name, N_("it is stored in too many pieces"))
        return self._file.read(size)

    def allow_all(self) -> None:
        self._left = _READS[1]


def _check_size(image: ImageFile.ImageFile, file: BinaryIO, name: str) -> None:
    """Refuse a picture that would take more than two seconds or half a gigabyte to decode."""
    pixels, most = image.width * image.height, MAX_PIXELS
    if image.format == "WEBP":
        most = min(most, _WEBP_PIXELS)
    elif image.format == "PNG" and image.info.get("interlace"):
        most = min(most, _INTERLACED_PIXELS)
    elif image.tile and image.tile[0].codec_name == "bmp_rle":
        most = min(most, _RLE_PIXELS)
    if pixels > most:
        size = f"{image.width}×{image.height} pixels"
        raise _too_large(
            name, message("it has {size}, the limit is {most} megapixels", size=size, most=most // 1000000)
        )
    if image.info.get("progressive") and pixels * _scans(file) > _SCANNED_PIXELS:
        raise _too_large(
            name, message("it has {width}×{height} pixels in too many scans", width=image.width, height=image.height)
        )


def _scans(file: BinaryIO) -> int:
    here = file.tell()
    file.seek(0)
    scans = file.read().count(b"\xff\xda")
    file.seek(here)
    return scans


def _too_large(name: str, reason: str) -> UnreadableImageError:
    return UnreadableImageError(
        message("Can't read {name}: {reason}.", name=name, reason=reason), "Save it with fewer pixels.", "too large"
    )


def _unidentified(source: str | Path | BinaryIO, name: str) -> UnreadableImageError:
    with _file(source) as file:
        file.seek(0)
        head = file.read(16)
    if not head:
        return UnreadableImageError(
            message("Can't read {name}: the file is empty.", name=name), "Choose another file.", "not a picture"
        )
    kind = next((kind for kind, pattern in _MAGIC.items() if re.match(pattern, head, re.DOTALL)), None)
    if kind in FORMATS:
        return UnreadableImageError(
            message("Can't read {name}: damaged {kind} file.", name=name, kind=kind), "Save it again as PNG.", "damaged"
        )
    if kind:
        refused = message("Can't read {name}: {kind} files are not supported.", name=name, kind=kind)
        return UnreadableImageError(refused, "Save it as JPEG or PNG.", "not a picture")
    return UnreadableImageError(
        message("Can't read {name}: not a supported image.", name=name),
        message("Use {names}.", names=_NAMES),
        "not a picture",
    )


def _reduced(image: ImageFile.ImageFile, factor: int) -> Image.Image:
    """Reduce a picture by a whole factor, in a mode that can be averaged, without a copy at full size."""
    if image.tile and image.tile[0].args == "RGB;16B" and "transparency" in image.info:
        image.info["transparency"] = tuple(level >> 8 for level in image.info["transparency"])  # as the pixels will be
    image.load()
    if factor < 2:
        return _plain(image)
    rows = factor * max(1, _BAND // (image.width * factor))

    def band(top: int) -> Image.Image:
        return _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)

    first = band(0)
    small = Image.new(first.mode, (first.width, -(-image.height // factor)))
    small.paste(first, (0, 0))
    for top in range(rows, image.height, rows):
        small.paste(band(top), (0, top // factor))
    return small


def _plain(image: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB, RGBA or CMYK."""
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
    with suppress(Exception):  # damaged EXIF data: the picture is read without it
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return small if turn is None else small.transpose(turn)


def _in_srgb(small: Image.Image, image: Image.Image) -> Image.Image:
    """Convert by the embedded colour profile; a damaged or unsuitable profile is ignored."""
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
    if managed is None:  # never: only a conversion in place returns None
        return small
    if colours.mode == "L":
        managed = managed.convert("L")
    if colours.mode != small.mode:
        managed.putalpha(small.getchannel("A"))
    return managed


def _over(image: Image.Image, background: str) -> Image.Image:
    if image.mode not in _OPAQUE:
        return image
    flat = Image.new(_OPAQUE[image.mode], image.size, background)
    flat.paste(image.convert(flat.mode), mask=image.getchannel("A"))
    return flat


def _contrast(image: Image.Image) -> str:
    """White or black, whichever has more contrast to the opaque part."""
    if image.mode not in _OPAQUE:
        return "black"
    levels, alpha = np.asarray(image.convert("L"), np.float32), np.asarray(image.getchannel("A"), np.float32)
    return "white" if (levels * alpha).sum(dtype=np.float64) < 127.5 * alpha.sum(dtype=np.float64) else "black"
