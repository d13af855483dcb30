"""Chapter: limits, and posterior collapse."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["LIMITS"]

LIMITS = Chapter(
    id="limits",
    title=N_("Limits and outlook"),
    question=N_("What is posterior collapse, and what cures it?"),
    text=(
        N_(
            "If a dimension gains less reconstruction than its KL costs, training sets its posterior to the prior:"
            " $\\mu = 0$, $\\sigma = 1$ for every image. The dimension has *collapsed*, and the decoder ignores it. A"
            " large β makes this happen, and so do decoders that can do without the code."
        ),
        N_(
            "*Free bits* (Kingma et al. 2016) cure it: the KL of each dimension, averaged over the batch, costs"
            " nothing more up to λ nats. So a dimension may carry that much for free. A warm-up of β helps too."
        ),
        N_(
            "Other limits remain. Pixelwise likelihoods blur. One normal distribution is a coarse posterior and a"
            " coarse prior; flows and mixtures are richer. Large images need many latent variables in a hierarchy,"
            " which this project does not have."
        ),
    ),
    formulas=(N_(r"\text{loss} = -\mathbb{E}_q[\log p(x \mid z)] + \beta \sum_j \max(\lambda, \mathrm{KL}_j)"),),
    try_it=N_("Raise β and count the dimensions that remain. Then switch on free bits, at the same β."),
    figures=(Figure("collapse"),),
    code=("vae.training.objective:negative_elbo", "vae.models.priors:StandardNormal"),
    links=(
        Link("train", N_("Train: free bits, KL warm-up and a flow as prior")),
        Link("models", N_("Models: active dimensions")),
    ),
)
