"""What a found network's numbers mean: chosen by looking (`guessing`), and by the person where that is wrong."""

from dataclasses import dataclass

from vae.formats.importing.pixel_formats import Layout, Pixels
from vae.formats.importing.posterior_scale import SPREADS, Spread
from vae.models.networks.layer import Shape

__all__ = ["Choices", "Head"]


@dataclass(frozen=True)
class Head:
    """Where the mean or the spread of the posterior lie among an encoder's outputs.

    Attributes:
        output: which one.
        part: 0 or 1 of an output that holds both, half and half; None where it is all of it.
    """

    output: int
    part: int | None = None


@dataclass(frozen=True)
class Choices:
    """How to read a draft.

    Attributes:
        image_shape: height, width, channels.
        latent_dim: numbers of a code.
        taken: layout and pixels of what the encoder takes; None for a decoder alone.
        given: of what the decoder gives.
        mean, log_var: the encoder's outputs; log_var, which the log-variance is made of, is None where it has none.
        spread: what `log_var` is.
    """

    image_shape: Shape
    latent_dim: int
    given: tuple[Layout, Pixels]
    taken: tuple[Layout, Pixels] | None = None
    mean: Head | None = None
    log_var: Head | None = None
    spread: Spread = SPREADS["log-variance"]

    def told(self, outputs: tuple[str, ...]) -> list[str]:
        """A sentence for each choice, for the card.

        Args:
            outputs: the encoder's, as the person called them.
        """
        height, width, channels = self.image_shape
        lines = [f"Pictures of {height} by {width} pixels, {'grey' if channels == 1 else 'colour'}."]
        if self.taken:
            lines.append(f"Pixels that the encoder takes: {self.taken[1].title}; layout: {self.taken[0]}.")
        lines.append(f"Pixels that the decoder gives: {self.given[1].title}; layout: {self.given[0]}.")
        if self.mean:
            lines.append(f"The mean is {_named(self.mean, outputs)}.")
            lines.append(
                f"The {self.spread.title} is {_named(self.log_var, outputs)}." if self.log_var else "No log-variance."
            )
            if self.log_var and self.spread != SPREADS["log-variance"]:
                lines.append("The log-variance is made of it.")
        return lines


def _named(head: Head, outputs: tuple[str, ...]) -> str:
    half = {None: "", 0: "the first half of ", 1: "the second half of "}[head.part]
    return f"{half}the output {outputs[head.output][:60]!r}"
