"""The interpretation of a draft: its pixel formats, layouts and encoder outputs, inferred or chosen by the user."""

from dataclasses import dataclass

from vae.formats.importing.pixel_formats import Layout, Pixels
from vae.formats.importing.posterior_scale import SPREADS, Spread
from vae.message import N_, message
from vae.models.networks.layer import Shape

__all__ = ["Choices", "Head"]


@dataclass(frozen=True)
class Head:
    """The place of the posterior's mean or scale among an encoder's outputs.

    Attributes:
        output: index of the output.
        part: 0 or 1 for the first or second half of an output that contains both; None for the whole output.
    """

    output: int
    part: int | None = None


@dataclass(frozen=True)
class Choices:
    """An interpretation of a draft.

    Attributes:
        image_shape: height, width, channels.
        latent_dim: numbers of a code.
        given: layout and pixel format of the decoder's output.
        taken: layout and pixel format of the encoder's input; None for a decoder alone.
        mean: the encoder's output with the posterior's mean; None for a decoder alone.
        log_var: the output with the posterior's scale, from which the log-variance is computed; None if there is none.
        spread: meaning of `log_var`.
    """

    image_shape: Shape
    latent_dim: int
    given: tuple[Layout, Pixels]
    taken: tuple[Layout, Pixels] | None = None
    mean: Head | None = None
    log_var: Head | None = None
    spread: Spread = SPREADS["log-variance"]

    def sentences(self, outputs: tuple[str, ...]) -> list[str]:
        """Return a sentence for each choice, for the model card.

        Args:
            outputs: names of the encoder's outputs.
        """
        height, width, channels = self.image_shape
        lines: list[str] = [
            message(
                "Images of {height} by {width} pixels, {value}.",
                height=height,
                width=width,
                value="grey" if channels == 1 else "colour",
            )
        ]
        if self.taken:
            lines.append(
                message(
                    "Input pixels of the encoder: {title}; layout: {taken}.",
                    title=self.taken[1].title,
                    taken=self.taken[0],
                )
            )
        lines.append(
            message(
                "Output pixels of the decoder: {title}; layout: {given}.",
                title=self.given[1].title,
                given=self.given[0],
            )
        )
        if self.mean:
            lines.append(message("The mean is {named}.", named=_named(self.mean, outputs)))
            lines.append(
                message("The {title} is {named}.", title=self.spread.title, named=_named(self.log_var, outputs))
                if self.log_var
                else N_("No log-variance.")
            )
            if self.log_var and self.spread != SPREADS["log-variance"]:
                lines.append(N_("The log-variance is computed from it."))
        return lines


def _named(head: Head, outputs: tuple[str, ...]) -> str:
    half = {None: "", 0: N_("the first half of "), 1: N_("the second half of ")}[head.part]
    return message("{half}the output {outputs}", half=half, outputs=repr(outputs[head.output][:60]))
