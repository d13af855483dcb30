"""The shell command that repeats a run, for model cards and for users of a terminal."""

import shlex
from dataclasses import fields

from vae.models.config import ModelConfig, TrainConfig

__all__ = ["command_for"]

# Given by the data set, or by other options below.
_WITHOUT_OPTION = {"image_shape", "variational", "classes", "binarize", "widths", "mirror"}


def command_for(id: str, title: str, model: ModelConfig, training: TrainConfig) -> str:
    """Return `zscope train …` with the settings that differ from the defaults."""
    words = ["zscope", "train", id, "--dataset", training.dataset]
    for config in (model, training):
        for field in fields(config):
            value = getattr(config, field.name)
            if field.name not in _WITHOUT_OPTION | {"dataset"} and value != field.default:
                words += [f"--{field.name.replace('_', '-')}", str(value)]
    if model.widths != ModelConfig().widths:
        words += ["--widths", ",".join(map(str, model.widths))]
    flags = {"--binarize": model.binarize, "--autoencoder": not model.variational, "--mirror": training.mirror}
    for flag, given in flags.items():
        words += [flag] if given else []
    words += ["--conditional"] if model.classes else []
    words += ["--title", title] if title != id else []
    return shlex.join(words)
