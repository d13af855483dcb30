"""Which of the data sets here a model may be of: those of its shape, and the one whose pictures it gives back best."""

import math

from vae.data import DatasetInfo, has_test_split, list_datasets, load_test_split
from vae.formats.importing.detection import Guess
from vae.formats.importing.draft import Draft
from vae.formats.importing.pixel_formats import Pixels, layouts_of
from zscope.jobs.importing.candidate import Candidate

__all__ = ["likeliest", "of_its_shape"]


def of_its_shape(draft: Draft) -> list[DatasetInfo]:
    """The data sets here whose pictures a model takes and gives; [] for a decoder alone, which takes none."""
    if draft.encoder is None or draft.decoder is None:
        return []
    shapes = {image for _, image in layouts_of(draft.encoder.input_shape)}
    shapes &= {image for _, image in layouts_of(draft.decoder.output_shapes[0])}
    return [info for info in list_datasets() if info.image_shape in shapes and has_test_split(info.id)]


def likeliest(
    candidate: Candidate, taken: Pixels | None = None, given: Pixels | None = None
) -> tuple[DatasetInfo | None, Guess]:
    """The data set that the model gives back best, with the reading by which it does; None where none has its shape."""
    infos = of_its_shape(candidate.draft)
    tried = [(info, candidate.guess(load_test_split(info.id).images, taken, given)) for info in infos]
    if not tried:
        return None, candidate.guess(None, taken, given)
    return min(tried, key=lambda one: math.inf if one[1].error is None else one[1].error)
