"""Registered likelihoods p(x | z), with all facts of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vae.references import resolve
from vae.registry import Registry

__all__ = ["LIKELIHOODS", "LikelihoodKind"]


@dataclass(frozen=True)
class LikelihoodKind:
    """One likelihood.

    Attributes:
        key: its name in configurations and on the command line.
        title: its name in the app.
        formula: log p(x | z) of one pixel; l are logits, μ = σ(l), x in [0, 1].
        meaning: when to choose it.
        source: paper and equation; "" where there is none.
        nats: what its values measure, and what they can be compared with.
        form: subclass of `vae.models.likelihoods.Likelihood`, which computes it, or "module:Class".
        width: name of its only weight, a width that all pixels share; "" if it has no weight.
        activation: name of the activation that computes the mean, in Keras and ONNX. With None, exports write the
            operations of its `mean`, and refuse an operation that the format does not have.
        mean_form: name of the mean in `MEANS` of `assets/js/demo/decoder.js` and of
            `vae/formats/onnx/means.py`. With None, web page and ONNX exports are refused.
        binary: whether pixels may be binarised: sampled as black or white, with the grey level as the probability.
    """

    key: str
    title: str
    formula: str
    meaning: str
    nats: str
    form: str | Callable[[], Any]
    source: str = ""
    width: str = ""
    activation: str | None = None
    mean_form: str | None = None
    binary: bool = False

    def plain(self):
        """Return it as a `vae.models.likelihoods.Likelihood` whose weight is not set; no framework is loaded."""
        return resolve(self.form)()

    def make(self):
        """Return it as a Keras layer with its weight."""
        return resolve("vae.models.likelihood_layer:LikelihoodLayer")(self.plain())


LIKELIHOODS: Registry[LikelihoodKind] = Registry("likelihood")

_FORMS = "vae.models.likelihoods"
_DENSITY = "log density of grey levels in [0, 1]; can be positive"

LIKELIHOODS.register(
    LikelihoodKind(
        key="bernoulli",
        title="Bernoulli",
        formula="x l − log(1 + eˡ)",
        meaning="near-binary images; a good loss on grey levels, but not a likelihood: "
        "do not compare its values with those of binarised images",
        source="Kingma & Welling 2014, app. C.1",
        nats="cross-entropy with grey levels: a loss, not a likelihood; not comparable with binarised images",
        form=f"{_FORMS}:Bernoulli",
        activation="sigmoid",
        mean_form="sigmoid",
        binary=True,
    )
)
LIKELIHOODS.register(
    LikelihoodKind(
        key="continuous-bernoulli",
        title="Continuous Bernoulli",
        formula="x l − log(1 + eˡ) + log(l / tanh(l/2))",
        meaning="grey levels: the same formula, normalised to a density on [0, 1]",
        source="Loaiza-Ganem & Cunningham 2019, eq. 4–8",
        nats=_DENSITY,
        form=f"{_FORMS}:ContinuousBernoulli",
        mean_form="continuous-bernoulli",
    )
)
LIKELIHOODS.register(
    LikelihoodKind(
        key="gaussian",
        title="Gaussian, learned σ",
        formula="log N(x; μ, σ²), one learned σ",
        meaning="grey and colour images; the learned σ balances reconstruction and KL",
        source="Rybkin et al. 2021, eq. 3",
        nats=_DENSITY,
        form=f"{_FORMS}:Gaussian",
        width="log_sigma",
        activation="sigmoid",
        mean_form="sigmoid",
    )
)
LIKELIHOODS.register(
    LikelihoodKind(
        key="gaussian-optimal",
        title="Gaussian, best σ",
        formula="the same, with the batch's mean squared error as σ²",
        meaning="the same; σ is computed instead of learned. The presets use it",
        source="Rybkin et al. 2021, eq. 6",
        nats=_DENSITY,
        form=f"{_FORMS}:OptimalGaussian",
        width="log_sigma",
        activation="sigmoid",
        mean_form="sigmoid",
    )
)
LIKELIHOODS.register(
    LikelihoodKind(
        key="laplace",
        title="Laplace",
        formula="−|x − μ| / b − log 2b, one learned b",
        meaning="images with outliers; sharper edges",
        nats=_DENSITY,
        form=f"{_FORMS}:Laplace",
        width="log_scale",
        activation="sigmoid",
        mean_form="sigmoid",
    )
)
LIKELIHOODS.register(
    LikelihoodKind(
        key="discretized-logistic",
        title="Discretised logistic",
        formula="log(S((x + ½/255 − μ)/s) − S((x − ½/255 − μ)/s)), S the logistic function, tails at the end levels",
        meaning="probabilities of 8-bit images, comparable in bits per pixel",
        source="Kingma et al. 2016, app. C; Salimans et al. 2017",
        nats="log probability of the 256 grey levels",
        form=f"{_FORMS}:DiscretizedLogistic",
        width="log_scale",
        activation="sigmoid",
        mean_form="sigmoid",
    )
)
