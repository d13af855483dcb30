"""The steps in their order, each with what it chose and a picture of what it left."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from vae.errors import BadRequestError
from vae.pictures.preparation import ink
from vae.pictures.preparation.input_style import InputStyle

__all__ = ["Prepared", "Settings", "Step", "prepare"]

_SIDES = 160, 512  # least and most pixels of the longer side that the steps work on
_SAME = 0.06  # of the range of grey: what differs less is one level
Share = Annotated[float, Field(ge=0, le=1)]


@checked(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class Settings:
    """What a person sets; None leaves it to the step.

    Attributes:
        turn: degrees counter-clockwise.
        crop: left, top, right, bottom, as shares of the turned picture: what lies outside is not looked at.
        light: whether the ink is lighter than what it stands on.
        even: whether uneven light is evened out.
        threshold: how strong ink must be, 0…1; weaker is background.
        extent, centre: in place of what the model wants.
    """

    turn: Literal[0, 90, 180, 270] = 0
    crop: tuple[Share, Share, Share, Share] | None = None
    light: bool | None = None
    even: bool | None = None
    threshold: Share | None = None
    extent: Annotated[float, Field(gt=0, le=1)] | None = None
    centre: Literal["mass", "box"] | None = None


@dataclass(frozen=True)
class Step:
    """What one step left.

    Attributes:
        name: "picture", "light", "even", "ink", "crop" or "input"; of a scene, and of a picture that is as the model's
            own already, the first and the last alone.
        image: uint8 `(h, w)` or `(h, w, 3)`.
        chosen: what it was done with, automatic or not; None where there is nothing to choose.
        automatic: whether the step chose that by itself.
    """

    name: str
    image: np.ndarray
    chosen: bool | float | str | tuple | None = None
    automatic: bool = True


@dataclass(frozen=True)
class Prepared:
    """A picture for a model.

    Attributes:
        image: uint8 `(h, w, c)`, of the model's shape.
        steps: how it came about, in order.
        box: left, top, right, bottom of what was found, as shares of the turned picture; None of a scene, or where
            nothing was found.
        found: whether there is anything on the background.
    """

    image: np.ndarray
    steps: tuple[Step, ...]
    box: tuple[float, float, float, float] | None
    found: bool


def prepare(
    picture: np.ndarray, wants: InputStyle, shape: tuple[int, int, int], settings: Settings | None = None
) -> Prepared:
    """Bring a picture to what a model was trained on.

    Args:
        picture: uint8 `(h, w, 1 or 3)`, upright.
        wants: of the model's data (`derive_input_style`).
        shape: height, width and channels of the model's images.
        settings: what a person has set.

    Raises:
        BadRequestError: no such picture, or a crop without any area.
    """
    settings = settings or Settings()
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or picture.dtype != np.uint8 or 0 in picture.shape:
        raise BadRequestError(f"This is no picture: {picture.dtype} {picture.shape}.", "Give uint8 (h, w, 1 or 3).")
    turned = np.ascontiguousarray(np.rot90(picture, settings.turn // 90))
    cropped = _cropped(turned, settings.crop)
    if settings == Settings() and _is_ready(picture, wants, shape):
        image = picture if picture.shape[2] == shape[2] else np.repeat(picture[..., :1], shape[2], axis=2)
        return Prepared(image, (Step("picture", picture), Step("input", image, "as it is")), None, found=True)
    small = _sized(cropped)
    steps = [Step("picture", small, settings.crop, settings.crop is None and not settings.turn)]
    if wants.content == "scene":
        image = _framed(cropped, shape)
        return Prepared(image, (*steps, Step("input", image)), None, found=True)

    grey = small.astype(np.float32).mean(axis=2) / 255
    light = ink.is_light(grey) if settings.light is None else settings.light
    steps.append(Step("light", _bytes(grey if light else 1 - grey), light, settings.light is None))
    even = True if settings.even is None else settings.even
    strength = ink.strength(grey, light, even)
    steps.append(Step("even", _bytes(strength / max(float(strength.max()), 1e-6)), even, settings.even is None))
    threshold = ink.threshold(strength) if settings.threshold is None else settings.threshold
    mask = ink.content(strength, threshold)
    clean = ink.clean(strength, mask, threshold)
    steps.append(Step("ink", _bytes(clean), round(threshold, 4), settings.threshold is None))
    found = bool(mask.any())
    extent, centre = settings.extent or wants.extent, settings.centre or wants.centre
    placed = (
        ink.placed(clean, mask, shape[:2], extent, centre, wants.middle) if found else np.zeros(shape[:2], np.float32)
    )
    level = wants.background + placed * ((255 if wants.light else 0) - wants.background)
    image = np.repeat(np.clip(np.round(level), 0, 255).astype(np.uint8)[..., None], shape[2], axis=2)
    box = None
    if found:
        top, bottom, left, right = ink.box(mask)
        steps.append(Step("crop", _bytes(clean[top : bottom + 1, left : right + 1])))
        box = _uncropped((left, top, right + 1, bottom + 1), mask.shape, settings.crop)
    automatic = settings.extent is None and settings.centre is None
    return Prepared(image, (*steps, Step("input", image, f"{extent:g} {centre}", automatic)), box, found)


def _cropped(picture: np.ndarray, crop: tuple[float, float, float, float] | None) -> np.ndarray:
    if crop is None:
        return picture
    height, width = picture.shape[:2]
    if crop[2] <= crop[0] or crop[3] <= crop[1]:
        raise BadRequestError("The crop has no area.", "Draw it from the upper left to the lower right.")
    left, right = _pixels(crop[0], crop[2], width)
    top, bottom = _pixels(crop[1], crop[3], height)
    return picture[top:bottom, left:right]


def _pixels(start: float, stop: float, side: int) -> tuple[int, int]:
    """Shares of a side → its pixels, one at least."""
    first = min(round(start * side), side - 1)
    return first, max(first + 1, round(stop * side))


def _uncropped(box: tuple[int, ...], shape: tuple[int, int], crop: tuple[float, ...] | None) -> tuple[float, ...]:
    """Pixels of the crop → shares of the whole picture."""
    left, top, right, bottom = crop or (0.0, 0.0, 1.0, 1.0)
    height, width = shape
    across, down = (right - left) / width, (bottom - top) / height
    return (left + box[0] * across, top + box[1] * down, left + box[2] * across, top + box[3] * down)


def _is_ready(picture: np.ndarray, wants: InputStyle, shape: tuple[int, int, int]) -> bool:
    """Whether it is as the model's own: of its size, something on its background, and not larger than its objects."""
    if wants.content != "object" or picture.shape[:2] != shape[:2] or np.ptp(picture, axis=2).any():
        return False
    there = np.abs(picture[..., 0].astype(np.float32) - wants.background) > 255 * _SAME
    if not there.any():
        return False
    top, bottom, left, right = ink.box(there)
    return max(bottom - top, right - left) + 1 <= round(wants.extent * max(shape[:2])) + 1


def _sized(picture: np.ndarray) -> np.ndarray:
    """Neither so large that it takes long, nor so small that a stroke is a pixel."""
    longer = max(picture.shape[:2])
    scale = min(1, _SIDES[1] / longer) if longer > _SIDES[0] else _SIDES[0] / longer
    size = tuple(max(1, round(side * scale)) for side in picture.shape[1::-1])
    resampling = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    return np.asarray(_image(picture).resize(size, resampling)).reshape(size[1], size[0], picture.shape[2])


def _framed(picture: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The middle of a picture, at a model's ratio and size."""
    height, width, channels = shape
    image = _image(picture).convert("L" if channels == 1 else "RGB")
    scale = min(image.width / width, image.height / height)
    left, top = (image.width - width * scale) / 2, (image.height - height * scale) / 2
    box = (left, top, left + width * scale, top + height * scale)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box), np.uint8).reshape(shape)


def _image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)


def _bytes(levels: np.ndarray) -> np.ndarray:
    return np.round(255 * np.clip(levels, 0, 1)).astype(np.uint8)
