"""The component of the Compare page."""

from collections.abc import Sequence

from vae.evaluation.comparison import Common, FigureLine
from vae.evaluation.figures import show
from vae.latent.sliders import slider_data
from vae.pictures.colors import CLASS_COLORS
from zscope.library.registry import ModelEntry
from zscope.messages import ComparedFigure, ComparedModel, ComparePage
from zscope.ui.cache import latent_profile
from zscope.ui.compare.maps import common_maps, maps_in_making
from zscope.ui.component_data import declare, model_data, point_data
from zscope.ui.language import _, told
from zscope.ui.links import Point
from zscope.ui.server import base_path

__all__ = ["live_comparison"]

_COMPARE = declare("compare", "compare", ("made",))


def live_comparison(
    a: ModelEntry, b: ModelEntry, common: Common, point: Point | None, lines: Sequence[FigureLine], key: str
):
    """Show two models side by side.

    Args:
        a: the open model, which the sliders control.
        b: the model that follows.
        point: current point in `a`.
        lines: lines of the table of figures.

    Returns:
        The component's result: `point` (see `zscope.ui.components.point_of`); `made`, once, when the maps' points
        are measured.
    """
    same = common == "data"
    versions = "-".join(entry.manifest.files["reference.npz"].sha256[:16] for entry in (a, b))
    url = f"{base_path()}/content/compare/{a.id}/{b.id}"
    return _COMPARE(
        key=key,
        data=ComparePage(
            base=base_path(),
            a=_side(a),
            b=_side(b),
            same=same,
            colors=list(CLASS_COLORS),
            point=point_data(point),
            maps=common_maps(a, b) if same else [],
            making=maps_in_making(a, b) if same else [],
            matchingUrl=f"{url}/matching?v={versions}",
            changeUrl=f"{url}/change?v={versions}",
            neighboursUrl=f"{url}/neighbours?v={versions}",
            figures=[_figure(line) for line in lines],
        ),
        on_point_change=lambda: None,
        on_made_change=lambda: None,
    )


def _side(entry: ModelEntry) -> ComparedModel:
    profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
    return {"model": model_data(entry, profile), "dimensions": slider_data(profile)}


def _figure(line: FigureLine) -> ComparedFigure:
    """Format a line of the table of figures."""
    in_cells = line.unit if line.unit == "%" else ""
    a, b = (show(figure, line.digits, in_cells, error=line.measured) for figure in (line.a, line.b))
    gap = show(line.difference, line.digits, in_cells, error=True) if line.difference else ""
    if not line.measured:
        a, b = (f"{figure.value:,.0f}" if figure else "" for figure in (line.a, line.b))
    a, b, gap = (text.replace("-", "−") for text in (a, b, gap))
    return {
        "name": _(line.name) if in_cells or not line.unit else f"{_(line.name)}, {_(line.unit)}",
        "a": a,
        "b": b,
        "difference": gap,
        "paired": line.paired,
        "better": line.better,
        "note": told(line.note),
    }
