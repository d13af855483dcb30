"""Prepares a user's picture for a model in steps, so that it looks like the training data.

    picture → grey → polarity → even light → ink (threshold, contrast) → crop → scaled and centred → the model's input

`InputStyle` describes the data of a model; `Settings` overrides what the steps choose.
"""

from vae.pictures.preparation.input_style import InputStyle, derive_input_style, input_style_of
from vae.pictures.preparation.pipeline import Prepared, Settings, prepare

__all__ = ["InputStyle", "Prepared", "Settings", "derive_input_style", "input_style_of", "prepare"]
