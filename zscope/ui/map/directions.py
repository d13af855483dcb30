"""Directions from images A to images B: measures them, previews them, and saves them as sliders of Explore."""

from contextlib import contextmanager
from typing import Any

import numpy as np
import streamlit as st

from vae.data.attribute import Attribute
from vae.data.catalog import DatasetInfo, dataset_info
from vae.errors import BadRequestError, ZscopeError
from vae.latent.directions import AttributeDirection, attribute_direction, move
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.maps.attributes import attribute_values, rows_of_half
from zscope.library.maps.directions import keep_direction, kept_directions, kept_of, remove_direction
from zscope.library.maps.making import MapParts
from zscope.library.maps.pictures import decode_rows, full_codes
from zscope.library.maps.points import MOST
from zscope.ui.errors import error_text
from zscope.ui.language import N_, _
from zscope.ui.links import Point
from zscope.ui.map.section import open_section
from zscope.ui.map.settings import draw_along
from zscope.ui.text import plain

__all__ = ["choose_side", "show_directions"]

_SELECTIONS = "zscope_map_sides"  # {(model id, side): (rows, number of points)}
_SIDES = {"A": N_("From A"), "B": N_("To B")}
_STEPS = np.linspace(-0.5, 1.5, 9)


def choose_side(model_id: str, side: str, component: str) -> None:
    """Use the lasso's selection as an end of a direction; a callback.

    Args:
        component: key of the map component, which has the current selection; the button may show an earlier one.
    """
    selection = st.session_state[component].selection
    if selection:
        rows = np.array(selection["rows"], np.int64)
        st.session_state.setdefault(_SELECTIONS, {})[model_id, side] = rows, selection["count"]
        st.session_state[_side_key(model_id, side)] = "selection"
        open_section("directions")


def show_directions(parts: MapParts, point: Point | None) -> None:
    """Show the section of the panel.

    Args:
        point: the current point, to which the preview applies a direction.
    """
    info = dataset_info(parts.bundle.manifest.dataset)
    names = info.class_names
    st.subheader(_("Directions"), anchor=False)
    st.caption(
        _(
            "A direction is the difference of the mean codes of images A and B: two classes, images without and with "
            "an attribute, or two selections on the map (“Use as A”, “Use as B”). Any image can be moved along it: "
            "x + B − A."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        sides = [_choose(parts, info, side) for side in _SIDES]
    chosen = [side for side in sides if side is not None]
    if len(chosen) < len(sides):
        _show_kept(parts)
        return
    (title_a, rows_a), (title_b, rows_b) = chosen
    try:
        direction = attribute_direction(parts.points.z_mean, rows_a, rows_b, parts.points.label if names else None)
    except BadRequestError as error:
        st.warning(plain(error_text(error)))
        _show_kept(parts)
        return
    _figures(direction)
    _try_out(parts, direction, point)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        title = st.text_input(
            _("Name"), f"{title_a} → {title_b}", max_chars=60, key=f"zscope_direction_name_{title_a}_{title_b}"
        )
        keep = st.button(
            _("Save direction"), type="primary", icon=":material/tune:", help=_("Adds a slider in Explore.")
        )
    if keep:
        with _inline_errors():
            kept = kept_of(direction, parts.points.z_mean, title, title_a, title_b)
            keep_direction(parts.bundle.manifest, kept)
            st.toast(_("Added the slider “{title}” to Explore.", title=plain(kept.title)), icon=":material/tune:")
            st.rerun()  # so that the controls above list it
    _show_kept(parts)


def _choose(parts: MapParts, info: DatasetInfo, side: str) -> tuple[str, np.ndarray] | None:
    """Return title and rows of an end; None before it is chosen."""
    model_id, labels, names = parts.bundle.manifest.id, parts.points.label, info.class_names
    found: tuple[np.ndarray | None, int] = st.session_state.get(_SELECTIONS, {}).get((model_id, side), (None, 0))
    selected, count = found
    if selected is not None and count != len(labels):
        # Selected on a map of all images: the test images come first, except in a sample.
        selected = None if MOST in (count, len(labels)) else selected[selected < len(labels)]
    # "A" is offered the end without an attribute first.
    halves = [(number, high) for number in range(len(info.attributes)) for high in (side == "B", side == "A")]
    options: list = [*range(len(names)), *halves]
    selected = np.zeros(0, np.int64) if selected is None else selected
    if len(selected):
        options = ["selection", *options]
    size = len(selected)

    def words(option) -> str:
        if isinstance(option, tuple):
            return _half_title(info.attributes[option[0]], option[1])
        return _("Selection of {n} images", n=f"{size:,}") if option == "selection" else names[option]

    key = _side_key(model_id, side)
    if st.session_state.get(key) not in options:
        st.session_state[key] = None
    option: Any = st.selectbox(
        _(_SIDES[side]),
        options,
        format_func=words,
        key=key,
        placeholder=_("Choose"),
        width=220,
        persist_state="session",
        on_change=_choose_opposite,
        args=(model_id, side),
    )
    if option is None:
        return None
    if isinstance(option, tuple):
        number, high = option
        rows = rows_of_half(info.attributes[number], attribute_values(parts, number), high)
        return _half_title(info.attributes[number], high), rows
    if option == "selection":
        return _("selection of {n}", n=f"{len(selected):,}"), selected
    return names[option], np.flatnonzero(labels == option)


def _choose_opposite(model_id: str, side: str) -> None:
    """A callback: after the choice of an attribute, choose its other half for an empty side."""
    option = st.session_state.get(_side_key(model_id, side))
    other = _side_key(model_id, "A" if side == "B" else "B")
    if isinstance(option, tuple) and st.session_state.get(other) is None:
        st.session_state[other] = (option[0], not option[1])


def _half_title(attribute: Attribute, high: bool) -> str:
    """Return the name of the images with or without an attribute, or with high or low values of it."""
    if attribute.kind == "binary":
        text = N_("with {attribute}") if high else N_("without {attribute}")
    else:
        text = N_("high {attribute}") if high else N_("low {attribute}")
    return _(text, attribute=attribute.name)


def _figures(direction: AttributeDirection) -> None:
    strength, leakage = direction.strength, direction.leakage
    with st.container(horizontal=True, gap="small"):
        st.metric(
            _("Separation of A and B (AUC)"),
            f"{strength.auc:.1%}" if strength else _("too few images"),
            help=_("Probability that an image of B is farther along the direction than an image of A, on held-out "
            "images; 50 % is chance.")
            + (_(" Cohen's d: {effect} (0.8 is large).", effect=f"{strength.effect:.1f}") if strength else ""),
        )  # fmt: skip
        st.metric(
            _("Consistency"),
            "–" if direction.consistency is None else f"{direction.consistency:.2f}",
            help=_("Mean cosine between the differences of single pairs of A and B: 1 if all point the same way.")
            + ("" if direction.chance is None else _(" Random pairs: {chance}.", chance=f"{direction.chance:.2f}")),
        )
        st.metric(
            _("Leakage into other classes"),
            f"{leakage.share:.0%}" if leakage else "–",
            help=_("Share of the other classes' variance along the direction that is between classes: 0 % if the "
            "direction does not separate them.")
            + (_(" Random direction: {chance}.", chance=f"{leakage.chance:.0%}") if leakage else ""),
        )  # fmt: skip
    if direction.shared:
        st.caption(_("{n} images are in both A and B and are ignored.", n=f"{direction.shared:,}"))


def _try_out(parts: MapParts, direction: AttributeDirection, point: Point | None) -> None:
    """Show steps along the direction from the mean of A and from a chosen picture."""
    points, test = parts.points, parts.points.split == 0
    dims = points.z_mean.shape[1]
    image = None if point is None else point.image
    number = st.number_input(
        _("Test image to move (empty: current point)"), 0, int(points.row[test].max()), None, width=330,
        placeholder=_("Current point") if image is None else _("Current point, image {number}", number=image),
        key=f"zscope_direction_image_{parts.bundle.manifest.id}",
    )  # fmt: skip
    found = np.flatnonzero(test & (points.row == (number or 0)))
    if number is not None and not len(found):
        st.caption(_("That image is not in the sample on the map."))
    if point is not None and (number is None or not len(found)):
        code = np.array(point.z, np.float32)
    else:
        row = int(found[0]) if len(found) else 0
        code = full_codes(parts, points.z_mean[[row]], int(points.label[row]))[0]
    start = full_codes(parts, direction.start[None], 0)[0]
    start[dims:] = code[dims:]  # the class of the picture, if the model is conditional
    codes = np.concatenate([np.repeat(one[None], len(_STEPS), axis=0) for one in (code, start)])
    codes[:, :dims] = move(codes[:, :dims], direction.vector, np.tile(_STEPS, 2))
    pictures = decode_rows(parts, codes)
    for title, shown in (
        ("x + t · (B − A)", pictures[: len(_STEPS)]),
        (_("mean of A + t · (B − A)"), pictures[len(_STEPS) :]),
    ):
        st.caption(_("{title}, t from −0.5 to 1.5", title=title))
        st.image(png_bytes(contact_sheet(shown, columns=len(_STEPS), scale=max(1, 84 // shown.shape[2]))))


def _show_kept(parts: MapParts) -> None:
    manifest = parts.bundle.manifest
    kept = kept_directions(manifest)
    if not kept:
        return
    st.markdown(_("**Saved with this model**"))
    for direction in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            auc = "" if direction.auc is None else f" · AUC {direction.auc:.1%}"
            st.markdown(
                _(
                    "{title} · {a} → {b} images{auc}",
                    title=plain(direction.title),
                    a=f"{direction.counts[0]:,}",
                    b=f"{direction.counts[1]:,}",
                    auc=auc,
                )
            )
            st.button(
                _("Show map along direction"), key=f"zscope_draw_{direction.id}", type="tertiary", on_click=draw_along,
                args=(manifest.id, direction.id),
            )  # fmt: skip
            if st.button(_("Remove"), key=f"zscope_remove_{direction.id}", type="tertiary"):
                with _inline_errors():
                    remove_direction(manifest, direction.id)
                    st.rerun()


@contextmanager
def _inline_errors():
    """Show errors about the file of directions without ending the page."""
    try:
        yield
    except OSError as error:
        st.error(
            _(
                "Can't save the directions: {reason}. Free some space and try again.",
                reason=plain(str(error.strerror or error)),
            )
        )
    except ZscopeError as error:
        st.error(plain(error_text(error)))


def _side_key(model_id: str, side: str) -> str:
    return f"zscope_direction_{side}_{model_id}"
