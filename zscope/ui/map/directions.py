"""Directions: from images A to images B, measured, tried on a picture, and kept as a slider of Explore."""

from contextlib import contextmanager

import numpy as np
import streamlit as st

from vae.data.catalog import dataset_info
from vae.errors import BadRequestError, ZscopeError
from vae.latent.directions import AttributeDirection, attribute_direction, move
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.maps.directions import keep_direction, kept_directions, kept_of, remove_direction
from zscope.library.maps.making import MapParts
from zscope.library.maps.pictures import decode_rows, full_codes
from zscope.library.maps.points import MOST
from zscope.ui.links import Point
from zscope.ui.map.settings import draw_along
from zscope.ui.text import plain

__all__ = ["choose_side", "show_directions"]

_SELECTIONS = "zscope_map_sides"  # {(model id, side): (rows, points there were)}
_SIDES = {"A": "From A", "B": "To B"}
_STEPS = np.linspace(-0.5, 1.5, 9)


def choose_side(model_id: str, side: str, component: str) -> None:
    """Make the lasso's selection the one or the other end of a direction; a callback, before the page is drawn.

    Args:
        component: key of the map, which knows what is selected by now: the button may be of an earlier selection.
    """
    selection = st.session_state[component].selection
    if selection:
        rows = np.array(selection["rows"], np.int64)
        st.session_state.setdefault(_SELECTIONS, {})[model_id, side] = rows, selection["count"]
        st.session_state[_side_key(model_id, side)] = "selection"


def show_directions(parts: MapParts, point: Point | None) -> None:
    """A section under the map.

    Args:
        point: where the person is: what a direction is tried on.
    """
    names = dataset_info(parts.bundle.manifest.dataset).class_names
    st.subheader("Directions", anchor=False)
    st.caption(
        "From the images of A to those of B: two classes, or two selections of the map (“Use as A”, “Use as B”). "
        "The difference of their mean codes is an arrow that any image can be moved along: x + B − A."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        sides = [_choose(parts, names, side) for side in _SIDES]
    if not all(sides):
        _show_kept(parts)
        return
    (title_a, rows_a), (title_b, rows_b) = sides
    try:
        direction = attribute_direction(parts.points.z_mean, rows_a, rows_b, parts.points.label if names else None)
    except BadRequestError as error:
        st.warning(plain(str(error)))
        _show_kept(parts)
        return
    _figures(direction)
    _try_out(parts, direction, point)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        title = st.text_input(
            "Name", f"{title_a} → {title_b}", max_chars=60, key=f"zscope_direction_name_{title_a}_{title_b}"
        )
        keep = st.button("Keep: a slider in Explore", type="primary", icon=":material/tune:")
    if keep:
        with _said_errors():
            kept = kept_of(direction, parts.points.z_mean, title, title_a, title_b)
            keep_direction(parts.bundle.manifest, kept)
            st.toast(f"“{plain(kept.title)}” is a slider of Explore now.", icon=":material/tune:")
            st.rerun()  # the controls above know it too
    _show_kept(parts)


def _choose(parts: MapParts, names: tuple[str, ...], side: str) -> tuple[str, np.ndarray] | None:
    """A side's words and rows; None before it is chosen."""
    model_id, labels = parts.bundle.manifest.id, parts.points.label
    selected, count = st.session_state.get(_SELECTIONS, {}).get((model_id, side), (None, 0))
    if selected is not None and count != len(labels):
        # Chosen on a map of all images, of which the test images are the first; in a sample they are other ones.
        selected = None if MOST in (count, len(labels)) else selected[selected < len(labels)]
    options: list = [*range(len(names))]
    if selected is not None and len(selected):
        options = ["selection", *options]

    def words(option) -> str:
        return f"Selection of {len(selected):,} images" if option == "selection" else names[option]

    key = _side_key(model_id, side)
    if st.session_state.get(key) not in options:
        st.session_state[key] = None
    option = st.selectbox(_SIDES[side], options, format_func=words, key=key, placeholder="Choose", width=220)
    if option is None:
        return None
    if option == "selection":
        return f"selection of {len(selected):,}", selected
    return names[option], np.flatnonzero(labels == option)


def _figures(direction: AttributeDirection) -> None:
    strength, leakage = direction.strength, direction.leakage
    columns = st.columns(3)
    columns[0].metric(
        "Tells B from A, unseen images",
        f"{strength.auc:.1%}" if strength else "too few images",
        help="The chance that an image of B lies farther along than one of A, on images that the direction was not "
        "made from (AUC); 50 % is none."
        + (f" Cohen's d: {strength.effect:.1f}, 0.8 being large." if strength else ""),
    )  # fmt: skip
    columns[1].metric(
        "Consistency",
        "–" if direction.consistency is None else f"{direction.consistency:.2f}",
        help="Mean cosine between the arrows of single pairs from A to B: 1 if all point the same way."
        + ("" if direction.chance is None else f" Between random pairs: {direction.chance:.2f}."),
    )
    columns[2].metric(
        "Leakage into other classes",
        f"{leakage.share:.0%}" if leakage else "–",
        help="The share of the other classes' variance along the direction that lies between them: 0 % if it says "
        "nothing about them."
        + (f" Along a random direction: {leakage.chance:.0%}." if leakage else ""),
    )  # fmt: skip
    if direction.shared:
        st.caption(f"{direction.shared:,} images were in both A and B, and count for neither.")


def _try_out(parts: MapParts, direction: AttributeDirection, point: Point | None) -> None:
    """The means' own way, and the same steps from a picture of the person's choice."""
    points, test = parts.points, parts.points.split == 0
    dims = points.z_mean.shape[1]
    own = None if point is None else point.image
    number = st.number_input(
        "Add it to a test image (empty: to the current point)", 0, int(points.row[test].max()), None, width=330,
        placeholder=f"the current point{'' if own is None else f', image {own}'}",
        key=f"zscope_direction_image_{parts.bundle.manifest.id}",
    )  # fmt: skip
    found = np.flatnonzero(test & (points.row == (number or 0)))
    if number is not None and not len(found):
        st.caption("That image is not among the sample that is shown.")
    if point is not None and (number is None or not len(found)):
        code = np.array(point.z, np.float32)
    else:
        row = int(found[0]) if len(found) else 0
        code = full_codes(parts, points.z_mean[[row]], int(points.label[row]))[0]
    start = full_codes(parts, direction.start[None], 0)[0]
    start[dims:] = code[dims:]  # of a conditional model: the class of the picture
    codes = np.concatenate([np.repeat(one[None], len(_STEPS), axis=0) for one in (code, start)])
    codes[:, :dims] = move(codes[:, :dims], direction.vector, np.tile(_STEPS, 2))
    pictures = decode_rows(parts, codes)
    for title, shown in (
        ("x + t · (B − A)", pictures[: len(_STEPS)]),
        ("mean of A + t · (B − A)", pictures[len(_STEPS) :]),
    ):
        st.caption(f"{title}, t from −0.5 to 1.5")
        st.image(png_bytes(contact_sheet(shown, columns=len(_STEPS), scale=max(1, 84 // shown.shape[2]))))


def _show_kept(parts: MapParts) -> None:
    manifest = parts.bundle.manifest
    kept = kept_directions(manifest)
    if not kept:
        return
    st.markdown("**Kept with this model**")
    for direction in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            told = "" if direction.auc is None else f" · tells B from A in {direction.auc:.1%}"
            st.markdown(f"{plain(direction.title)} · {direction.counts[0]:,} → {direction.counts[1]:,} images{told}")
            st.button(
                "Draw the map along it", key=f"zscope_draw_{direction.id}", type="tertiary", on_click=draw_along,
                args=(manifest.id, direction.id),
            )  # fmt: skip
            if st.button("Remove", key=f"zscope_remove_{direction.id}", type="tertiary"):
                with _said_errors():
                    remove_direction(manifest, direction.id)
                    st.rerun()


@contextmanager
def _said_errors():
    """What goes wrong with the file of directions is said, and the page goes on."""
    try:
        yield
    except OSError as error:
        st.error(f"The directions cannot be written: {plain(str(error.strerror or error))}.")
    except ZscopeError as error:
        st.error(plain(str(error)))


def _side_key(model_id: str, side: str) -> str:
    return f"zscope_direction_{side}_{model_id}"
