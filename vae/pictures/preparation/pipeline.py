"""The preparation pipeline: each step records its setting and its resulting picture."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as checked

from vae.errors import BadRequestError
from vae.message import message
from vae.pictures.preparation import ink
from vae.pictures.preparation.input_style import InputStyle

__all__ = ["Prepared", "Settings", "Step", "prepare"]

_SIDES = 160, 512  # smallest and largest longer side, in pixels, that the steps work on
_SAME = 0.06  # of the grey range: smaller differences count as equal
Share = Annotated[float, Field(ge=0, le=1)]


@checked(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class Settings:
    """Settings of the user; None means automatic.

    Attributes:
        turn: degrees counter-clockwise.
        crop: left, top, right, bottom, as shares of the turned picture; the rest is cut away.
        light: whether the ink is lighter than its background.
        even: whether to correct uneven lighting.
        threshold: least strength of ink, 0…1; weaker ink is background.
        extent, centre: override the input style.
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
    """The result of one step.

    Attributes:
        name: "picture", "light", "even", "ink", "crop" or "input"; only the first and the last for a scene, and for a
            picture that has the model's style already.
        image: uint8 `(h, w)` or `(h, w, 3)`.
        chosen: the setting used, automatic or not; None for a step without settings.
        automatic: whether the setting was chosen automatically.
    """

    name: str
    image: np.ndarray
    chosen: bool | float | str | tuple[float, ...] | None = None
    automatic: bool = True


@dataclass(frozen=True)
class Prepared:
    """A picture prepared for a model.

    Attributes:
        image: uint8 `(h, w, c)`, of the model's shape.
        steps: all steps, in order.
        box: left, top, right, bottom of the object, as shares of the turned picture; None for a scene, or if no object
            was found.
        found: whether an object was found.
    """

    image: np.ndarray
    steps: tuple[Step, ...]
    box: tuple[float, float, float, float] | None
    found: bool


def prepare(
    picture: np.ndarray, style: InputStyle, shape: tuple[int, int, int], settings: Settings | None = None
) -> Prepared:
    """Prepare a picture for a model, so that it looks like the training data.

    Args:
        picture: uint8 `(h, w, 1 or 3)`, upright.
        style: input style of the model's data (`derive_input_style`).
        shape: height, width and channels of the model's images.
        settings: settings of the user.

    Raises:
        BadRequestError: another dtype or shape, or a crop without area.
    """
    settings = settings or Settings()
    if picture.ndim != 3 or picture.shape[2] not in (1, 3) or picture.dtype != np.uint8 or 0 in picture.shape:
        raise BadRequestError(
            message(
                "Expected a picture as uint8 (h, w, 1 or 3), got {dtype} {shape}.",
                dtype=picture.dtype,
                shape=picture.shape,
            ),
            "Convert the array.",
        )
    turned = np.ascontiguousarray(np.rot90(picture, settings.turn // 90))
    cropped = _cropped(turned, settings.crop)
    if settings == Settings() and _is_ready(picture, style, shape):
        image = picture if picture.shape[2] == shape[2] else np.repeat(picture[..., :1], shape[2], axis=2)
        return Prepared(image, (Step("picture", picture), Step("input", image, "as it is")), None, found=True)
    small = _sized(cropped)
    steps = [Step("picture", small, settings.crop, settings.crop is None and not settings.turn)]
    if style.content == "scene":
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
    extent, centre = settings.extent or style.extent, settings.centre or style.centre
    placed = (
        ink.placed(clean, mask, shape[:2], extent, centre, style.middle) if found else np.zeros(shape[:2], np.float32)
    )
    level = style.background + placed * ((255 if style.light else 0) - style.background)
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
        raise BadRequestError("The crop has no area.", "Draw it from upper left to lower right.")
    left, right = _pixels(crop[0], crop[2], width)
    top, bottom = _pixels(crop[1], crop[3], height)
    return picture[top:bottom, left:right]


def _pixels(start: float, stop: float, side: int) -> tuple[int, int]:
    """Shares of a side → its pixels, at least one."""
    first = min(round(start * side), side - 1)
    return first, max(first + 1, round(stop * side))


def _uncropped(
    box: tuple[int, int, int, int], shape: tuple[int, ...], crop: tuple[float, float, float, float] | None
) -> tuple[float, float, float, float]:
    """Pixels of the crop → shares of the whole picture."""
    left, top, right, bottom = crop or (0.0, 0.0, 1.0, 1.0)
    height, width = shape
    across, down = (right - left) / width, (bottom - top) / height
    return (left + box[0] * across, top + box[1] * down, left + box[2] * across, top + box[3] * down)


def _is_ready(picture: np.ndarray, style: InputStyle, shape: tuple[int, int, int]) -> bool:
    """Whether a picture has the model's style: its size, its background, and an object that is not larger."""
    if style.content != "object" or picture.shape[:2] != shape[:2] or np.ptp(picture, axis=2).any():
        return False
    there = np.abs(picture[..., 0].astype(np.float32) - style.background) > 255 * _SAME
    if not there.any():
        return False
    top, bottom, left, right = ink.box(there)
    return max(bottom - top, right - left) + 1 <= round(style.extent * max(shape[:2])) + 1


def _sized(picture: np.ndarray) -> np.ndarray:
    """Resize so that the steps are fast and strokes are wider than a pixel."""
    longer = max(picture.shape[:2])
    scale = min(1, _SIDES[1] / longer) if longer > _SIDES[0] else _SIDES[0] / longer
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    resampling = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BICUBIC
    return np.asarray(_image(picture).resize(size, resampling)).reshape(size[1], size[0], picture.shape[2])


def _framed(picture: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The centre of a picture, at a model's ratio and size."""
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
