"""Chapter: encoder and decoder in code."""

from zscope.ui.language import N_
from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["NETWORKS"]

NETWORKS = Chapter(
    id="networks",
    title=N_("Encoder and decoder in code"),
    question=N_("What do the layers compute, and what is checked before anything runs?"),
    text=(
        N_(
            "The figure runs the decoder of a small dense model. Two numbers become 64, again 64, then 784 logits, one"
            " for each pixel. The sigmoid turns logits into grey levels."
        ),
        N_(
            "Images have a structure that dense layers ignore. Convolutional networks use it: the same small filters"
            " at every place. The bundled models use them, with strides that halve the image in the encoder and double"
            " it in the decoder. The table below lists the layers of the model that is selected in the sidebar."
        ),
        N_(
            "In this project, a network is *plain data*: a list of layers with their settings. All shapes are"
            " computed, and mistakes reported, before a framework is loaded."
        ),
    ),
    try_it=N_("Drag the point, and watch the outputs of each layer. The speed is measured in your browser."),
    figures=(Figure("layers"),),
    code=("vae.models.networks.dense:_encode", "vae.models.networks.dense:_decode"),
    links=(Link("models", N_("Models: the diagram of every model")),),
    extra="network_tables",
)
