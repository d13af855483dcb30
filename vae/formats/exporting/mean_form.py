"""Names the function from a decoder's outputs to an image, for exports to ONNX and web pages."""

from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS
from vae.message import message
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["mean_form", "why_no_mean_form"]


def mean_form(config: ModelConfig | ImportedConfig) -> str:
    """Return the name of the mean of p(x | z), see `vae.kinds.likelihoods`; "none" if the outputs are images.

    Raises:
        BadRequestError: the likelihood's mean has no name.
    """
    if config.gives_pictures:
        return "none"
    form = LIKELIHOODS[config.likelihood].mean_form
    if form is None:
        raise BadRequestError(why_no_mean_form(config), "Export this model as Keras or SavedModel instead.")
    return form


def why_no_mean_form(config: ModelConfig | ImportedConfig) -> str:
    """Return why `mean_form` raises an error for this model, a sentence; "" if it does not."""
    if config.gives_pictures or LIKELIHOODS[config.likelihood].mean_form:
        return ""
    return message(
        "The mean of the {likelihood} likelihood cannot be exported to ONNX or to a web page.",
        likelihood=config.likelihood,
    )
