"""Files → a model, as the dialog makes it."""

import numpy as np

from vae.formats.importing.detection import Guess
from zscope.jobs.importing.candidate import Candidate, Made
from zscope.jobs.importing.launcher import take_in

__all__ = ["imported"]


def imported(files, images: np.ndarray | None = None) -> tuple[Made, Guess]:
    """By the likeliest reading; images: of the model's kind, where there are some."""
    intake = take_in(files)
    try:
        candidate = Candidate(intake)
        guess = candidate.guess(images)
        return candidate.make(guess.choices), guess
    finally:
        intake.discard()
