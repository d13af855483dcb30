"""Bundle: all files of a model, for another Zscope."""

from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle, load_bundle
from vae.formats.bundle.files import read_files
from vae.formats.exporting.checking import Expected, compare, expected_of
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.zipping import write_zip

__all__ = ["BundleFormat"]


class BundleFormat(ExportFormat):
    """The bundle's own files as a zip."""

    key = "bundle"
    title = "Bundle"
    suffix = ".zip"
    meaning = "for another Zscope: the weights with their card and codes"
    contents = "everything; opens in another Zscope"
    note = "Directions saved on its map are not in the file."
    limits = ""

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        write_zip(read_files(source), folder / f"{bundle.manifest.id}{self.suffix}")

    def _usage_lines(self, id: str, config) -> Iterator[str]:
        yield "from vae import Codec, load_bundle"
        yield ""
        yield f'codec = Codec(load_bundle("{id}{self.suffix}").vae)'
        if config.encodes:
            yield "z_mean, z_log_var = codec.encode(images)"
        yield "pictures = codec.decode(codes)"

    def check(self, bundle: Bundle, folder: Path, expected: Expected) -> dict[str, float]:
        """Load the zip with all checks of a bundle.

        Raises:
            BundleError: it cannot be loaded.
        """
        (file,) = folder.iterdir()
        return compare(expected_of(load_bundle(file)).outputs, expected)
