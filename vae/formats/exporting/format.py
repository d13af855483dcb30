"""The base class of export formats: one object has all facts of a format."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle
from vae.formats.exporting.checking import Expected, compare, expected_of, run_usage
from vae.message import N_
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.registry import Registry

__all__ = ["FORMATS", "ExportFormat"]


class ExportFormat(ABC):
    """An export format. `vae/formats/exporting/formats` has one module for each.

    Attributes:
        key: name in commands, addresses and reports.
        title: name on pages.
        suffix: of the file name, after the model's id.
        meaning: its purpose; completes "Export a model …".
        contents: contents of the file, for the user guide.
        install: packages for `pip` that load the file, besides NumPy; "" if there are none.
        note: a sentence for the user about the file; "" if there is none.
        limits: which models it cannot contain and why, a sentence that `why_not` returns for them; "" if none.
        keras_backend: the Keras backend that writes it; "" if all do.
        is_archive: whether its files are zipped, with a `README.txt`. Otherwise, it is one file.
        reloads: whether the file is loaded again and its outputs are compared with the live model's.
    """

    key: str
    title: str
    suffix: str
    meaning: str
    contents: str
    install: str = ""
    note: str = ""
    limits: str = N_("Its network is an ONNX file, whose operators cannot be converted to this format.")
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
        """Write the format's files to an empty folder; exactly one file if it is not an archive.

        Args:
            bundle: the model.
            source: the bundle's folder or zip.

        Raises:
            BadRequestError: the format does not support a layer of the model, or needs another backend.
        """

    def usage(self, id: str, config: ModelConfig | ImportedConfig) -> str:
        """Return Python that loads the file; "" if there is nothing to load.

        It computes `z_mean` and `z_log_var` from `images`, and `pictures` from `codes`. It runs in the folder of the
        file, or of its unpacked files if it is a zip. Users see it, and `check` runs it. `readme` describes the arrays.
        """
        return "\n".join(self._usage_lines(id, config))

    def _usage_lines(self, id: str, config: ModelConfig | ImportedConfig) -> Iterator[str]:
        yield from ()

    def expected(self, bundle: Bundle) -> Expected:
        """Return the expected outputs for `check`.

        Raises:
            DataError: the model's data set is not available.
        """
        return expected_of(bundle)

    def check(self, bundle: Bundle, folder: Path, expected: Expected) -> dict[str, float]:
        """Load the file with the code of `usage`, and return the largest absolute difference of each output.

        Args:
            folder: contains the file under its name, or the unpacked files of an archive.
            expected: outputs of the live model.

        Raises:
            BadRequestError: a difference is above `TOLERANCE`, or not a number; or the file cannot be loaded.
        """
        usage = self.usage(bundle.manifest.id, bundle.manifest.model)
        return compare(run_usage(usage, folder, expected), expected)


FORMATS = Registry[ExportFormat]("export format")
