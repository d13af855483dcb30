"""Which of the data sets here a model may be of: those of its shape, and the one whose pictures it gives back best."""

from vae.data import DatasetInfo, has_test_split, list_datasets, load_test_split
from vae.formats.importing.detection import Guess
from vae.formats.importing.draft import Draft
from vae.formats.importing.pixel_formats import layouts_of
from vae.models.networks.layer import Shape
from zscope.jobs.importing.candidate import Candidate

__all__ = ["likeliest", "of_its_shape"]


def of_its_shape(draft: Draft) -> list[DatasetInfo]:
    """The data sets here whose pictures a model takes and gives; [] for a decoder alone, which takes none."""
    if draft.encoder is None:
        return []
    shapes = _image_shapes(draft)
    return [info for info in list_datasets() if info.image_shape in shapes and has_test_split(info.id)]


def likeliest(candidate: Candidate) -> tuple[DatasetInfo | None, Guess]:
    """The data set that the model gives back best, with the reading by which it does; None where none has its shape."""
    tried = [(info, candidate.guess(load_test_split(info.id).images)) for info in of_its_shape(candidate.draft)]
    if not tried:
        return None, candidate.guess(None)
    return min(tried, key=lambda one: one[1].error)


def _image_shapes(draft: Draft) -> set[Shape]:
    taken = {image for _, image in layouts_of(draft.encoder.input_shape)}
    return taken & {image for _, image in layouts_of(draft.decoder.output_shapes[0])}
