"""Infers the interpretation of a draft: pixel formats, layouts and encoder outputs.

With images, all possible interpretations are tried on some of them. The one with the lowest reconstruction error is
chosen; of those within 3 %, the most common one. Without images, the decoder's last activation decides, or the range of
its outputs for random codes.

Not every standardisation can be tried. Where the chosen one fits poorly, a note says so and names the option.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from vae.errors import ImportRefusedError
from vae.formats.importing.draft import Draft, FoundNetwork
from vae.formats.importing.interpretation import Choices, Head
from vae.formats.importing.pixel_formats import PIXELS, Layout, Pixels, arrange, layouts_of, pictures_from
from vae.formats.importing.posterior_scale import SPREADS, named_spread, spread_of
from vae.message import N_, message
from vae.models.networks.layer import Shape

__all__ = ["IMAGES", "Guess", "guess"]

IMAGES = 64  # that interpretations are tried on; fewer if the networks are slow
_LEAST_IMAGES = 8
_STEPS = 4 * 10**10  # multiplications for trying one interpretation, approximately: two seconds of one core
_STANDARD = 2000  # images for the data set's mean and standard deviation
_BRIGHT = 30  # numbers above it are pixels of 0 to 255
_NEARLY = 1.03  # interpretations with up to this multiple of the lowest error count as equally good
_UNLIKELY = 2  # factor on the error of [0, 1] from a decoder that ends in tanh: some were trained on it
_UNIT_ENDS, _SIGNED_ENDS = ("sigmoid", "hardsigmoid", "hard_sigmoid", "softmax"), ("tanh",)
_SCALES = 500  # images whose posterior scales are compared
_POOR = 0.5  # share of the images' variance: a larger error is a poor fit
_BETTER = 1.2  # a fitted mean and SD are named if the chosen format's error is at least this multiple of theirs
_STATE_IT = N_(
    "If the pixels were standardised in another way, state their mean and SD: --pixels-in and --pixels-out, or "
    "“Mean and SD …” in the dialog."
)
Run = Callable[[np.ndarray], list[np.ndarray]]
_MEAN, _VARIANCE = re.compile(r"mean|mu\b|^mu|(?<!b)loc", re.I), re.compile(r"var|sigma|std|scale|dev", re.I)


@dataclass(frozen=True)
class Guess:
    """The most likely interpretation.

    Attributes:
        choices: the interpretation.
        error: mean squared error per pixel of the tried images, pixels in [0, 1]; None without images.
        second: error of the best interpretation with other pixel formats; NaN if there is none.
        notes: limits of the inference, for the user, a sentence each.
    """

    choices: Choices
    error: float | None = None
    second: float = float("nan")
    notes: tuple[str, ...] = ()


def guess(
    draft: Draft,
    encode: Run | None,
    decode: Run,
    images: np.ndarray | None,
    taken: Pixels | None = None,
    given: Pixels | None = None,
) -> Guess:
    """Find the most likely interpretation.

    Args:
        encode, decode: the networks before any conversion: float32 `(n, …)` → their outputs.
        images: uint8 `(n, h, w, c)` of the kind that the model was trained on; at most `IMAGES` of them are tried.
        taken: pixel format of the encoder's input as the user states it; None to infer it.
        given: pixel format of the decoder's output as the user states it; None to infer it.

    Raises:
        ImportRefusedError: there is no decoder, a stated format does not fit the images, or no interpretation gives
            finite numbers.
    """
    decoder, encoder = draft.decoder, draft.encoder
    if decoder is None:
        raise ImportRefusedError("The files contain no decoder.", "Add the decoder's file.")
    latent_dim = prod(decoder.input_shape)
    noise = np.random.default_rng(0).standard_normal((32, *decoder.input_shape)).astype(np.float32)
    drawn = decode(noise)[0]
    layouts = _layouts(decoder, encoder, drawn, images)
    layout, image_shape = layouts[0]
    for stated in filter(None, (taken, given)):
        stated.check(image_shape[2])
    by_range = _by_range(decoder.ends, drawn)
    leaving = given or PIXELS[by_range]
    notes = () if given else _range_alone(decoder.ends, leaving, drawn)
    if encoder is None or encode is None:
        return Guess(Choices(image_shape, latent_dim, (layout, leaving)), notes=notes)
    heads = _heads(encoder, latent_dim)
    layouts_in: list[Layout] = [layout for layout, image in layouts_of(encoder.input_shape) if image == image_shape]
    if images is None or images.shape[1:] != image_shape:
        assumed = taken or (leaving if leaving == PIXELS["signed"] or leaving.standardises else PIXELS["unit"])
        mean, log_var = heads[0]
        choices = Choices(image_shape, latent_dim, (layout, leaving), (layouts_in[0], assumed), mean, log_var)
        # Decoded random codes stand for images.
        decoded = np.clip(leaving.from_network(pictures_from(drawn, layout, image_shape)), 0, 1)
        return Guess(_with_spread(choices, encoder, encode, decoded), notes=notes)
    some = images[: _affordable(draft, IMAGES)].astype(np.float32) / np.float32(255)
    tried: list[tuple[float, Choices]] = []
    for layout_in, entering in itertools.product(layouts_in, [taken] if taken else _entering(images)):
        outputs = _outputs(encode, arrange(entering.to_network(some), layout_in, encoder.input_shape))
        for mean, log_var in heads if outputs else ():
            codes = _half(outputs[mean.output].reshape(len(some), -1), mean.part)
            decoded = _outputs(decode, codes.reshape(len(some), *decoder.input_shape))
            if not decoded:
                continue
            possible = [given] if given else _leaving(decoder.ends, decoded[0], entering)
            for (layout_out, shape), leaving in itertools.product(layouts, possible):
                if shape == image_shape:
                    pictures = np.clip(leaving.from_network(pictures_from(decoded[0], layout_out, shape)), 0, 1)
                    error = float(np.square(pictures - some).mean())
                    scale = _paired(mean, log_var, outputs, encoder)
                    choices = Choices(shape, latent_dim, (layout_out, leaving), (layout_in, entering), mean, scale)
                    tried.append((error, choices))
    if not tried:
        raise ImportRefusedError("The networks return NaN or infinity for real images.", "Train the model again.")
    error, best = _most_usual(tried, decoder.ends)
    others = sorted((one for one in tried if _pixels(one[1]) != _pixels(best)), key=lambda one: one[0])
    # From all over the data set, which may be sorted.
    count = _affordable(draft, _SCALES)
    spaced = images[:: max(1, len(images) // count)][:count].astype(np.float32) / np.float32(255)
    second = others[0][0] if others else float("nan")
    notes = (_near_tie(error, *others[0]),) if others and second <= error * _NEARLY else ()
    if given is None and decoder.ends not in (*_UNIT_ENDS, *_SIGNED_ENDS):
        notes += _better_output(error, best, some, _made(best, encoder, decoder, encode, decode, some))
    inferred = [pixels for pixels, stated in zip(_pixels(best), (taken, given), strict=True) if stated is None]
    if not notes and any(pixels.standardises for pixels in inferred):
        notes += _poor_fit(error, some)
    return Guess(_with_spread(best, encoder, encode, spaced), error, second, notes)


def _pixels(choices: Choices) -> tuple[Pixels, Pixels]:
    """Return the formats of the encoder's input and the decoder's output."""
    if choices.taken is None:  # never: only models with an encoder are tried
        raise ImportRefusedError("The model has no encoder.", "Add the encoder's file.")
    return choices.taken[1], choices.given[1]


def _most_usual(tried: list[tuple[float, Choices]], ends: str) -> tuple[float, Choices]:
    """Return the most common interpretation within 3 % of the lowest error; of equally common ones, the first."""

    def weighted(one: tuple[float, Choices]) -> float:
        return one[0] * (_UNLIKELY if ends in _SIGNED_ENDS and one[1].given[1] == PIXELS["unit"] else 1)

    most = min(map(weighted, tried)) * _NEARLY
    return min((one for one in tried if weighted(one) <= most), key=lambda one: _rank(*_pixels(one[1]), ends))


def _rank(taken: Pixels, given: Pixels, ends: str) -> tuple[int, int]:
    """Return a sort key, lower for more common: formats that fit the last activation, the same on both sides."""
    signed, bounded = ends in _SIGNED_ENDS, ends in _SIGNED_ENDS or ends in _UNIT_ENDS
    order = [PIXELS["signed"], PIXELS["unit"]] if signed else [PIXELS["unit"], PIXELS["signed"]]
    if not bounded:
        order.insert(1, PIXELS["logits"])
    takes = [PIXELS["unit"] if given.logits else given, PIXELS["unit"], PIXELS["signed"]]
    return (
        order.index(given) if given in order else len(order) + (given == PIXELS["bytes"]),
        takes.index(taken) if taken in takes else len(takes) + (taken == PIXELS["bytes"]),
    )


def _near_tie(error: float, second: float, other: Choices) -> str:
    taken, given = _pixels(other)
    return message(
        "The most common interpretation was chosen (squared error {error}). Another one fits as "
        "well or better ({second}): input pixels {title}; output pixels {title2}.",
        error=f"{error:.4f}",
        second=f"{second:.4f}",
        title=taken.title,
        title2=given.title,
    )


def _range_alone(ends: str, pixels: Pixels, drawn: np.ndarray) -> tuple[str, ...]:
    """Return notes if the range of the decoder's numbers does not determine its pixel format."""
    if ends in _UNIT_ENDS or ends in _SIGNED_ENDS:
        return ()
    p = pixels.from_network(drawn)
    if not (pixels.standardises or pixels.logits or p.min() < -0.1 or p.max() > 1.1):
        return ()
    return message(
        "The output pixels ({title}) were inferred from their range alone and may be wrong.", title=pixels.title
    ), _STATE_IT


def _made(
    choices: Choices, encoder: FoundNetwork, decoder: FoundNetwork, encode: Run, decode: Run, images: np.ndarray
) -> np.ndarray:
    """Return the decoder's numbers for the codes of images, float32 `(n, h, w, c)`."""
    if choices.taken is None or choices.mean is None:  # never: only models with an encoder are tried
        raise ImportRefusedError("The model has no encoder.", "Add the encoder's file.")
    layout, pixels = choices.taken
    outputs = encode(arrange(pixels.to_network(images), layout, encoder.input_shape))
    codes = _half(outputs[choices.mean.output].reshape(len(images), -1), choices.mean.part)
    decoded = decode(codes.reshape(len(images), *decoder.input_shape))[0]
    return pictures_from(decoded, choices.given[0], choices.image_shape)


def _variance(images: np.ndarray) -> float:
    """Return the mean squared error of the average image."""
    return float(np.square(images - images.mean(axis=0)).mean())


def _better_output(error: float, choices: Choices, images: np.ndarray, made: np.ndarray) -> tuple[str, ...]:
    """Return notes if another standardisation fits the decoder's numbers clearly better than the chosen format."""
    fitted, least = _fitted(made, images)
    if not fitted or least > _POOR * _variance(images) or error < _BETTER * least:
        return ()
    named = ",".join(f"{number:.4g}" for number in fitted)
    return (
        message(
            "The output pixels ({title}) fit poorly: squared error {error}. A mean and an SD of "
            "{named} fit better: {least}.",
            title=choices.given[1].title,
            error=f"{error:.4f}",
            named=named,
            least=f"{least:.4f}",
        ),
        _STATE_IT,
    )


def _poor_fit(error: float, images: np.ndarray) -> tuple[str, ...]:
    """Return notes if an inferred standardisation does not explain the images."""
    if error <= _POOR * _variance(images):
        return ()
    return (
        message(
            "The fit is poor: squared error {error}, and {variance} for the average image. The "
            "inferred mean and SD of the pixels may be wrong.",
            error=f"{error:.4f}",
            variance=f"{_variance(images):.4f}",
        ),
        _STATE_IT,
    )


def _fitted(made: np.ndarray, images: np.ndarray) -> tuple[list[float], float]:
    """Fit a mean and an SD to each channel of the decoder's numbers by least squares: p ≈ SD · x + mean.

    A decoder that was trained with the squared error gives the conditional mean of its images, for which the true
    standardisation is the best linear fit.

    Returns:
        The means of all channels and then the SDs, [] if a channel has no positive slope; and the mean squared error.
    """
    means: list[float] = []
    deviations: list[float] = []
    error = 0.0
    for channel in range(images.shape[-1]):
        x, p = made[..., channel].ravel().astype(np.float64), images[..., channel].ravel().astype(np.float64)
        spread = float(x.var())
        slope = float(np.mean((x - x.mean()) * (p - p.mean()))) / spread if spread else 0.0
        if slope <= 0:
            return [], float("inf")
        deviations.append(slope)
        means.append(float(p.mean() - slope * x.mean()))
        error += float(np.square(np.clip(slope * x + means[-1], 0, 1) - p).mean()) / images.shape[-1]
    return [*means, *deviations], error


def _affordable(draft: Draft, most: int) -> int:
    """Return how many images to use. ONNX networks are fast enough: the import has timed them."""
    graphs = [found.network for found in (draft.encoder, draft.decoder) if found and found.network.kind == "graph"]
    steps = sum(graph.steps() for graph in graphs)
    return min(most, max(_LEAST_IMAGES, _STEPS // max(1, steps)))


def _with_spread(choices: Choices, encoder: FoundNetwork, encode: Run, pictures: np.ndarray) -> Choices:
    """Add the meaning of the posterior scale; pictures: `(n, h, w, c)` in [0, 1]."""
    if choices.log_var is None or choices.mean is None or choices.taken is None:
        return choices
    layout, pixels = choices.taken
    outputs = _outputs(encode, arrange(pixels.to_network(pictures), layout, encoder.input_shape))
    name = encoder.outputs[choices.log_var.output]
    if not outputs:
        return replace(choices, spread=named_spread(name) or SPREADS["log-variance"])
    mean, spread = (
        _half(outputs[head.output].reshape(len(pictures), -1), head.part) for head in (choices.mean, choices.log_var)
    )
    return replace(choices, spread=spread_of(name, mean, spread))


def _outputs(run: Run, x: np.ndarray) -> list[np.ndarray]:
    """Return the outputs; [] if the network fails or overflows, as it may far outside its training data."""
    try:
        outputs = run(x)
    except ImportRefusedError:
        return []
    return outputs if all(np.isfinite(output).all() for output in outputs) else []


def _layouts(decoder: FoundNetwork, encoder: FoundNetwork | None, drawn, images) -> list[tuple[Layout, Shape]]:
    """Return the layouts of the decoder's output with their image shapes, the most likely first."""
    layouts = layouts_of(decoder.output_shapes[0])
    if encoder:
        known = {image for _, image in layouts_of(encoder.input_shape)}
        layouts = [one for one in layouts if one[1] in known] or layouts
    if images is not None:
        layouts = [one for one in layouts if one[1] == images.shape[1:]] or layouts
    # A row of colours has two possible orders: in the right one, neighbouring pixels are alike.
    return sorted(layouts, key=lambda one: _roughness(pictures_from(drawn, *one)))


def _roughness(pictures: np.ndarray) -> float:
    steps = np.abs(np.diff(pictures, axis=1)).mean() + np.abs(np.diff(pictures, axis=2)).mean()
    return round(float(steps), 6)


def _by_range(ends: str, drawn: np.ndarray) -> str:
    """Return the key of the decoder's output pixels, by its last activation or the range of decoded random codes."""
    low, high = float(drawn.min()), float(drawn.max())
    if ends in _UNIT_ENDS or (low >= 0 and high <= 1 and ends not in _SIGNED_ENDS):
        return "unit"
    if ends in _SIGNED_ENDS:
        return "signed"
    if low >= -1 and high <= 1:
        return "signed" if low < -0.2 else "unit"
    if high > _BRIGHT and low > -0.5 * high:
        return "bytes"
    grounded = [kind for kind in ("unit", "signed", "mnist") if _has_ground(PIXELS[kind].from_network(drawn))]
    return grounded[0] if grounded else "logits" if low < -2 else "unit"


def _has_ground(p: np.ndarray) -> bool:
    """Return whether pixels p have a black or white background, as images of digits have."""
    least, most = np.quantile(p, (0.005, 0.995))
    share = np.minimum(np.abs(p), np.abs(p - 1)) < 0.03
    return bool(share.mean() > 0.3 and least > -0.5 and most < 1.5 and most - least > 0.5)


def _entering(images: np.ndarray) -> list[Pixels]:
    """Return the possible input formats; also standardised by the data set's own mean and SD."""
    levels, means, deviations = np.arange(256) / 255, [], []
    for channel in range(images.shape[-1]):
        counts = np.bincount(np.asarray(images[:_STANDARD, ..., channel]).ravel(), minlength=256)
        means.append(float(np.average(levels, weights=counts)))
        deviations.append(float(np.sqrt(np.average(np.square(levels - means[-1]), weights=counts))) or 1.0)
    own, known = Pixels.standardised(means, deviations), PIXELS["mnist" if len(means) == 1 else "imagenet"]
    ends = np.repeat(np.array([[0], [1]], np.float32), len(means), axis=1)
    near = np.allclose(known.from_network(own.to_network(ends)), ends, atol=0.1)
    return [PIXELS["unit"], PIXELS["signed"], PIXELS["bytes"], known, *([] if near else [own])]


def _leaving(ends: str, made: np.ndarray, entering: Pixels) -> list[Pixels]:
    """Return the possible output formats, by the last activation and the numbers; standardised if the input is."""
    if ends in _UNIT_ENDS:
        return [PIXELS["unit"]]
    kinds = [PIXELS["unit"], PIXELS["signed"]]
    if ends in _SIGNED_ENDS:
        return kinds
    if made.min() < -0.5 or made.max() > 1.5:
        kinds.append(PIXELS["logits"])
    if made.max() > _BRIGHT:  # images of 0 to 255 are not darker
        kinds.append(PIXELS["bytes"])
    plain = (PIXELS["unit"], PIXELS["signed"], PIXELS["bytes"])
    return kinds if entering in plain else [*kinds, entering]


def _heads(encoder: FoundNetwork, latent_dim: int) -> list[tuple[Head, Head | None]]:
    """Return the outputs that may be the posterior's mean and scale, the most likely first."""
    whole = [index for index, size in enumerate(encoder.sizes) if size == latent_dim]
    both = [index for index, size in enumerate(encoder.sizes) if size == 2 * latent_dim]
    if not whole:
        return [(Head(both[0], 0), Head(both[0], 1)), (Head(both[0], 1), Head(both[0], 0))]
    names = encoder.outputs
    unlike = {index: (bool(_VARIANCE.search(names[index])), not _MEAN.search(names[index])) for index in whole}
    found = []
    # A clear name decides: the images of a network that has hardly learned fit either way.
    for mean in (index for index in whole if unlike[index] == min(unlike.values())):
        rest = [index for index in whole if index != mean]
        named = [index for index in rest if _VARIANCE.search(names[index])]
        log_var = (named or rest or [None])[0]
        found.append((Head(mean), None if log_var is None else Head(log_var)))
    return found


def _paired(mean: Head, log_var: Head | None, outputs: list[np.ndarray], encoder: FoundNetwork) -> Head | None:
    """Return the posterior scale that belongs to a mean: of several other outputs, the one least like the mean.

    A third output is a sample of the posterior, which is near the mean.
    """
    if log_var is None or log_var.part is not None:
        return log_var
    size = outputs[mean.output].size
    rest = [index for index, output in enumerate(outputs) if index != mean.output and output.size == size]
    codes = outputs[mean.output].reshape(-1)
    if not _VARIANCE.search(encoder.outputs[log_var.output]):
        log_var = Head(max(rest, key=lambda index: float(np.square(outputs[index].reshape(-1) - codes).mean())))
    return log_var


def _half(codes: np.ndarray, part: int | None) -> np.ndarray:
    size = codes.shape[1] // 2
    return codes if part is None else codes[:, part * size : (part + 1) * size]
