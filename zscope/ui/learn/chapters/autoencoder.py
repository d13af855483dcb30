"""Chapter: the autoencoder, and what it lacks."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link, Mistake

__all__ = ["AUTOENCODER"]

AUTOENCODER = Chapter(
    id="autoencoder",
    title=N_("Autoencoder"),
    question=N_("Why can an autoencoder compress images, but not generate them?"),
    text=(
        N_(
            "An *autoencoder* is two networks: the encoder maps an image $x$ to a short code $z$, the decoder maps the"
            " code back. Both are trained to make the result equal to the input."
        ),
        N_(
            "Each image becomes one *point*. Nothing in the loss says where these points lie, or what the decoder does"
            " between them. So there is no distribution to draw new codes from."
        ),
        N_(
            "A VAE encodes each image as a small *distribution* of codes, and the KL term keeps all of them together"
            " near the prior. Neighbouring codes overlap, so the decoder must give similar pictures for them, and a"
            " draw from the prior lies where the decoder was trained."
        ),
    ),
    formulas=(
        N_(r"\text{autoencoder:}\quad -\log p(x \mid z = \mu(x))"),
        N_(r"\text{VAE:}\quad -\mathbb{E}_{q(z \mid x)}[\log p(x \mid z)] + \mathrm{KL}(q(z \mid x) \,\|\, p(z))"),
    ),
    try_it=N_("Drag the point on either plane: the other follows to the same place of its plane. Compare the ranges."),
    figures=(Figure("planes"),),
    code=("vae.training.objective:reconstruction_error",),
    mistakes=(
        Mistake(
            id="mse-alone",
            title=N_("Train a VAE with Keras"),
            lines=(
                "z = z_mean + exp(0.5 * z_log_var) * epsilon",
                "vae = Model(x, decoder(z))",
                'vae.compile(optimizer="adam", loss="mse")',
                "vae.fit(x_train, x_train)",
            ),
            wrong=(2,),
            right=('vae.compile(optimizer="adam", loss=negative_elbo)  # reconstruction + KL, both summed',),
            explanation=N_(
                "The loss has no KL, so this is an autoencoder with noise, not a VAE. Training makes σ small"
                " compared with the distances of the codes, and nothing keeps the codes near the prior."
            ),
            models={"vae": N_("With the KL"), "mse-alone": N_("fit(x, x) with mse alone")},
        ),
    ),
    links=(
        Link("train", N_("Train: select the objective Plain autoencoder")),
        Link("map", N_("Map: the codes of a model")),
    ),
)
