"""How a decoder's outputs become a picture, by name: what ONNX files and web pages are written with."""

from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["mean_form"]


def mean_form(config: ModelConfig | ImportedConfig) -> str:
    """Return the name of the mean of p(x | z), see `vae.kinds.likelihoods`; "none" where the outputs are pictures.

    Raises:
        BadRequestError: the likelihood's mean has no name.
    """
    if config.gives_pictures:
        return "none"
    form = LIKELIHOODS[config.likelihood].mean_form
    if form is None:
        raise BadRequestError(
            f"The mean of the {config.likelihood} likelihood can be written neither as ONNX nor as a web page.",
            "Export this model as Keras or SavedModel instead.",
        )
    return form
