"""The shell command that repeats a run, for model cards and for people who go on in a terminal."""

import shlex
from dataclasses import fields

from vae.models.config import ModelConfig, TrainConfig

__all__ = ["command_for"]

# Told by the data set, or said otherwise below.
_UNSAID = {"image_shape", "variational", "classes", "binarize", "widths", "mirror"}


def command_for(id: str, title: str, model: ModelConfig, training: TrainConfig) -> str:
    """`zscope train …` with what differs from the defaults."""
    words = ["zscope", "train", id, "--dataset", training.dataset]
    for config in (model, training):
        for field in fields(config):
            value = getattr(config, field.name)
            if field.name not in _UNSAID | {"dataset"} and value != field.default:
                words += [f"--{field.name.replace('_', '-')}", str(value)]
    if model.widths != ModelConfig().widths:
        words += ["--widths", ",".join(map(str, model.widths))]
    flags = {"--binarize": model.binarize, "--autoencoder": not model.variational, "--mirror": training.mirror}
    for flag, said in flags.items():
        words += [flag] if said else []
    words += ["--conditional"] if model.classes else []
    words += ["--title", title] if title != id else []
    return shlex.join(words)
