"""What a network's numbers mean, told by looking: at what it makes of noise, and at what it makes of real pictures.

With pictures, every reading that is possible is tried on some of them, and the one by which encoder and decoder
together give them back best is chosen; of those that are nearly as good, the most usual. Without, the decoder's last
activation decides, or the range of what it makes.
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
from vae.models.networks.layer import Shape

__all__ = ["IMAGES", "Guess", "guess"]

IMAGES = 64  # that readings are tried on, fewer where the networks are slow
_LEAST_IMAGES = 8
_STEPS = 4 * 10**10  # multiplications that trying one reading may take, about: two seconds of one core
_STANDARD = 2000  # whose mean and spread are taken
_BRIGHT = 30  # above which numbers are pixels of 0 to 255
_NEARLY = 1.03  # times the least error: readings as good as that are not told apart by it
_UNLIKELY = 2  # times its error: a decoder that ends in tanh and was trained on pixels of 0 to 1, which some are
_UNIT_ENDS, _SIGNED_ENDS = ("sigmoid", "hardsigmoid", "hard_sigmoid", "softmax"), ("tanh",)
_WIDTHS = 500  # whose posteriors' widths are looked at
Run = Callable[[np.ndarray], list[np.ndarray]]
_MEAN, _VARIANCE = re.compile(r"mean|mu\b|^mu|(?<!b)loc", re.I), re.compile(r"var|sigma|std|scale|dev", re.I)


@dataclass(frozen=True)
class Guess:
    """The likeliest reading.

    Attributes:
        choices: it.
        error: mean squared error per pixel of the tried pictures, pixels in [0, 1]; None without pictures.
        second: the error of the best reading with other ranges of pixels; NaN where there is none.
        notes: what a person should know of it, a sentence each.
    """

    choices: Choices
    error: float | None = None
    second: float = float("nan")
    notes: tuple[str, ...] = ()


def guess(draft: Draft, encode: Run | None, decode: Run, images: np.ndarray | None) -> Guess:
    """Find the likeliest reading.

    Args:
        encode, decode: the networks as they came: float32 `(n, …)` → their outputs.
        images: uint8 `(n, h, w, c)` of the model's own kind, of which the first `IMAGES` are tried, or fewer; None
            where there are none.
    """
    decoder, encoder = draft.decoder, draft.encoder
    latent_dim = prod(decoder.input_shape)
    noise = np.random.default_rng(0).standard_normal((32, *decoder.input_shape)).astype(np.float32)
    drawn = decode(noise)[0]
    layouts = _layouts(decoder, encoder, drawn, images)
    given, image_shape = layouts[0]
    pixels = _by_range(decoder.ends, drawn)
    if encoder is None:
        return Guess(Choices(image_shape, latent_dim, (given, PIXELS[pixels])))
    heads = _heads(encoder, latent_dim)
    taken = [layout for layout, image in layouts_of(encoder.input_shape) if image == image_shape]
    if images is None or images.shape[1:] != image_shape:
        assumed = PIXELS[pixels if pixels in ("signed", "mnist") else "unit"]
        mean, log_var = heads[0]
        choices = Choices(image_shape, latent_dim, (given, PIXELS[pixels]), (taken[0], assumed), mean, log_var)
        # The nearest to pictures that there are.
        own = np.clip(choices.given[1].from_network(pictures_from(drawn, given, image_shape)), 0, 1)
        return Guess(_with_spread(choices, encoder, encode, own))
    some = images[: _affordable(draft, IMAGES)].astype(np.float32) / np.float32(255)
    tried: list[tuple[float, Choices]] = []
    for layout, entering in itertools.product(taken, _entering(images)):
        outputs = _tried(encode, arrange(entering.to_network(some), layout, encoder.input_shape))
        for mean, log_var in heads if outputs else ():
            codes = _half(outputs[mean.output].reshape(len(some), -1), mean.part)
            given_back = _tried(decode, codes.reshape(len(some), *decoder.input_shape))
            if not given_back:
                continue
            made = given_back[0]
            for (laid, shape), leaving in itertools.product(layouts, _leaving(decoder.ends, made, entering)):
                if shape == image_shape:
                    pictures = np.clip(leaving.from_network(pictures_from(made, laid, shape)), 0, 1)
                    error = float(np.square(pictures - some).mean())
                    wide = _paired(mean, log_var, outputs, encoder)
                    tried.append((error, Choices(shape, latent_dim, (laid, leaving), (layout, entering), mean, wide)))
    if not tried:
        raise ImportRefusedError("The networks give no finite numbers for real pictures.", "Train the model again.")
    error, best = _most_usual(tried, decoder.ends)
    others = sorted((one for one in tried if _pixels(one[1]) != _pixels(best)), key=lambda one: one[0])
    # All over the data set, which may be in an order.
    widths = _affordable(draft, _WIDTHS)
    wide = images[:: max(1, len(images) // widths)][:widths].astype(np.float32) / np.float32(255)
    second = others[0][0] if others else float("nan")
    notes = (_near_tie(error, *others[0]),) if others and second <= error * _NEARLY else ()
    return Guess(_with_spread(best, encoder, encode, wide), error, second, notes)


def _pixels(choices: Choices) -> tuple[Pixels, Pixels]:
    """Of what the encoder takes and the decoder gives."""
    return choices.taken[1], choices.given[1]


def _most_usual(tried: list[tuple[float, Choices]], ends: str) -> tuple[float, Choices]:
    """Of the readings whose errors are nearly the least; of equally usual ones the first that was tried."""

    def weighed(one: tuple[float, Choices]) -> float:
        return one[0] * (_UNLIKELY if ends in _SIGNED_ENDS and one[1].given[1] == PIXELS["unit"] else 1)

    most = min(map(weighed, tried)) * _NEARLY
    return min((one for one in tried if weighed(one) <= most), key=lambda one: _rank(*_pixels(one[1]), ends))


def _rank(taken: Pixels, given: Pixels, ends: str) -> tuple[int, int]:
    """The lower, the more usual: pixels that fit the decoder's last activation, and the same on both sides."""
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
    return (
        f"The usual reading was chosen (squared error {error:.4f}). Another fits as well or better ({second:.4f}): "
        f"pixels in, {other.taken[1].title}; pixels out, {other.given[1].title}."
    )


def _affordable(draft: Draft, most: int) -> int:
    """How many pictures are looked at; ONNX networks are as quick as their trial was."""
    graphs = [found.network for found in (draft.encoder, draft.decoder) if found and found.network.kind == "graph"]
    steps = sum(graph.steps() for graph in graphs)
    return min(most, max(_LEAST_IMAGES, _STEPS // max(1, steps)))


def _with_spread(choices: Choices, encoder: FoundNetwork, encode: Run, pictures: np.ndarray) -> Choices:
    """With what the output is that says how wide the posterior is; pictures: `(n, h, w, c)` in [0, 1]."""
    if choices.log_var is None:
        return choices
    layout, pixels = choices.taken
    outputs = _tried(encode, arrange(pixels.to_network(pictures), layout, encoder.input_shape))
    name = encoder.outputs[choices.log_var.output]
    if not outputs:
        return replace(choices, spread=named_spread(name) or SPREADS["log-variance"])
    mean, spread = (
        _half(outputs[head.output].reshape(len(pictures), -1), head.part) for head in (choices.mean, choices.log_var)
    )
    return replace(choices, spread=spread_of(name, mean, spread))


def _tried(run: Run, x: np.ndarray) -> list[np.ndarray]:
    """Its outputs; [] where it fails or overflows: a wrong reading may lie far outside of what it was trained on."""
    try:
        outputs = run(x)
    except ImportRefusedError:
        return []
    return outputs if all(np.isfinite(output).all() for output in outputs) else []


def _layouts(decoder: FoundNetwork, encoder: FoundNetwork | None, drawn, images) -> list[tuple[Layout, Shape]]:
    """Of what the decoder gives, the likeliest first."""
    layouts = layouts_of(decoder.output_shapes[0])
    if encoder:
        known = {image for _, image in layouts_of(encoder.input_shape)}
        layouts = [one for one in layouts if one[1] in known] or layouts
    if images is not None:
        layouts = [one for one in layouts if one[1] == images.shape[1:]] or layouts
    # Of a row of colours both orders are possible: in the right one neighbours are alike.
    return sorted(layouts, key=lambda one: _roughness(pictures_from(drawn, *one)))


def _roughness(pictures: np.ndarray) -> float:
    steps = np.abs(np.diff(pictures, axis=1)).mean() + np.abs(np.diff(pictures, axis=2)).mean()
    return round(float(steps), 6)


def _by_range(ends: str, drawn: np.ndarray) -> str:
    """The pixels that a decoder gives, by its last activation or the range of what it makes of draws from the prior."""
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
    """Whether much of what a decoder makes is a black or white ground, if it is read as pixels in [0, 1]."""
    least, most = np.quantile(p, (0.005, 0.995))
    share = np.minimum(np.abs(p), np.abs(p - 1)) < 0.03
    return bool(share.mean() > 0.3 and least > -0.5 and most < 1.5 and most - least > 0.5)


def _entering(images: np.ndarray) -> list[Pixels]:
    """What an encoder may take: also standardised by its data."""
    levels, means, spreads = np.arange(256) / 255, [], []
    for channel in range(images.shape[-1]):
        counts = np.bincount(np.asarray(images[:_STANDARD, ..., channel]).ravel(), minlength=256)
        means.append(float(np.average(levels, weights=counts)))
        spreads.append(float(np.sqrt(np.average(np.square(levels - means[-1]), weights=counts))) or 1.0)
    own, known = Pixels.standardised(means, spreads), PIXELS["mnist" if len(means) == 1 else "imagenet"]
    ends = np.repeat(np.array([[0], [1]], np.float32), len(means), axis=1)
    near = np.allclose(known.from_network(own.to_network(ends)), ends, atol=0.1)
    return [PIXELS["unit"], PIXELS["signed"], PIXELS["bytes"], known, *([] if near else [own])]


def _leaving(ends: str, made: np.ndarray, entering: Pixels) -> list[Pixels]:
    """What a decoder may give, by its last activation and what it made; standardised where its encoder takes that."""
    if ends in _UNIT_ENDS:
        return [PIXELS["unit"]]
    kinds = [PIXELS["unit"], PIXELS["signed"]]
    if ends in _SIGNED_ENDS:
        return kinds
    if made.min() < -0.5 or made.max() > 1.5:
        kinds.append(PIXELS["logits"])
    if made.max() > _BRIGHT:  # no pictures of 0 to 255 are darker
        kinds.append(PIXELS["bytes"])
    plain = (PIXELS["unit"], PIXELS["signed"], PIXELS["bytes"])
    return kinds if entering in plain else [*kinds, entering]


def _heads(encoder: FoundNetwork, latent_dim: int) -> list[tuple[Head, Head | None]]:
    """Which outputs may be the mean and the posterior's width, the likeliest first."""
    whole = [index for index, size in enumerate(encoder.sizes) if size == latent_dim]
    both = [index for index, size in enumerate(encoder.sizes) if size == 2 * latent_dim]
    if not whole:
        return [(Head(both[0], 0), Head(both[0], 1)), (Head(both[0], 1), Head(both[0], 0))]
    names = encoder.outputs
    unlike = {index: (bool(_VARIANCE.search(names[index])), not _MEAN.search(names[index])) for index in whole}
    found = []
    # A name that tells is believed: by its pictures, a network that has hardly learned could be read either way round.
    for mean in (index for index in whole if unlike[index] == min(unlike.values())):
        rest = [index for index in whole if index != mean]
        named = [index for index in rest if _VARIANCE.search(names[index])]
        log_var = (named or rest or [None])[0]
        found.append((Head(mean), None if log_var is None else Head(log_var)))
    return found


def _paired(mean: Head, log_var: Head | None, outputs: list[np.ndarray], encoder: FoundNetwork) -> Head | None:
    """What says how wide the posterior of a mean is: of several left over, the one that is least like the mean.

    A third output is a draw, which lies near the mean.
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
