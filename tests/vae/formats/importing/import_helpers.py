"""Imports files as the dialog does."""

import numpy as np

from vae.formats.importing.detection import Guess
from vae.formats.importing.pixel_formats import Pixels
from zscope.jobs.importing.candidate import Candidate, Made
from zscope.jobs.importing.launcher import take_in

__all__ = ["imported"]


def imported(
    files, images: np.ndarray | None = None, taken: Pixels | None = None, given: Pixels | None = None
) -> tuple[Made, Guess]:
    """Import with the most likely interpretation.

    Args:
        images: of the kind that the model was trained on, if there are any.
        taken, given: stated pixel formats.
    """
    intake = take_in(files)
    try:
        candidate = Candidate(intake)
        guess = candidate.guess(images, taken, given)
        return candidate.make(guess.choices), guess
    finally:
        intake.discard()
