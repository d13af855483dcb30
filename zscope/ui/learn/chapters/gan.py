"""Chapter: VAE against GAN."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link, Mistake

__all__ = ["GAN"]

GAN = Chapter(
    id="gan",
    title=N_("VAE against GAN"),
    question=N_("Why are draws of a VAE soft, and what do GANs do differently?"),
    text=(
        N_(
            "A VAE predicts a *distribution* for each pixel and shows its mean. Where the code leaves open whether a"
            " pixel is black or white, the best prediction is grey. A sharp guess costs more than it gains. That is"
            " the blur of VAE pictures: uncertainty that the likelihood makes visible."
        ),
        N_(
            "A generative adversarial network (GAN; Goodfellow et al. 2014) has no likelihood. A generator maps noise"
            " to images; a discriminator learns to tell them from real ones, and the generator learns to deceive it. A"
            " grey compromise would be recognised, so pictures are sharp. But there is no encoder and no bound to"
            " measure; training seeks an equilibrium of two networks, and can leave out parts of the data (*mode"
            " collapse*)."
        ),
        N_(
            "VAE-GAN (Larsen et al. 2016) joins both: an encoder, and errors in the features of a discriminator"
            " instead of errors of pixels. This project trains VAEs only, so it has no measurements of GANs."
        ),
    ),
    formulas=(r"\max_m \; s \log m + (1 - s) \log (1 - m)", r"\Rightarrow\quad m = s"),
    try_it=N_("A pixel is white in a share s of the images with this code. Find the prediction m that loses least."),
    figures=(Figure("blur"),),
    code=("vae.models.likelihoods:Bernoulli.log_prob",),
    mistakes=(
        Mistake(
            id="based-on-gan",
            title=N_("Where VAEs come from"),
            lines=(
                N_("VAE: Kingma & Welling, and Rezende et al., 2013 and 2014"),
                N_("VAEs are based on GANs"),
                N_("VAE-GAN: Larsen et al., 2016"),
            ),
            wrong=(1,),
            right=(
                N_(
                    "VAEs and GANs are independent: VAEs appeared as preprints in 2013 and early 2014, GANs in June"
                    " 2014"
                ),
            ),
            explanation=N_(
                "A VAE has no discriminator, and maximises a bound on the likelihood. A GAN plays a game, and has"
                " no likelihood. VAE-GAN joined both ideas later."
            ),
        ),
    ),
    links=(Link("compare", N_("Compare: draws and figures of two models")),),
)
