"""Chapter: variational inference."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Mistake

__all__ = ["INFERENCE"]

INFERENCE = Chapter(
    id="inference",
    title=N_("Variational inference"),
    question=N_("How does a bound on log p(x) turn inference into optimisation?"),
    text=(
        N_(
            "Given an image, which codes may have produced it? That is the posterior $p(z \\mid x)$. It contains"
            " $p(x)$, so it is as hard to compute."
        ),
        N_(
            "*Variational inference* takes a simple distribution $q(z \\mid x) = \\mathcal{N}(\\mu,"
            " \\operatorname{diag} \\sigma^2)$ and makes it as similar to the posterior as possible. The ELBO does"
            " this without knowing $p(x)$: it is $\\log p(x)$ minus the divergence of $q$ from the posterior. A KL is"
            " never negative, so the ELBO is a lower bound, and raising it moves $q$ towards the posterior."
        ),
        N_(
            "A VAE does not optimise $q$ for each image. One encoder network computes $\\mu$ and $\\sigma$ for all"
            " images (*amortised* inference). For some images it misses: try 5 and 8."
        ),
    ),
    formulas=(
        r"\log p(x) = \mathrm{ELBO} + \mathrm{KL}(q(z \mid x) \,\|\, p(z \mid x))",
        r"\mathrm{ELBO} = \mathbb{E}_{q}[\log p(x \mid z)] - \mathrm{KL}(q(z \mid x) \,\|\, p(z))",
    ),
    try_it=N_(
        "Drag the mean of q, and stretch it with both σ. Find the smallest gap, then let gradient ascent find it."
    ),
    figures=(Figure("elbo"),),
    code=("vae.evaluation.bounds:Elbo.__init__",),
    mistakes=(
        Mistake(
            id="maximise-kl",
            title=N_("The aim of the training"),
            lines=(
                N_("approximate p(z | x) by q(z | x)"),
                N_("maximise KL(p(x) ‖ q(z | x))"),
                N_("use gradient ascent"),
            ),
            wrong=(1,),
            right=(N_("maximise E_q[log p(x | z)] − KL(q(z | x) ‖ p(z))"),),
            explanation=N_(
                "p(x) is a distribution of images and q(z | x) one of codes, so their KL is not defined. And a"
                " divergence must become small, not large. With the sign of the KL reversed, q shrinks to a point"
                " or runs away from the prior: the sum rises without bound, while the ELBO falls."
            ),
            figure=Figure("elbo", {"aims": ["elbo", "kl-up"]}),
        ),
    ),
)
