"""What an export came to."""

from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

__all__ = ["TOLERANCE", "ExportReport"]

TOLERANCE = 1e-4  # of a code, a log-variance, or a pixel value in [0, 1]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ExportReport:
    """A file that agrees with the live model.

    Attributes:
        format: a key of `vae.formats.exporting.FORMATS`.
        bytes: of the file.
        seconds: that writing and checking took.
        images: how many test images it was checked on; of a decoder alone, codes.
        differences: the largest absolute one of each output: "z_mean", "z_log_var", "pictures".
        usage: Python that loads the file, `images` or `codes` being at hand.
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
        """Of all differences."""
        return max(self.differences.values())
