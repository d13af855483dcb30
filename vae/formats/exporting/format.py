"""An export format: one object that holds everything about it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle
from vae.formats.exporting.checking import Expected, compare, expected_of, run_usage
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.registry import Registry

__all__ = ["FORMATS", "ExportFormat"]


class ExportFormat(ABC):
    """A format that models are exported in. `vae/formats/exporting/formats` has one module for each.

    Attributes:
        key: its name in commands, addresses and reports.
        title: its name on pages.
        suffix: of the file name, after the model's id.
        meaning: what it is for; completes "Export a model …".
        contents: what the file holds, for the user guide.
        install: what `pip` installs to load it, beside NumPy; "" where nothing is to be installed.
        note: what a user should know about the file, a sentence; else "".
        limits: which models it cannot hold and why, a sentence that `why_not` returns for them; "" if it holds all.
        keras_backend: the backend that Keras must run on to write it; "" if any will do.
        is_archive: whether its files are zipped, with a `README.txt`. Else it is one file.
        reloads: whether the file is loaded again and its outputs compared with the live model's.
    """

    key: str
    title: str
    suffix: str
    meaning: str
    contents: str
    install: str = ""
    note: str = ""
    limits: str = "Its network is an ONNX file: its operators are no layers that could be written in this format."
    keras_backend: str = ""
    is_archive: bool = False
    reloads: bool = True

    def __init__(self):
        """Raises TypeError: the class lacks one of the facts."""
        missing = [name for name in ("key", "title", "suffix", "meaning", "contents") if not getattr(self, name, "")]
        if missing:
            raise TypeError(f"{type(self).__name__} has no {' and no '.join(missing)}.")

    def why_not(self, config: ModelConfig | ImportedConfig) -> str:
        """Return why a model cannot be exported in this format, a sentence; "" if it can."""
        return self.limits if config.onnx_parts else ""

    @abstractmethod
    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        """Write the format's files to an empty folder; exactly one file if it is no archive.

        Args:
            bundle: the model.
            source: the bundle's own folder or zip.

        Raises:
            BadRequestError: the model has a layer that the format does not have, or the format needs another backend.
        """

    def usage(self, id: str, config: ModelConfig | ImportedConfig) -> str:
        """Return Python that loads the file; "" if there is nothing to load.

        It makes `z_mean` and `z_log_var` of `images`, and `pictures` of `codes`, in the folder of the file, which is
        unpacked if it is a zip. Users are shown it, and `check` runs it. `readme` describes the arrays.
        """
        return "\n".join(self._usage_lines(id, config))

    def _usage_lines(self, id: str, config: ModelConfig | ImportedConfig) -> Iterator[str]:
        yield from ()

    def expected(self, bundle: Bundle) -> Expected:
        """Return what `check` compares the file with.

        Raises:
            DataError: the model's data set is not available.
        """
        return expected_of(bundle)

    def check(self, bundle: Bundle, folder: Path, expected: Expected) -> dict[str, float]:
        """Load the file with the code of `usage`, and return the largest absolute difference of each output.

        Args:
            folder: holds the file under its own name, or the unpacked files of an archive.
            expected: of the live model.

        Raises:
            BadRequestError: a difference is above `TOLERANCE`, or not a number; or the file cannot be loaded.
        """
        usage = self.usage(bundle.manifest.id, bundle.manifest.model)
        return compare(run_usage(usage, folder, expected), expected)


FORMATS = Registry[ExportFormat]("export format")
