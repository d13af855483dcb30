"""Chapter: the reparameterisation trick."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Mistake

__all__ = ["REPARAMETERISATION"]

REPARAMETERISATION = Chapter(
    id="reparameterisation",
    title=N_("Reparameterisation"),
    question=N_("How does a gradient pass through a random draw?"),
    text=(
        N_(
            "The ELBO is a mean over draws $z \\sim q$. Training needs its gradient with respect to $\\mu$ and"
            " $\\sigma$, but these are parameters of the distribution that is drawn from."
        ),
        N_(
            "The *score-function* estimator works for every $f$: it weights $f(z)$ with the gradient of $\\log q$. It"
            " knows only the values of $f$, so it is noisy, and a constant added to $f$ makes it noisier."
        ),
        N_(
            "*Reparameterisation* moves the randomness out: $z = \\mu + \\sigma\\varepsilon$ with $\\varepsilon \\sim"
            " \\mathcal{N}(0, 1)$. Now $z$ is a smooth function of $\\mu$ and $\\sigma$, and the gradient passes"
            " through $f$ itself. Both estimators are unbiased. The second one is usually much less noisy, so one draw"
            " for each image is enough. It is not always better: try $\\sin 3z$ with a large $\\sigma$."
        ),
    ),
    formulas=(
        r"\nabla_\mu \mathbb{E}[f(z)] = \mathbb{E}\!\left[f(z)\,\frac{z - \mu}{\sigma^2}\right]"
        r" = \mathbb{E}\!\left[f'(\mu + \sigma\varepsilon)\right]",
    ),
    try_it=N_("Make σ smaller, or add a constant c. Compare the widths of the histograms: the means stay equal."),
    figures=(Figure("gradients"),),
    code=("vae.models.elbo:reparameterize",),
    mistakes=(
        Mistake(
            id="without-mean",
            title=N_("Draw a code"),
            lines=("sigma = exp(0.5 * z_log_var)", "epsilon = random_normal(shape(x))", "z = epsilon * sigma"),
            wrong=(1, 2),
            right=("epsilon = random_normal(shape(z_mean))", "z = z_mean + epsilon * sigma"),
            explanation=N_(
                "The mean is missing, so z does not depend on μ, and the decoder cannot know which image it"
                " decodes. The line above is wrong too: the noise must have the shape of the code, not of the"
                " image. Drag μ: nothing changes."
            ),
            models={"vae": "z = μ + σ ε", "without-mean": "z = σ ε"},
            figure=Figure("codes", {"forms": ["right", "without-mean"]}),
        ),
        Mistake(
            id="one-head",
            title=N_("The encoder's two outputs"),
            lines=(
                'hidden = Dense(64, activation="relu")(x)',
                "head = Dense(2)",
                "z_mean, z_log_var = head(hidden), head(hidden)",
            ),
            wrong=(1, 2),
            right=("z_mean = Dense(2)(hidden)", "z_log_var = Dense(2)(hidden)"),
            explanation=N_(
                "One layer object has one set of weights, so both outputs are the same numbers: log σ² = μ. A code"
                " far to the left is precise, a code to the right is vague. Move μ, and σ moves with it."
            ),
            models={"vae": N_("Two layers"), "one-head": N_("One layer")},
            figure=Figure("codes", {"forms": ["right", "tied"]}),
        ),
        Mistake(
            id="sigma-of-mean",
            title=N_("The standard deviation"),
            lines=(
                "z_mean, z_log_var = encoder(x)",
                "sigma = exp(0.5 * (z_mean - log(1e-8)))",
                "z = z_mean + sigma * epsilon",
            ),
            wrong=(1,),
            right=("sigma = exp(0.5 * z_log_var)",),
            explanation=N_(
                "σ is computed from the mean: exp(−½ log 1e−8) is 10,000, so σ = 10,000 exp(μ/2). The noise is"
                " thousands of times as large as the codes. The tutorial writes tf.log, which TensorFlow 2 does"
                " not have: it is tf.math.log."
            ),
            figure=Figure("codes", {"forms": ["right", "sigma-of-mean"]}),
        ),
        Mistake(
            id="variance",
            title=N_("Scale the noise"),
            lines=(
                "variance = exp(z_log_var)",
                "epsilon = random_normal(shape(z_mean))",
                "z = z_mean + epsilon * variance",
            ),
            wrong=(2,),
            right=("z = z_mean + epsilon * sqrt(variance)",),
            explanation=N_(
                "The noise is multiplied by the variance instead of the standard deviation, but the KL still"
                " measures a distribution with σ. So the reported loss is not a bound on log p(x). The figures"
                " below are those of the distribution that is really drawn from. The damage is small, because the"
                " encoder adapts its σ, so the mistake is easy to overlook."
            ),
            models={"vae": "σ ε", "variance-as-sigma": "σ² ε"},
            figure=Figure("codes", {"forms": ["right", "variance"]}),
        ),
    ),
)
