"""Finds the encoder and the decoder among the networks, by their shapes."""

from collections.abc import Sequence
from math import prod

from vae.errors import ImportRefusedError
from vae.formats.importing.draft import FoundNetwork
from vae.formats.importing.pixel_formats import layouts_of, picture_fault
from vae.message import message

__all__ = ["pair"]

_MOST_DIMENSIONS = 512


def pair(found: Sequence[FoundNetwork]) -> tuple[FoundNetwork | None, FoundNetwork, tuple[str, ...]]:
    """Return the encoder, None if there is none; the decoder; and notes about unused networks.

    Raises:
        ImportRefusedError: there is no decoder, there are two, or encoder and decoder do not fit together.
    """
    decoders = [one for one in found if _decodes(one)]
    encoders = [one for one in found if _encodes(one)]
    if not decoders:
        raise _without_decoder(found)
    pairs = [(encoder, decoder) for encoder in encoders for decoder in decoders if _fit(encoder, decoder)]
    if pairs:
        encoder, decoder = pairs[0]
        return encoder, decoder, _notes(found, (encoder, decoder))
    if len(decoders) > 1 and len({one.source for one in decoders}) > 1:
        raise ImportRefusedError("Both files are decoders.", "Import one encoder and one decoder, or one decoder.")
    if encoders:
        raise ImportRefusedError(
            message(
                "The encoder and the decoder do not fit together: the encoder {returns}, and the decoder {returns2}.",
                returns=_returns(encoders[0]),
                returns2=_returns(decoders[0]),
            ),
            "Import an encoder and a decoder of the same model.",
        )
    return None, decoders[0], _notes(found, (decoders[0],))


def _without_decoder(found: Sequence[FoundNetwork]) -> ImportRefusedError:
    """Return why none of the networks is a decoder; the message describes the nearest one."""
    for one in found:
        taken, given = {image for _, image in layouts_of(one.input_shape)}, one.output_shapes[0]
        if any(image in taken for _, image in layouts_of(given)):
            return ImportRefusedError(
                message(
                    "{source} contains a whole autoencoder: its input and its output are images.", source=one.source
                ),
                "Export the decoder by itself, from a code to an image, and the encoder too.",
            )
    for one in found:
        numbers, given = prod(one.input_shape), one.output_shapes[0]
        if one.encodes is True or prod(given) <= numbers:
            continue
        if not layouts_of(given):
            return ImportRefusedError(
                message(
                    "The output images of {source} {picture_fault}.",
                    source=one.source,
                    picture_fault=picture_fault(given),
                ),
                "Import a model of other images.",
            )
        return ImportRefusedError(
            message(
                "{source} has codes of {numbers} numbers; the limit is {most_dimensions}.",
                source=one.source,
                numbers=f"{numbers:,}",
                most_dimensions=_MOST_DIMENSIONS,
            ),
            "Import a model with a smaller latent space.",
        )
    shapes = "; ".join(f"{one.name[:40]} {_returns(one)}" for one in found[:4])
    return ImportRefusedError(
        message("There is no decoder, which returns an image for a code of fewer numbers: {shapes}.", shapes=shapes),
        "Export the decoder by itself, and the encoder too if there is one.",
    )


def _decodes(one: FoundNetwork) -> bool:
    numbers = prod(one.input_shape)
    larger = prod(one.output_shapes[0]) > numbers and numbers <= _MOST_DIMENSIONS
    return one.encodes is not True and larger and bool(layouts_of(one.output_shapes[0]))


def _encodes(one: FoundNetwork) -> bool:
    small = one.sizes[0] <= 2 * _MOST_DIMENSIONS and one.sizes[0] < prod(one.input_shape)
    return one.encodes is not False and small and bool(layouts_of(one.input_shape))


def _fit(encoder: FoundNetwork, decoder: FoundNetwork) -> bool:
    numbers = prod(decoder.input_shape)
    images = {image for _, image in layouts_of(encoder.input_shape)}
    same = images & {image for _, image in layouts_of(decoder.output_shapes[0])}
    return bool(same) and any(size in (numbers, 2 * numbers) for size in encoder.sizes)


def _notes(found: Sequence[FoundNetwork], used: tuple[FoundNetwork, ...]) -> tuple[str, ...]:
    sources = {one.source for one in used}
    unused = {one.source: one for one in found if one.source not in sources}
    return tuple(
        message("{source} is not used: {fault}.", source=source[:80], fault=_fault(one))
        for source, one in unused.items()
    )


def _fault(one: FoundNetwork) -> str:
    """Return why a network is neither the encoder nor the decoder."""
    if one.sizes[0] < prod(one.input_shape) and not layouts_of(one.input_shape):
        return message("its input images {picture_fault}", picture_fault=picture_fault(one.input_shape))
    if one.sizes[0] < prod(one.input_shape) and one.sizes[0] > 2 * _MOST_DIMENSIONS:
        return message(
            "it returns {sizes} numbers; a code has at most {most_dimensions}",
            sizes=f"{one.sizes[0]:,}",
            most_dimensions=_MOST_DIMENSIONS,
        )
    return f"it {_returns(one)}"


def _returns(one: FoundNetwork) -> str:
    """Return what a network computes, such as "returns 16 numbers and 16 numbers for 1 × 28 × 28 numbers"."""
    return f"returns {' and '.join(map(_size, one.output_shapes))} for {_size(one.input_shape)}"


def _size(shape: Sequence[int]) -> str:
    return message("{shape} numbers", shape=" × ".join(f"{side:,}" for side in shape))
