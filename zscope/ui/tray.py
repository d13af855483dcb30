"""The tray of favourites, which every page shows. The browser keeps the favourites."""

import streamlit as st

from vae.data import load_test_split
from vae.errors import BadRequestError
from zscope.library.registry import ModelEntry
from zscope.messages import TrayPage
from zscope.ui import state
from zscope.ui.component_data import declare
from zscope.ui.language import _
from zscope.ui.links import Point, Stop, parse_point
from zscope.ui.server import base_path

__all__ = ["show_tray"]

_TRAY = declare("tray", "tray", ("go", "path"))
_MOST = 12  # stops of a path


def show_tray(entry: ModelEntry) -> None:
    """Show the tray; go to Explore or Interpolate when the user asks for it, which ends the script's run."""
    model = entry.manifest.model
    page = TrayPage(
        base=base_path(),
        model={
            "id": entry.id,
            "title": entry.title,
            "version": entry.manifest.networks_hash,
            "latentDim": model.latent_dim,
            "codeDim": model.code_dim,
            "imageShape": model.image_shape,
        },
    )
    result = _TRAY(key="tray", data=page, on_go_change=lambda: None, on_path_change=lambda: None)
    try:
        point = _point(entry, result.go) if result.go and result.go["model"] == entry.id else None
        chosen = result.path["stops"][:_MOST] if result.path and result.path["model"] == entry.id else []
        stops = tuple(Stop(_point(entry, stop)) for stop in chosen)
    except (BadRequestError, KeyError, TypeError, ValueError):  # of another version of the model, or not from the tray
        st.toast(_("These favourites belong to another model."))
        return
    if point:
        state.remember_point(entry.id, point)
        state.leave_for("explore")
    if len(stops) > 1:
        state.hand_over_stops(entry.id, stops)
        state.leave_for("interpolate")


def _point(entry: ModelEntry, place: dict) -> Point:
    """Check a point that comes from the browser.

    Raises:
        BadRequestError: it is no point of the model.
    """
    z, image = ",".join(f"{float(value):.4f}" for value in place["z"]), place.get("image")
    model, images = entry.manifest.model, len(load_test_split(entry.manifest.dataset))
    return parse_point(z, None if image is None else str(image), model.code_dim, images, model.classes)
