"""Shows the lasso's selection: count, classes, mean picture, typical and unusual images, downloads."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae.data.catalog import dataset_info
from vae.latent.selection import summarise_selection
from vae.pictures.colors import CLASS_COLORS
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.maps.export import csv_bytes, npz_bytes
from zscope.library.maps.making import MapParts
from zscope.library.maps.pictures import images_of, mean_picture
from zscope.ui.map.directions import choose_side
from zscope.ui.text import plotly_text

__all__ = ["show_selection"]

_SHOWN = 10  # pictures
_COLUMNS = 5
_SHEET = 400  # pictures of an exported sheet at most


def show_selection(parts: MapParts, selection: dict, component: str) -> None:
    """Show the section of the panel.

    Args:
        selection: from the component's result: the map's key, its number of points, and the selected rows.
        component: key of the component.
    """
    if selection["map"] != parts.key or selection["count"] != len(parts.points.row):
        return  # of another map
    rows = np.array(selection["rows"], np.int64)
    if not len(rows):
        st.caption("No points selected. Draw the lasso around some points.")
        return
    points = parts.points
    model_id = parts.bundle.manifest.id
    info = dataset_info(parts.bundle.manifest.dataset)
    found = summarise_selection(points.z_mean, rows, points.label, _SHOWN)
    st.subheader(f"{len(rows):,} of {len(points.row):,} selected", anchor=False)
    with st.container(horizontal=True):
        for side in ("A", "B"):
            st.button(
                f"Use as {side}", key=f"zscope_use_{side}", on_click=choose_side, args=(model_id, side, component),
                help=f"Use the selection as end {side} of a direction.",
            )  # fmt: skip
    if info.class_names:
        st.markdown("**Classes**")
        st.plotly_chart(_class_mix(points.label[rows], info.class_names), config={"displayModeBar": False}, key="mix")
    st.markdown("**Mean of the codes, decoded**")
    st.image(png_bytes(contact_sheet(mean_picture(parts, rows)[None], scale=4)))
    for title, chosen in (("Most typical", found.typical), ("Most unusual", found.unusual)):
        st.markdown(f"**{title}**")
        st.image(png_bytes(contact_sheet(images_of(parts, chosen), columns=_COLUMNS, scale=2)))
    if found.profile is not None:
        st.markdown("**Difference from the rest, by dimension**")
        st.plotly_chart(_profile(found.profile), config={"displayModeBar": False}, key="profile")
    with st.container(horizontal=True):
        _exports(parts, rows)


def _class_mix(labels: np.ndarray, names: tuple[str, ...]) -> go.Figure:
    counts = np.bincount(labels, minlength=len(names))
    shown = np.flatnonzero(counts)[::-1]
    figure = go.Figure(
        go.Bar(
            x=counts[shown],
            y=[plotly_text(names[label]) for label in shown],
            orientation="h",
            marker={"color": [CLASS_COLORS[label % len(CLASS_COLORS)] for label in shown]},
            text=[f"{count:,} · {_share(count, len(labels))}" for count in counts[shown]],
            hoverinfo="skip",
        )
    )
    figure.update_layout(height=60 + 26 * len(shown), margin={"l": 0, "r": 0, "t": 4, "b": 0})
    figure.update_yaxes(type="category", fixedrange=True)
    figure.update_xaxes(visible=False, fixedrange=True)
    return figure


def _share(count: int, total: int) -> str:
    """Return a share in per cent; a few of many are neither none nor all of them."""
    share = count / total
    if 0 < share < 0.01:
        return "<1%"
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def _profile(difference: np.ndarray) -> go.Figure:
    order = np.argsort(np.abs(difference))[-16:]
    figure = go.Figure(
        go.Bar(
            x=difference[order],
            y=[f"z{dimension}" for dimension in order],
            orientation="h",
            hovertemplate="%{y}: %{x:.2f} σ<extra></extra>",
        )
    )
    figure.update_layout(height=80 + 18 * len(order), margin={"l": 0, "r": 0, "t": 4, "b": 0})
    figure.update_yaxes(type="category", fixedrange=True)
    figure.update_xaxes(title="Difference of means, in σ of all points", fixedrange=True)
    return figure


def _exports(parts: MapParts, rows: np.ndarray) -> None:
    name = f"{parts.bundle.manifest.id}-{len(rows)}-points"
    st.download_button(
        "Download CSV", lambda: csv_bytes(parts, rows), f"{name}.csv", "text/csv", help="Coordinates and codes."
    )
    st.download_button(
        "Download NPZ", lambda: npz_bytes(parts, rows), f"{name}.npz", help="Coordinates and codes as NumPy arrays."
    )
    st.download_button(
        "Download contact sheet",
        lambda: png_bytes(contact_sheet(images_of(parts, rows[:_SHEET]), scale=2)),
        f"{name}.png",
        "image/png",
        help=f"The selected images, at most {_SHEET}.",
    )
