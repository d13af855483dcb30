"""Registered priors p(z), with all facts of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vae.kinds.refusal import Refusal
from vae.references import resolve
from vae.registry import Registry

__all__ = ["PRIORS", "PriorKind"]


@dataclass(frozen=True)
class PriorKind:
    """One prior.

    Attributes:
        key: its name in configurations and on the command line.
        title: its name in the app.
        noun: its name within a sentence: "a flow".
        formula: p(z).
        meaning: when to choose it.
        source: paper and equation; "" where there is none.
        draw: describes a sample from it, in a sentence without a full stop.
        form: subclass of `vae.models.priors.Prior`, which computes it, or its "module:name".
        networks: function of the `ModelConfig` that lists the networks of a prior with weights as plain data
            (`vae.models.networks.stack.Part`); or its "module:name". None for a prior without weights.
        is_standard: whether it is N(0, I): its KL is exact and a sum over dimensions, and its samples are the noise.
        least_dimensions: smallest number of dimensions of z.
        why_dimensions: why it cannot have fewer.
        summary: text for a model's summary, such as "RealNVP prior"; "" adds nothing.
        refuses: settings that it cannot be combined with.
    """

    key: str
    title: str
    noun: str
    formula: str
    meaning: str
    draw: str
    form: str | Callable[..., Any]
    source: str = ""
    networks: str | Callable[..., Any] | None = None
    is_standard: bool = False
    least_dimensions: int = 1
    why_dimensions: str = ""
    summary: str = ""
    refuses: tuple[Refusal, ...] = (
        Refusal(
            ("free_bits",),
            "Free bits need a KL per dimension, which only the prior N(0, I) has.",
            "Set free_bits to 0, or use the prior normal.",
        ),
    )

    def plain(self, config, networks=()):
        """Return it as a `vae.models.priors.Prior` with these networks; no framework is loaded."""
        return resolve(self.form)(config, networks)

    def make(self, config, seed: int = 0):
        """Return it as a Keras layer with its weights, for a `ModelConfig`."""
        return resolve("vae.models.prior_layer:PriorLayer")(self, config, seed)

    def parts(self, config) -> list:
        """Return its networks as plain data; empty if it has no weights."""
        return resolve(self.networks)(config) if self.networks else []


PRIORS: Registry[PriorKind] = Registry("prior")

PRIORS.register(
    PriorKind(
        key="normal",
        title="N(0, I)",
        noun="N(0, I)",
        formula="N(0, I)",
        meaning="a first model; models with two dimensions, whose plane is then easier to read",
        draw="A sample from the prior, N(0, 1) in every dimension",
        form="vae.models.priors:StandardNormal",
        is_standard=True,
        refuses=(),
    )
)
PRIORS.register(
    PriorKind(
        key="realnvp",
        title="RealNVP flow",
        noun="a flow",
        formula="a normalising flow: `--prior-blocks` affine coupling layers between z and N(0, I)",
        meaning="samples that look more like the data; a better bound",
        source="Dinh et al. 2017, eq. 7–9",
        draw="A sample from the model's prior, a RealNVP flow that was trained with the model",
        form="vae.models.priors:RealNVP",
        networks="vae.models.networks.couplings:coupling_parts",
        least_dimensions=2,
        why_dimensions="realnvp computes some dimensions from others",
        summary="RealNVP prior",
        refuses=(
            Refusal(
                ("free_bits",),
                "Free bits need a KL per dimension, which a flow prior does not have.",
                "Set free_bits to 0, or use the prior normal.",
            ),
        ),
    )
)
