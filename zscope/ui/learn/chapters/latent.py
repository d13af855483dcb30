"""Chapter: latent variables, and why p(x) is hard to compute."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure

__all__ = ["LATENT"]

LATENT = Chapter(
    id="latent",
    title=N_("Latent variables"),
    question=N_("Why is p(x) an integral that cannot be computed directly?"),
    text=(
        N_(
            "A latent-variable model explains an image $x$ by a code $z$ that is not observed. The prior says which"
            " codes are likely, the decoder which images follow from a code. The probability of an image is a mean"
            " over *all* codes."
        ),
        N_(
            "A mean can be estimated: draw codes from the prior, and average $p(x \\mid z)$. The estimate is unbiased."
            " But almost every draw gives a picture that is nothing like $x$, so its term is practically 0. A few"
            " lucky draws carry the whole sum."
        ),
        N_(
            "In one or two dimensions, ten thousand draws are enough. Each further dimension makes lucky draws rarer"
            " by a factor, so the number of draws that you need grows exponentially. This is why a VAE needs an"
            " encoder: it proposes codes that fit $x$."
        ),
    ),
    formulas=(
        r"p(x) = \int p(x \mid z)\, p(z)\, dz",
        r"p(x) \approx \frac1n \sum_{i=1}^n p(x \mid z_i), \qquad z_i \sim p(z)",
    ),
    try_it=N_("Increase the number of dimensions d. Watch how five runs disagree, and stay below the exact value."),
    figures=(Figure("montecarlo"),),
    code=("vae.models.elbo:log_mean_exp",),
)
