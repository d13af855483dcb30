"""The panel beside the map: the settings, and one section of what is known about the map."""

import streamlit as st

from zscope.library.maps.making import MapParts
from zscope.ui.language import N_, _
from zscope.ui.links import Point
from zscope.ui.map.directions import show_directions
from zscope.ui.map.export import show_exports
from zscope.ui.map.neighbours import show_neighbours
from zscope.ui.map.section import open_section, section_key
from zscope.ui.map.selection import show_selection

__all__ = ["PANEL", "show_section", "style_panel"]

PANEL = "zscope_map_panel"
_TITLES = {
    "nearest": N_("Nearest"),
    "selection": N_("Selection"),
    "directions": N_("Directions"),
    "export": N_("Export"),
}
_SHOWN = "zscope_map_selection"  # the selection that was opened last


def style_panel() -> None:
    """Place the panel beside the map: it has the height of the window, and scrolls alone."""
    st.html(
        "<style>"
        "@media (min-width: 1100px) {"
        f" .stHorizontalBlock:has(> .stColumn .st-key-{PANEL}) {{ flex-wrap: nowrap; }}"
        f" .stColumn:has(.st-key-{PANEL}) {{ flex: 0 0 350px; min-width: 350px; position: sticky; top: 1.5rem;"
        " max-height: calc(100dvh - 2.4rem); overflow-y: auto; padding-inline: 2px 6px; }"
        "}"
        "@media (max-width: 1099px) {"
        f" .stHorizontalBlock:has(> .stColumn .st-key-{PANEL}) {{ flex-wrap: wrap; }}"
        f" .stHorizontalBlock:has(> .stColumn .st-key-{PANEL}) > .stColumn {{ flex: 1 1 100%; min-width: 100%; }}"
        "}"
        f".st-key-{section_key()} button {{ padding-inline: 6px; }}"
        f".st-key-{PANEL} h3 {{ font-size: 1.13rem; padding: 0.3rem 0; }}"
        f".st-key-{PANEL} [data-testid='stMetricValue'] {{ font-size: 1.3rem; }}"
        "</style>"
    )


def show_section(parts: MapParts, point: Point | None, selection: dict | None, shapes: bool) -> None:
    """Show the switch of the sections, and the chosen one. A new selection opens its section.

    Args:
        point: the current point.
        selection: from the component's result; see `show_selection`.
        shapes: whether the map draws groups in different shapes.
    """
    if selection and selection != st.session_state.get(_SHOWN):
        open_section("selection")
    st.session_state[_SHOWN] = selection
    section = st.segmented_control(
        _("About the map"), list(_TITLES), format_func=lambda section: _(_TITLES[section]), key=section_key(),
        required=True, label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    match section:
        case "selection" if selection and selection["map"] == parts.key:  # not one of the map before
            show_selection(parts, selection, "map")
        case "selection" if parts.spec.components > 2:
            st.caption(_("A map in 3-D has no lasso. Switch 3-D off to select points."))
        case "selection":
            st.caption(
                _("Nothing is selected. Choose the lasso or the box above the map, and draw around some points.")
            )
        case "directions":
            show_directions(parts, point)
        case "export":
            show_exports(parts, shapes)
        case "nearest" if point:
            show_neighbours(parts, point)
