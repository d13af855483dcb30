"""Chapter: training."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["TRAINING"]

TRAINING = Chapter(
    id="training",
    title=N_("Training"),
    question=N_("What happens in the latent plane, step by step, while a VAE learns?"),
    text=(
        N_(
            "Each step takes 128 images, encodes them, draws one code for each, decodes, and moves all weights a"
            " little against the gradient of the loss."
        ),
        N_(
            "At first, the codes of all images lie near 0, and the pictures are grey. Then the reconstruction begins"
            " to pay for the KL: the cloud of codes spreads, and the classes separate. Most of the ELBO is gained in"
            " the first few hundred steps. Later steps refine the borders."
        ),
        N_(
            "Measure on images that are not trained on. The film measures 1,000 validation images after each of its"
            " steps; the test images stay untouched until the end."
        ),
    ),
    formulas=(N_(r"\theta \leftarrow \theta - \eta\, \nabla_\theta \frac1{128} \sum_{i=1}^{128} \text{loss}(x_i)"),),
    try_it=N_("Play the film, or scrub back. Watch the KL rise while the reconstruction improves."),
    figures=(Figure("film"),),
    code=("vae.training.trainer:Trainer.advance", "vae.training.objective:Objective.__call__"),
    links=(Link("train", N_("Train: your own model, with a film of each epoch")),),
)
