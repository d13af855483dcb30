"""The report of an export."""

from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

__all__ = ["TOLERANCE", "ExportReport"]

TOLERANCE = 1e-4  # of a code, a log-variance, or a pixel value in [0, 1]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ExportReport:
    """A file whose outputs agree with the live model.

    Attributes:
        format: a key of `vae.formats.exporting.FORMATS`.
        bytes: size of the file.
        seconds: duration of writing and checking.
        images: number of test images in the check; for a decoder alone, of codes.
        differences: largest absolute difference of each output: "z_mean", "z_log_var", "pictures".
        usage: Python that loads the file and uses the arrays `images` and `codes`.
    """

    model_id: str
    format: str
    file: Path
    bytes: int
    seconds: float
    images: int
    differences: dict[str, float]
    usage: str

    @property
    def largest(self) -> float:
        """The largest of all differences."""
        return max(self.differences.values())
