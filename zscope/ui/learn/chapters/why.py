"""Chapter: what generative models are for."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["WHY"]

WHY = Chapter(
    id="why",
    title=N_("Why generate?"),
    question=N_("What can a model do that has learned how data come about?"),
    text=(
        N_(
            "A classifier learns $p(\\text{class} \\mid x)$. A *generative model* learns how the images themselves are"
            " distributed. It can draw new images, judge how likely an image is, and fill in what is missing."
        ),
        N_(
            "A variational autoencoder (VAE) describes each image with a few numbers, the *code* $z$, and learns to"
            " compute the image from its code. To generate, draw a code from a simple distribution, the *prior*, and"
            " decode it."
        ),
        N_(
            "Other families work differently: GANs learn a generator without a density, flows compute exact densities,"
            " autoregressive and diffusion models generate in many steps. A VAE has an encoder, so every image has a"
            " code that you can look at and change. That makes it a good model to explore."
        ),
    ),
    formulas=(r"z \sim \mathcal{N}(0, I)", r"x \sim p(x \mid z)"),
    try_it=N_("Draw new codes. Select two of the pictures, and move the slider between them."),
    figures=(Figure("draws"),),
    code=("vae.evaluation.prior_samples:draw_codes",),
    links=(
        Link("explore", N_("Explore: move every dimension of a code")),
        Link("interpolate", N_("Interpolate: four kinds of path between pictures")),
        Link("reconstruct", N_("Reconstruct: encode and repair your own picture")),
    ),
)
