"""A picture that anyone brings → what a model was trained on, step by step.

    picture → grey → polarity → even light → ink (threshold, contrast) → crop → scaled and centred → the model's input

What a model wants (`Wants`) is derived from its own data; what a step does by itself, a person may set (`Settings`).
"""

from vae.pictures.preparation.input_style import Wants, derive_wants, wants_of
from vae.pictures.preparation.pipeline import Prepared, Settings, prepare

__all__ = ["Prepared", "Settings", "Wants", "derive_wants", "prepare", "wants_of"]
