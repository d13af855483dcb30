"""Web page: sliders and the plane in one HTML file, computed in the browser."""

from pathlib import Path

import numpy as np

from vae.formats.bundle import Bundle
from vae.formats.exporting.checking import CHECKED_IMAGES, Expected
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.mean_form import why_no_mean_form
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.pictures.colors import CLASS_COLORS

__all__ = ["WebPageFormat"]


class WebPageFormat(ExportFormat):
    """One HTML file that works offline. It is not loaded again: the effect of its rounded weights is measured."""

    key = "html"
    title = "Web page"
    suffix = ".html"
    meaning = "for any browser, without a server or a network"
    contents = "sliders and plane in one HTML file, works offline"
    reloads = False

    def why_not(self, config: ModelConfig | ImportedConfig) -> str:
        return super().why_not(config) or why_no_mean_form(config)

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        from vae.formats.exporting.demo import demo_page

        (folder / f"{bundle.manifest.id}{self.suffix}").write_bytes(demo_page(bundle, CLASS_COLORS))

    def expected(self, bundle: Bundle) -> Expected:
        """Return the codes alone: no data set is needed."""
        none = np.zeros((0, *bundle.manifest.model.image_shape), np.float32)
        return Expected(none, bundle.reference.z_mean[:CHECKED_IMAGES], {})

    def check(self, bundle: Bundle, folder: Path, expected: Expected) -> dict[str, float]:
        """Return the largest difference of a pixel in [0, 1] by the page's rounded weights."""
        from vae.formats.exporting.demo import rounding

        return {"pictures": rounding(bundle)[1]}
