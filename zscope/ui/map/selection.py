"""What the lasso holds: how many, of which classes, their mean picture, typical and strange ones, and files."""

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

_SHOWN = 10  # pictures in a row
_SHEET = 400  # pictures of an exported sheet at most


def show_selection(parts: MapParts, selection: dict, component: str) -> None:
    """A section under the map.

    Args:
        selection: what the component said: the map's key, its number of points, and rows of them.
        component: its key.
    """
    if selection["map"] != parts.key or selection["count"] != len(parts.points.row):
        return  # of another map
    rows = np.array(selection["rows"], np.int64)
    if not len(rows):
        st.caption("Nothing lies inside the line.")
        return
    points = parts.points
    model_id = parts.bundle.manifest.id
    info = dataset_info(parts.bundle.manifest.dataset)
    found = summarise_selection(points.z_mean, rows, points.label, _SHOWN)
    st.subheader(f"{len(rows):,} of {len(points.row):,} selected", anchor=False)
    mix, pictures, profile = st.columns([3, 4, 4], gap="large")
    with mix:
        if info.class_names:
            st.markdown("**Classes**")
            st.plotly_chart(
                _class_mix(points.label[rows], info.class_names), config={"displayModeBar": False}, key="mix"
            )
    with pictures:
        st.markdown("**Mean of the codes, decoded**")
        st.image(png_bytes(contact_sheet(mean_picture(parts, rows)[None], scale=4)))
        for title, chosen in (("Most typical", found.typical), ("Most unusual", found.unusual)):
            st.markdown(f"**{title}**")
            st.image(png_bytes(contact_sheet(images_of(parts, chosen), columns=_SHOWN, scale=2)))
    with profile:
        if found.profile is not None:
            st.markdown("**Against the rest, by dimension**")
            st.plotly_chart(_profile(found.profile), config={"displayModeBar": False}, key="profile")
    with st.container(horizontal=True):
        for side in ("A", "B"):
            st.button(
                f"Use as {side}", key=f"zscope_use_{side}", on_click=choose_side, args=(model_id, side, component),
                help="One end of a direction, see below.",
            )  # fmt: skip
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
            text=[f"{count:,} · {count / len(labels):.0%}" for count in counts[shown]],
            hoverinfo="skip",
        )
    )
    figure.update_layout(height=60 + 26 * len(shown), margin={"l": 0, "r": 0, "t": 4, "b": 0})
    figure.update_yaxes(type="category", fixedrange=True)
    figure.update_xaxes(visible=False, fixedrange=True)
    return figure


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
    figure.update_xaxes(title="difference of means, in σ of all", fixedrange=True)
    return figure


def _exports(parts: MapParts, rows: np.ndarray) -> None:
    name = f"{parts.bundle.manifest.id}-{len(rows)}-points"
    st.download_button("CSV", lambda: csv_bytes(parts, rows), f"{name}.csv", "text/csv", help="Places and codes.")
    st.download_button("NPZ", lambda: npz_bytes(parts, rows), f"{name}.npz", help="The same as NumPy arrays.")
    st.download_button(
        "Contact sheet",
        lambda: png_bytes(contact_sheet(images_of(parts, rows[:_SHEET]), scale=2)),
        f"{name}.png",
        "image/png",
        help=f"Their images, {_SHEET} at most.",
    )
