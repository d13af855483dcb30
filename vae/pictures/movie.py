"""Writes pictures as a film, a strip or single files.

Every format is written to a temporary file that is renamed when it is complete; a stop or a full disk leaves no file.
"""

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from math import ceil
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from vae.errors import BadRequestError
from vae.message import message
from vae.pictures.svg_strip import write_svg_strip

__all__ = ["MAX_FRAMES", "MovieSettings", "fitting_size", "side_by_side", "write_movie"]

MAX_FRAMES = 3600  # a minute at 60
_LEAST_SIZE = 16
_MAX_STRIP = 30_000  # pixels of a strip's longer side: viewers refuse larger PNGs
_MAX_SHEET = 100_000_000  # pixels of a strip
_MAX_SVG = 30_000_000  # bytes of all pictures of an SVG strip, which it embeds
_MAX_GIF = 250_000_000  # pixels of all frames of a GIF: its writer keeps them in memory
_GAP = 2  # pixels around the pictures of a strip
_CAPTION = 0.07  # of a frame's height
_BACKGROUND = (16, 19, 28)


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class MovieSettings:
    """Format and size of a film.

    Attributes:
        format: a film, a strip as PNG ("strip") or SVG ("svg"), or a ZIP of frames.
        size: pixels of a frame's longer side; rounded up to even for MP4, which subsamples colour by two.
        frames_per_second: GIF times are hundredths of a second, so single frames differ but the total is right.
        upscaling: "nearest" keeps the model's pixels, "lanczos" smooths them.
        columns: pictures in a row of a strip; 0 puts all in one row.
    """

    format: Literal["mp4", "webp", "gif", "strip", "svg", "frames"] = "mp4"
    size: Annotated[int, Field(ge=_LEAST_SIZE, le=2048)] = 512
    frames_per_second: Annotated[int, Field(ge=1, le=60)] = 30
    upscaling: Literal["nearest", "lanczos"] = "nearest"
    columns: Annotated[int, Field(ge=0, le=MAX_FRAMES)] = 0

    @property
    def suffix(self) -> str:
        """The file's suffix: ".mp4", ".webp", ".gif", ".png", ".svg" or ".zip"."""
        return {"strip": ".png", "frames": ".zip"}.get(self.format, f".{self.format}")


def write_movie(
    path: Path,
    pictures: np.ndarray,
    settings: MovieSettings,
    captions: Sequence[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Write pictures to a file.

    Args:
        path: the file, with the settings' suffix.
        pictures: uint8 `(n, h, w, c)`, c being 1 or 3; side by side in a strip, one after the other in a film.
        captions: a line under each picture; parts separated by tabs are spread evenly.
        progress: called with (frames done, frames in total).
        should_stop: called before each frame.

    Returns:
        True if the file was written; False after a stop, without a file.

    Raises:
        BadRequestError: no pictures, too many, or another suffix.
        OSError: the file cannot be written; no file remains.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or pictures.dtype != np.uint8 or not len(pictures):
        raise BadRequestError(
            message(
                "A film needs uint8 pictures (n, h, w, 1 or 3), these are {dtype} {shape}.",
                dtype=pictures.dtype,
                shape=pictures.shape,
            ),
            "Pass at least one picture.",
        )
    if len(pictures) > MAX_FRAMES:
        raise BadRequestError(
            message("{n} frames are too many for a film.", n=f"{len(pictures):,}"),
            message("Use at most {max_frames}.", max_frames=f"{MAX_FRAMES:,}"),
        )
    if path.suffix != settings.suffix:
        raise BadRequestError(
            message("The file name {name} does not end with {suffix}.", name=path.name, suffix=settings.suffix),
            "Change the name or the format.",
        )
    if captions is not None and len(captions) != len(pictures):
        raise BadRequestError(
            message("{n} pictures have {n2} captions.", n=len(pictures), n2=len(captions)),
            "Pass one caption for each picture.",
        )
    _check_size(pictures, settings, captions)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=settings.suffix, dir=path.parent)
    os.close(descriptor)
    fresh = Path(name)
    try:
        fresh.chmod(0o644)  # only the owner can read a file of mkstemp
        watch = partial(_watched, total=len(pictures), progress=progress, should_stop=should_stop)
        if settings.format == "svg":
            _write_svg(fresh, pictures, settings, captions, watch)
        else:
            frames = watch(_frames(pictures, settings, captions))
            _WRITERS[settings.format](fresh, frames, settings, len(pictures))
        os.replace(fresh, path)  # noqa: PTH105 (atomic)
    except _Stopped:
        return False
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return True


def side_by_side(pictures: np.ndarray, gap: int = 1) -> np.ndarray:
    """Join k pictures in each frame with black gaps: uint8 `(n, k, h, w, c)` → `(n, h, k (w + gap) - gap, c)`."""
    n, k, h, w, c = pictures.shape
    frames = np.zeros((n, h, k * (w + gap) - gap, c), np.uint8)
    for index in range(k):
        frames[:, :, index * (w + gap) : index * (w + gap) + w] = pictures[:, index]
    return frames


Frame = TypeVar("Frame")


class _Stopped(Exception):
    pass


def _watched(frames: Iterator[Frame], total: int, progress, should_stop) -> Iterator[Frame]:
    for done, frame in enumerate(frames):
        if should_stop():
            raise _Stopped
        progress(done, total)
        yield frame
    progress(total, total)


def _frame_size(
    pictures: np.ndarray, settings: MovieSettings, captions: Sequence[str] | None
) -> tuple[tuple[int, int], int]:
    """Width and height of a picture in its frame, and the height of the caption below it."""
    height, width = pictures.shape[1:3]
    scale = settings.size / max(height, width)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    if settings.format == "mp4":
        width, height = width + width % 2, height + height % 2
    return (width, height), 0 if captions is None else 2 * round(_CAPTION * height / 2 + 6)


def fitting_size(pictures: np.ndarray, settings: MovieSettings, captions: Sequence[str] | None = None) -> int:
    """Return the largest size that keeps the file within its limits: at most that of the settings, at least 16.

    Args:
        pictures, settings, captions: see `write_movie`.
    """
    size = settings.size
    while size > _LEAST_SIZE:
        try:
            _check_size(pictures, replace(settings, size=size), captions)
            break
        except BadRequestError:
            size = max(_LEAST_SIZE, size - 16)
    return size


def _check_size(pictures: np.ndarray, settings: MovieSettings, captions: Sequence[str] | None) -> None:
    """Check the limits of a format.

    Raises:
        BadRequestError: the file would need too much memory, or viewers could not open it.
    """
    (width, height), band = _frame_size(pictures, settings, captions)
    count, total = len(pictures), len(pictures) * width * (height + band)
    if settings.format == "gif" and total > _MAX_GIF:
        most = _MAX_GIF // (width * (height + band))
        raise BadRequestError(
            message("A GIF of {count} frames of {width} pixels is too large.", count=f"{count:,}", width=width),
            message("Use at most {most} frames.", most=f"{most:,}"),
        )
    if settings.format == "svg" and pictures.nbytes > _MAX_SVG:
        raise BadRequestError(
            message("An SVG strip of {count} pictures of this size is too large.", count=f"{count:,}"),
            message("Use at most {max_svg} pictures.", max_svg=f"{_MAX_SVG // (pictures.nbytes // count):,}"),
        )
    if settings.format != "strip":
        return
    columns = min(settings.columns or count, count)
    if max(width * columns, (height + band) * ceil(count / columns)) > _MAX_STRIP or total > _MAX_SHEET:
        raise BadRequestError(
            message("A strip of {count} pictures of {width} pixels is too large.", count=f"{count:,}", width=width),
            message(
                "Use at most {max_strip} pixels a side and {max_sheet} megapixels.",
                max_strip=f"{_MAX_STRIP:,}",
                max_sheet=_MAX_SHEET // 1000000,
            ),
        )


def _frames(pictures: np.ndarray, settings: MovieSettings, captions: Sequence[str] | None) -> Iterator[Image.Image]:
    """Yield RGB frames of one size."""
    size, band = _frame_size(pictures, settings, captions)
    resampling = {"nearest": Image.Resampling.NEAREST, "lanczos": Image.Resampling.LANCZOS}[settings.upscaling]
    font = ImageFont.load_default(0.6 * band) if band else None
    for index, picture in enumerate(pictures):
        image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
        image = image.resize(size, resampling).convert("RGB")
        if captions is not None:
            framed = Image.new("RGB", (size[0], size[1] + band), _BACKGROUND)
            framed.paste(image, (0, 0))
            draw = ImageDraw.Draw(framed)
            parts = captions[index].split("\t")
            for part, text in enumerate(parts):
                place = (size[0] * (part + 0.5) / len(parts), size[1] + band / 2)
                draw.text(place, text, (230, 233, 240), font, anchor="mm")
            image = framed
        yield image


def _write_mp4(path: Path, frames: Iterator[Image.Image], settings: MovieSettings, count: int) -> None:
    """H.264 in yuv420p with the index first, which browsers, phones and slide programs play."""
    import av  # slow to import

    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        first = next(frames)
        stream = container.add_stream("libx264", rate=settings.frames_per_second)
        stream.width, stream.height, stream.pix_fmt = *first.size, "yuv420p"
        stream.options = {"crf": "18", "preset": "veryfast"}
        for frame in chain([first], frames):
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode(None))


def _write_webp(path: Path, frames: Iterator[Image.Image], settings: MovieSettings, count: int) -> None:
    first = next(frames)
    durations = _durations(count, settings.frames_per_second, 1)
    first.save(
        path, "WEBP", save_all=True, append_images=frames, duration=durations, loop=0, quality=80, method=1,
        minimize_size=False, allow_mixed=False,
    )  # fmt: skip


def _write_gif(path: Path, frames: Iterator[Image.Image], settings: MovieSettings, count: int) -> None:
    def palette(frame: Image.Image) -> Image.Image:
        grey = frame.convert("L")
        if np.array_equal(np.asarray(frame), np.asarray(grey)[..., None].repeat(3, axis=2)):
            return grey  # 256 greys are exact
        return frame.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)

    paletted = map(palette, frames)
    first = next(paletted)
    durations = _durations(count, settings.frames_per_second, 10)
    first.save(path, "GIF", save_all=True, append_images=paletted, duration=durations, loop=0, disposal=1)


def _write_strip(path: Path, frames: Iterator[Image.Image], settings: MovieSettings, count: int) -> None:
    columns = min(settings.columns or count, count)
    first = next(frames)
    step = first.width + _GAP, first.height + _GAP
    sheet = Image.new("RGB", (columns * step[0] + _GAP, ceil(count / columns) * step[1] + _GAP), _BACKGROUND)
    for index, frame in enumerate(chain([first], frames)):
        sheet.paste(frame, (_GAP + index % columns * step[0], _GAP + index // columns * step[1]))
    sheet.save(path, "PNG")


def _write_svg(
    path: Path,
    pictures: np.ndarray,
    settings: MovieSettings,
    captions: Sequence[str] | None,
    watch: Callable[[Iterator[np.ndarray]], Iterator[np.ndarray]],
) -> None:
    """Write the pictures with their own pixels: the viewer enlarges them."""
    count = len(pictures)
    size, band = _frame_size(pictures, settings, captions)
    write_svg_strip(
        path, watch(iter(pictures)), count, size=size, columns=min(settings.columns or count, count), gap=_GAP,
        band=band, smooth=settings.upscaling != "nearest", captions=captions,
    )  # fmt: skip


def _write_frames(path: Path, frames: Iterator[Image.Image], settings: MovieSettings, count: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for index, frame in enumerate(frames):
            with archive.open(f"frame-{index:04d}.png", "w") as file:
                frame.save(file, "PNG")


_WRITERS = {
    "mp4": _write_mp4, "webp": _write_webp, "gif": _write_gif, "strip": _write_strip, "frames": _write_frames,
}  # fmt: skip


def _durations(count: int, rate: int, unit: int) -> list[int]:
    """Milliseconds of each frame, multiples of `unit`, with a sum as close to count / rate as possible."""
    ends = np.round(np.arange(count + 1) * 1000 / rate / unit).astype(int) * unit
    return np.maximum(np.diff(ends), unit).tolist()
