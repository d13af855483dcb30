"""How a decoder's outputs become a picture, by name: what ONNX files and web pages are written with."""

from vae.errors import BadRequestError
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["mean_form"]

_FORMS = {
    "bernoulli": "sigmoid",
    "continuous-bernoulli": "continuous-bernoulli",
    "discretized-logistic": "sigmoid",
    "gaussian": "sigmoid",
    "gaussian-optimal": "sigmoid",
    "laplace": "sigmoid",
}


def mean_form(config: ModelConfig | ImportedConfig) -> str:
    """The name of the mean of p(x | z); see `vae.models.likelihoods`. "none" where the outputs are pictures already.

    Raises:
        BadRequestError: the likelihood's mean has no name.
    """
    if config.gives_pictures:
        return "none"
    if config.likelihood not in _FORMS:
        raise BadRequestError(
            f"The mean of the {config.likelihood} likelihood can be written neither as ONNX nor as a web page.",
            "Export this model as Keras or SavedModel instead.",
        )
    return _FORMS[config.likelihood]
