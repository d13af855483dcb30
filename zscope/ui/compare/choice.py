"""Which model the open one is compared with: chosen on the page, or named by a link as `with=`."""

import streamlit as st

from vae.errors import BadRequestError, BundleError, ZscopeError
from vae.evaluation.comparison import Common, check_encodes, what_is_common
from zscope.library.registry import ModelEntry, find_model, list_models
from zscope.ui import state
from zscope.ui.text import plain

__all__ = ["choose_other"]

_WITH = "zscope_compared_with"  # id of the other model


def choose_other(entry: ModelEntry) -> tuple[ModelEntry, Common]:
    """The other model, by a picker beside the page's title, and what the two have in common.

    Raises:
        BadRequestError: the link's model cannot be compared with the open one, or there is no other.
        ModelNotFoundError, BundleError: the link names none, or a broken one.
    """
    choices = {other.id: (other, common) for other, common in _comparable(entry)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Compare", anchor=False, width="content")
        if not choices:
            _refuse_alone(entry)
        other = _remembered(entry, choices)
        key = f"zscope_with_{entry.id}_{state.picker_key()}"
        ids = list(choices)
        chosen = st.selectbox(
            f"A is the open model, {plain(entry.title)}. B is",
            ids,
            ids.index(other) if other in choices else None,
            format_func=lambda id: _name(*choices[id]),
            placeholder="Choose a model",
            key=key,
        )
        if st.button("Swap", icon=":material/swap_horiz:", help="A becomes B", disabled=chosen is None):
            st.session_state[state.MODEL_KEY], st.session_state[_WITH] = chosen, entry.id
            state.renew_picker()
            st.rerun()
    if chosen is None:  # the link's own fault, in words
        what_is_common(entry.manifest, _usable(other).manifest)
    st.session_state[_WITH] = chosen
    return choices[chosen]


def _remembered(entry: ModelEntry, choices: dict) -> str:
    """The id to begin with: that of the last time, or of the link, else of the first that can be compared."""
    if _WITH not in st.session_state:
        st.session_state[_WITH] = st.query_params.get("with")
        try:
            if st.session_state[_WITH] is not None:
                _usable(st.session_state[_WITH])
        except ZscopeError as error:
            st.session_state[_WITH] = None
            # Not an alert in the page: the next run of the script would take it away before it is read.
            st.toast(plain(str(error)), icon=":material/link_off:", duration="infinite")
    known = st.session_state[_WITH]
    # The open model was changed to this very one, or it was deleted: another one takes its place.
    if known is None or known == entry.id or (known not in choices and not _is_there(known)):
        return next(iter(choices))
    return known


def _is_there(model_id: str) -> bool:
    try:
        return bool(_usable(model_id))
    except ZscopeError:
        return False


def _comparable(entry: ModelEntry) -> list[tuple[ModelEntry, Common]]:
    """Those of the same data first."""
    found = []
    for other in list_models():
        if other.fault or other.id == entry.id:
            continue
        try:
            found.append((other, what_is_common(entry.manifest, other.manifest)))
        except BadRequestError:
            continue  # of other shapes: the picker offers what can be chosen
    return sorted(found, key=lambda pair: pair[1] != "data")


def _name(other: ModelEntry, common: Common) -> str:
    return f"{other.title} ({other.id})" + ("" if common == "data" else ", of other images")


def _refuse_alone(entry: ModelEntry) -> None:
    """Say why there is none to choose."""
    check_encodes(entry.manifest)
    shape = " × ".join(map(str, entry.manifest.model.image_shape))
    raise BadRequestError(
        f"There is no other model of {shape} images to compare {entry.id} with.",
        "Train one on the Train page, or open another model in the sidebar.",
    )


def _usable(model_id: str) -> ModelEntry:
    entry = find_model(model_id)
    if entry.fault:
        raise BundleError(f"The model {entry.id} cannot be opened: {entry.fault}", "Choose another model.")
    return entry
