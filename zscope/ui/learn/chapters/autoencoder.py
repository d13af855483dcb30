"""Chapter: the autoencoder, and what it lacks."""

from zscope.ui.learn.chapter import Chapter, Figure, Link, Mistake

__all__ = ["AUTOENCODER"]

AUTOENCODER = Chapter(
    id="autoencoder",
    title="Autoencoder",
    question="Why can an autoencoder compress images, but not generate them?",
    text=(
        "An *autoencoder* is two networks: the encoder maps an image $x$ to a short code $z$, the decoder maps the code"
        " back. Both are trained to make the result equal to the input.",
        "Each image becomes one *point*. Nothing in the loss says where these points lie, or what the decoder does"
        " between them. So there is no distribution to draw new codes from.",
        "A VAE encodes each image as a small *distribution* of codes, and the KL term keeps all of them together near"
        " the prior. Neighbouring codes overlap, so the decoder must give similar pictures for them, and a draw from"
        " the prior lies where the decoder was trained.",
    ),
    formulas=(
        r"\text{autoencoder:}\quad -\log p(x \mid z = \mu(x))",
        r"\text{VAE:}\quad -\mathbb{E}_{q(z \mid x)}[\log p(x \mid z)] + \mathrm{KL}(q(z \mid x) \,\|\, p(z))",
    ),
    try_it="Drag the point on either plane: the other follows to the same place of its plane. Compare the ranges.",
    figures=(Figure("planes"),),
    code=("vae.training.objective:reconstruction_error",),
    mistakes=(
        Mistake(
            id="mse-alone",
            title="Train a VAE with Keras",
            lines=(
                "z = z_mean + exp(0.5 * z_log_var) * epsilon",
                "vae = Model(x, decoder(z))",
                'vae.compile(optimizer="adam", loss="mse")',
                "vae.fit(x_train, x_train)",
            ),
            wrong=(2,),
            right=('vae.compile(optimizer="adam", loss=negative_elbo)  # reconstruction + KL, both summed',),
            explanation=(
                "The loss has no KL, so this is an autoencoder with noise, not a VAE. Training makes σ small compared"
                " with the distances of the codes, and nothing keeps the codes near the prior."
            ),
            models={"vae": "With the KL", "mse-alone": "fit(x, x) with mse alone"},
        ),
    ),
    links=(Link("train", "Train: select the objective Plain autoencoder"), Link("map", "Map: the codes of a model")),
)
