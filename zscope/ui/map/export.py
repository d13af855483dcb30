"""Exports the whole map: a stand-alone HTML page, and its points as CSV or NPZ."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae.data.catalog import dataset_info
from vae.pictures.colors import CLASS_COLORS, class_symbol
from zscope.library.maps.export import csv_bytes, npz_bytes, places_of
from zscope.library.maps.making import MapParts
from zscope.library.maps.points import SPLITS
from zscope.ui.language import _
from zscope.ui.text import plotly_text

__all__ = ["map_page", "show_exports"]


def show_exports(parts: MapParts, shapes: bool) -> None:
    """Show the section of the panel.

    Args:
        shapes: whether the map on the page draws classes in different shapes.
    """
    st.subheader(_("Export"), anchor=False)
    name = f"{parts.bundle.manifest.id}-{parts.spec.method}"
    with st.container():
        st.download_button(
            _("Download HTML"), lambda: map_page(parts, shapes), f"{name}.html", "text/html",
            help=_("The map as one page that works offline: zoom, pan, show or hide classes."),
        )  # fmt: skip
        st.download_button(_("Download all points as CSV"), lambda: csv_bytes(parts), f"{name}.csv", "text/csv")
        st.download_button(_("Download all points as NPZ"), lambda: npz_bytes(parts), f"{name}.npz")


def map_page(parts: MapParts, shapes: bool = False) -> str:
    """Return the map as a stand-alone HTML page that includes Plotly's script.

    Args:
        shapes: draw classes in different shapes, as well as in different colours.
    """
    manifest, points = parts.bundle.manifest, parts.points
    places, settings = places_of(parts), parts.spec.text().replace("&", ", ")
    names = dataset_info(manifest.dataset).class_names or ("image",)
    label = points.label if len(names) > 1 else np.zeros_like(points.label)
    components = parts.spec.components
    trace = go.Scattergl if components == 2 else go.Scatter3d
    size = (6 if shapes else 4) / (components - 1)  # in 3-D, symbols are larger
    figure = go.Figure()
    for index, name in enumerate(names):
        rows = np.flatnonzero(label == index)
        if not len(rows):
            continue
        coordinates = dict(zip("xyz", places[rows].T, strict=False))
        figure.add_trace(
            trace(
                **coordinates,
                name=plotly_text(name),
                mode="markers",
                marker={
                    "size": size,
                    "opacity": 0.75,
                    "color": CLASS_COLORS[index % len(CLASS_COLORS)],
                    "symbol": class_symbol(index, components) if shapes else "circle",
                },
                text=[f"{_(SPLITS[points.split[row]])} #{points.row[row]}" for row in rows],
                hovertemplate=f"%{{text}}<br>({', '.join(f'%{{{axis}:.2f}}' for axis in coordinates)})",
            )
        )
    figure.update_layout(
        title=_(
            "{model}: {settings}; {n} of {total} images",
            model=manifest.id,
            settings=settings,
            n=f"{len(points.row):,}",
            total=f"{int(points.total):,}",
        ),
        template="plotly_white",
        hoverlabel={"namelength": -1},  # not truncated: a cut inside an escape would change the name
        legend={"itemsizing": "constant"},
    )
    if components == 2:
        figure.update_layout(dragmode="pan")
        figure.update_yaxes(scaleanchor="x")
    else:
        figure.update_layout(scene_aspectmode="data")
    return figure.to_html(include_plotlyjs=True, config={"scrollZoom": True, "displaylogo": False})
