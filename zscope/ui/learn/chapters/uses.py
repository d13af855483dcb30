"""Chapter: what VAEs are used for."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["USES"]

USES = Chapter(
    id="uses",
    title=N_("What it is for"),
    question=N_("What can you do with an encoder, a decoder and a bound on log p(x)?"),
    text=(
        N_(
            "**Anomaly detection.** The ELBO of unusual pictures is lower. The figure damages a picture and measures"
            " it. A high value alone does not make a picture normal, though: pictures of another kind can score higher"
            " than the training data (Nalisnick et al. 2019)."
        ),
        N_(
            "**Repair and denoising.** The reconstruction keeps what the model can explain, so noise disappears."
            " Repair searches for a code that fits the visible part of a picture."
        ),
        N_(
            "**Compression.** The KL is the number of bits that the code costs with an ideal coder (*bits back*); the"
            " reconstruction term is the cost of the pixels, given the code. This holds for black and white pixels."
        ),
        N_(
            "**Augmentation and interpretation.** Draws near an image are variations of it. Sliders show what each"
            " dimension means; the figure's model has only two."
        ),
    ),
    formulas=(N_(r"\text{bits} = -\mathrm{ELBO} / \log 2"),),
    try_it=N_("Choose a digit, and damage it. Compare how fast the ELBO falls, and what the reconstruction keeps."),
    figures=(Figure("damage"),),
    code=("vae.pictures.repair:Repairer._descend",),
    links=(
        Link("reconstruct", N_("Reconstruct: how typical your picture is, and its repair")),
        Link("explore", N_("Explore: variations, and the meaning of each dimension")),
        Link("map", N_("Map: where pictures lie among all others")),
    ),
)
