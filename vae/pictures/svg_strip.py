"""Writes pictures side by side as an SVG file, with the pictures' own pixels and captions as text."""

import base64
from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from vae.pictures.contact_sheet import png_bytes

__all__ = ["write_svg_strip"]

_BACKGROUND, _TEXT = "#10131c", "#e6e9f0"  # of the other formats


def write_svg_strip(
    path: Path,
    pictures: Iterator[np.ndarray],
    count: int,
    *,
    size: tuple[int, int],
    columns: int,
    gap: int,
    band: int,
    smooth: bool,
    captions: Sequence[str] | None,
) -> None:
    """Write a strip. Each picture is embedded as a PNG of its own size, which the viewer enlarges.

    Args:
        path: of the file.
        pictures: uint8 `(h, w, c)`, c being 1 or 3; `count` of them.
        size: width and height of a picture in the file's units.
        columns: pictures in a row.
        gap: units around the pictures.
        band: height of the caption below a picture.
        smooth: viewers smooth the enlarged pictures; otherwise pixels stay sharp squares.
        captions: a line under each picture; parts separated by tabs are spread evenly.
    """
    width, height = size
    step = width + gap, height + band + gap
    across, down = columns * step[0] + gap, ceil(count / columns) * step[1] + gap
    # `optimizeSpeed` is the older name, which some vector programs read.
    rendering = "auto" if smooth else "optimizeSpeed;image-rendering:pixelated"
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{across}" height="{down}" viewBox="0 0 {across} {down}">\n'
            f'<rect width="{across}" height="{down}" fill="{_BACKGROUND}"/>\n'
        )
        for index, picture in enumerate(pictures):
            left, top = gap + index % columns * step[0], gap + index // columns * step[1]
            png = png_bytes(Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture))
            # Vector programs know `xlink:href` better than `href`, and browsers know both.
            file.write(
                f'<image x="{left}" y="{top}" width="{width}" height="{height}" preserveAspectRatio="none" '
                f'style="image-rendering:{rendering}" '
                f'xlink:href="data:image/png;base64,{base64.b64encode(png).decode()}"/>\n'
            )
            for x, text in _spread(captions[index] if captions else "", left, width):
                file.write(
                    f'<text x="{x:g}" y="{top + height + 0.7 * band:g}" font-family="sans-serif" '
                    f'font-size="{0.6 * band:g}" text-anchor="middle" fill="{_TEXT}">{escape(text)}</text>\n'
                )
        file.write("</svg>\n")


def _spread(caption: str, left: int, width: int) -> list[tuple[float, str]]:
    """Return the parts of a caption with the x of their middles."""
    # XML has no control characters.
    parts = ["".join(filter(str.isprintable, part)) for part in caption.split("\t")]
    return [(left + width * (place + 0.5) / len(parts), part) for place, part in enumerate(parts) if part]
