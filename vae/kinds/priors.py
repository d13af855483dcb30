"""The priors p(z): what is true of each, wherever it is asked for."""

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
        noun: the same within a sentence: "a flow".
        formula: p(z).
        meaning: what to choose it for.
        source: paper and equation; "" where there is none.
        draw: what a draw from it is, a sentence without a full stop.
        layer: the Keras layer of a `ModelConfig` and a seed, called "prior", with `log_prob(z)` and `sample(noise)`,
            and its layers with weights as `parts`; a class or function, or "module:name".
        networks: of a prior with weights: a function of the `ModelConfig` that lists its networks as plain data
            (`vae.models.networks.stack.Part`), or "module:name" of one.
        is_standard: it is N(0, I) itself: its KL is exact and the sum of that of the dimensions, and draws are noise.
        least_dimensions: of z, that it takes.
        why_dimensions: why not fewer.
        summary: added to a model's summary, such as "RealNVP prior"; "" adds nothing.
        refuses: settings that it cannot be combined with.
    """

    key: str
    title: str
    noun: str
    formula: str
    meaning: str
    draw: str
    layer: str | Callable[..., Any]
    source: str = ""
    networks: str | Callable[..., Any] | None = None
    is_standard: bool = False
    least_dimensions: int = 1
    why_dimensions: str = ""
    summary: str = ""
    refuses: tuple[Refusal, ...] = (
        Refusal(
            ("free_bits",),
            "Free bits count the KL per dimension, which only the prior N(0, I) has.",
            "Use one of the two.",
        ),
    )

    def make(self, config, seed: int = 0):
        """The Keras layer for a `ModelConfig`."""
        return resolve(self.layer)(config, seed)

    def parts(self, config) -> list:
        """Its networks, as plain data; empty where it has no weights."""
        return resolve(self.networks)(config) if self.networks else []


PRIORS: Registry[PriorKind] = Registry("prior")

PRIORS.register(
    PriorKind(
        key="normal",
        title="N(0, I)",
        noun="N(0, I)",
        formula="N(0, I)",
        meaning="two dimensions, so that the plane stays readable; all first tries",
        draw="A draw from the prior, N(0, 1) in every dimension",
        layer="vae.models.priors:StandardNormal",
        is_standard=True,
        refuses=(),
    )
)
PRIORS.register(
    PriorKind(
        key="realnvp",
        title="RealNVP flow",
        noun="a flow",
        formula="a flow of `--prior-blocks` affine couplings to N(0, I)",
        meaning="random pictures that look like data; a better bound",
        source="Dinh et al. 2017, eq. 7–9",
        draw="A draw from the model's own prior, a RealNVP flow that has learned where codes lie",
        layer="vae.models.priors:RealNVP",
        networks="vae.models.networks.couplings:coupling_parts",
        least_dimensions=2,
        why_dimensions="realnvp couples dimensions with each other",
        summary="RealNVP prior",
        refuses=(
            Refusal(
                ("free_bits",),
                "Free bits count the KL per dimension, which a flow prior does not have.",
                "Use one of the two.",
            ),
        ),
    )
)
