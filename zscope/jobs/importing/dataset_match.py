"""Finds the data set that an imported model was probably trained on."""

import math

from vae.data import DatasetInfo, has_test_split, list_datasets, load_test_split
from vae.formats.importing.detection import Guess
from vae.formats.importing.draft import Draft
from vae.formats.importing.pixel_formats import Pixels, layouts_of
from zscope.jobs.importing.candidate import Candidate

__all__ = ["likeliest", "of_its_shape"]


def of_its_shape(draft: Draft) -> list[DatasetInfo]:
    """Return the data sets with the shape of a model's input and output; [] for a decoder without an encoder."""
    if draft.encoder is None or draft.decoder is None:
        return []
    shapes = {image for _, image in layouts_of(draft.encoder.input_shape)}
    shapes &= {image for _, image in layouts_of(draft.decoder.output_shapes[0])}
    return [info for info in list_datasets() if info.image_shape in shapes and has_test_split(info.id)]


def likeliest(
    candidate: Candidate, taken: Pixels | None = None, given: Pixels | None = None
) -> tuple[DatasetInfo | None, Guess]:
    """Return the data set with the lowest reconstruction error and its interpretation; None if no shape fits."""
    infos = of_its_shape(candidate.draft)
    tried = [(info, candidate.guess(load_test_split(info.id).images, taken, given)) for info in infos]
    if not tried:
        return None, candidate.guess(None, taken, given)
    return min(tried, key=lambda one: math.inf if one[1].error is None else one[1].error)
