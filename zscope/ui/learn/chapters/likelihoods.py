"""Chapter: likelihoods, and what means instead of sums do."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link, Mistake

__all__ = ["LIKELIHOODS"]

LIKELIHOODS = Chapter(
    id="likelihoods",
    title=N_("Likelihoods"),
    question=N_("Which loss belongs to the pixels, and why does its scale matter?"),
    text=(
        N_(
            "The reconstruction term is $\\log p(x \\mid z)$, so each loss for pixels is a *likelihood*. Cross-entropy"
            " is the Bernoulli likelihood of black and white pixels. Squared errors belong to a Gaussian, absolute"
            " errors to a Laplace distribution."
        ),
        N_(
            "A Gaussian needs a width: a sum of squares without any factor is a Gaussian with $\\sigma^2 = \\tfrac12$,"
            " up to a constant. The width decides how much an error costs compared with the KL. So do not guess it,"
            " learn it."
        ),
        N_(
            "The ELBO is a *sum* over pixels and over dimensions. A mean over 784 pixels, with the KL still a sum,"
            " divides the reconstruction by 784: the same as β = 784. Dividing the KL instead gives β = 1/784."
        ),
    ),
    formulas=(
        N_(r"\text{Bernoulli:}\quad x \log m + (1 - x) \log (1 - m)"),
        N_(r"\text{Gaussian:}\quad -\frac{(x - m)^2}{2\sigma^2} - \log \sigma - \tfrac12 \log 2\pi"),
        N_(r"\text{Laplace:}\quad -\frac{|x - m|}{b} - \log 2b"),
    ),
    try_it=N_("Compare how each likelihood punishes a wrong prediction. Below, replace sums by means."),
    figures=(
        Figure("likelihood"),
        Figure(
            "gallery",
            {
                "title": N_("Sum or mean: three models that differ only in this"),
                "name": N_("Loss"),
                "models": {
                    "vae": N_("Sums: β = 1"),
                    "mean-over-pixels": N_("Mean over pixels: β = 784"),
                    "kl-over-pixels": N_("KL divided by 784: β = 1/784"),
                },
                "notes": {
                    "vae": N_("Reconstruction summed over pixels, KL summed over dimensions."),
                    "mean-over-pixels": N_(
                        "The KL outweighs all: the code says nothing, and every picture is the same."
                    ),
                    "kl-over-pixels": N_("The codes have left the prior, so draws rarely meet them."),
                },
                "measures": ["elbo", "reconstruction", "kl", "sigma", "mse"],
            },
        ),
        Figure(
            "gallery",
            {
                "title": N_("The same network under three likelihoods"),
                "name": N_("Likelihood"),
                "models": {
                    "vae": N_("Bernoulli"),
                    "gaussian": N_("Gaussian, best σ"),
                    "laplace": N_("Laplace, learned b"),
                },
                "notes": {
                    "vae": N_("ELBOs of these models cannot be compared: two are densities of grey levels."),
                    "gaussian": N_("The ELBO is that of a density, and can be positive. σ is the error of the batch."),
                    "laplace": N_("The picture is the median of each pixel, so faint strokes vanish."),
                },
                "measures": ["kl", "mse", "sigma"],
            },
        ),
    ),
    code=("vae.models.likelihoods:Bernoulli.log_prob", "vae.models.likelihoods:Laplace.log_prob"),
    mistakes=(
        Mistake(
            id="laplace-half",
            title=N_("A Laplace likelihood"),
            lines=(
                N_("decoder: z → m, one value for each pixel"),
                "p(x | z) = Π exp(−|x − m| / b) / b",
                N_("reconstruction = −log p(x | z)"),
            ),
            wrong=(1,),
            right=("p(x | z) = Π exp(−|x − m| / b) / (2b)",),
            explanation=N_(
                "Without the factor ½, the probabilities add up to 2 for each pixel, so it is not a density. Each"
                " pixel gets log 2 = 0.69 nats too much, an image of 784 pixels 543.4 nats. Gradients do not"
                " change, so training hides it; a comparison of models does not. One tutorial writes it as q(z |"
                " x), but it is the decoder's distribution of x."
            ),
            figure=Figure("likelihood", {"kinds": ["laplace", "laplace-without-half"]}),
        ),
    ),
    links=(
        Link("train", N_("Train: choose a likelihood")),
        Link("compare", N_("Compare: models with different likelihoods")),
    ),
)
