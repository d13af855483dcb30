"""Chapter: the KL divergence and the ELBO."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link, Mistake

__all__ = ["KL"]

KL = Chapter(
    id="kl",
    title=N_("KL and ELBO"),
    question=N_("What does the second term of the loss do, and what happens without it?"),
    text=(
        N_(
            "The ELBO has two terms. The *reconstruction* rewards codes from which the decoder restores the image. The"
            " *KL divergence* is the price of a code: how far the posterior of an image is from the prior, in nats."
        ),
        N_(
            "For diagonal normal distributions, the KL has a closed form, a sum over dimensions. A dimension's KL is 0"
            " only where $\\mu = 0$ and $\\sigma = 1$: then the posterior equals the prior, and the dimension says"
            " nothing about the image."
        ),
        N_(
            "A β-VAE multiplies the KL by β. With β = 1, the loss is the negative ELBO. A small β gives more weight to"
            " the reconstruction, and the codes leave the prior: draws from the prior then miss them. A large β pushes"
            " all posteriors onto the prior, until the code says nothing."
        ),
    ),
    formulas=(
        r"\mathrm{KL} = \tfrac12 \sum_j \left(\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2\right)",
        N_(r"\text{loss} = -\mathbb{E}_{q}[\log p(x \mid z)] + \beta\, \mathrm{KL}(q(z \mid x) \,\|\, p(z))"),
    ),
    try_it=N_("Move μ and σ until the area disappears. Below, change β: compare plane, reconstructions and draws."),
    figures=(Figure("kl"), Figure("beta")),
    code=("vae.models.elbo:kl_divergence", "vae.training.objective:negative_elbo"),
    mistakes=(
        Mistake(
            id="sigma-in-kl",
            title=N_("The KL of a diagonal normal distribution"),
            lines=(
                "sigma = exp(0.5 * z_log_var)",
                "kl = -0.5 * sum(1 + sigma - z_mean**2 - exp(sigma))",
                "loss = reconstruction + kl",
            ),
            wrong=(1,),
            right=("kl = -0.5 * sum(1 + z_log_var - z_mean**2 - exp(z_log_var))",),
            explanation=N_(
                "The formula expects log σ², but gets σ. It is smallest at σ = 0 instead of σ = 1. So the loss"
                " removes the noise, and what remains of the KL only keeps the codes near 0. The loss reports a"
                " small KL; the true one, below, is three times as large as that of the right model."
            ),
            models={"vae": "log σ²", "sigma-in-kl": N_("σ in its place")},
            figure=Figure("kl", {"form": "sigma"}),
        ),
        Mistake(
            id="one-draw",
            title=N_("The KL from a draw"),
            lines=(
                "z = z_mean + sigma * epsilon",
                "ratio = log_normal(z, z_mean, sigma) - log_normal(z, 0, 1)",
                "kl = ratio  # always ≥ 0",
            ),
            wrong=(2,),
            right=("kl = mean(ratio)  # over many draws of z; one draw is an unbiased estimate, and can be negative",),
            explanation=N_(
                "log q(z) − log p(z) of one draw depends on z. It is not the divergence, but its mean over draws"
                " is. As an estimate in a loss it is fine and unbiased; as the formula of the KL it is wrong."
            ),
            figure=Figure("kl", {"form": "one-draw"}),
        ),
    ),
    links=(Link("train", N_("Train: set β, free bits and the KL warm-up")),),
)
