"""Chapter: encoder and decoder in code."""

from zscope.ui.learn.chapter import Chapter, Figure, Link

__all__ = ["NETWORKS"]

NETWORKS = Chapter(
    id="networks",
    title="Encoder and decoder in code",
    question="What do the layers compute, and what is checked before anything runs?",
    text=(
        "The figure runs the decoder of a small dense model. Two numbers become 64, again 64, then 784 logits, one for"
        " each pixel. The sigmoid turns logits into grey levels.",
        "Images have a structure that dense layers ignore. Convolutional networks use it: the same small filters at"
        " every place. The bundled models use them, with strides that halve the image in the encoder and double it in"
        " the decoder. The table below lists the layers of the model that is selected in the sidebar.",
        "In this project, a network is *plain data*: a list of layers with their settings. All shapes are computed, and"
        " mistakes reported, before a framework is loaded.",
    ),
    try_it="Drag the point, and watch the outputs of each layer. The speed is measured in your browser.",
    figures=(Figure("layers"),),
    code=("vae.models.networks.dense:_encode", "vae.models.networks.dense:_decode"),
    links=(Link("models", "Models: the diagram of every model"),),
    extra="network_tables",
)
