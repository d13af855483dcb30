"""Chooses the model to compare with the open one: on the page, or by a link's `with=`."""

import streamlit as st

from vae.errors import BadRequestError, ZscopeError
from vae.evaluation.comparison import Common, check_encodes, what_is_common
from vae.message import message
from zscope.library.registry import ModelEntry, find_model, list_models
from zscope.ui import state
from zscope.ui.errors import error_text
from zscope.ui.language import _
from zscope.ui.text import plain

__all__ = ["choose_other", "compare_with", "compared_with"]

_WITH = "zscope_compared_with"  # id of the other model


def compared_with() -> str | None:
    """Return the id of the session's model B; None before one was chosen."""
    return st.session_state.get(_WITH)


def compare_with(model_id: str) -> None:
    """Choose model B. A model that does not exist or cannot be compared is replaced when the page is shown."""
    st.session_state[_WITH] = model_id


def choose_other(entry: ModelEntry) -> tuple[ModelEntry, Common]:
    """Show the picker for the other model and return it with what the two have in common.

    Raises:
        BadRequestError: the link's model cannot be compared with the open one, or there is no other model.
        ModelNotFoundError, BundleError: the link's model does not exist or is broken.
    """
    choices: dict[str, tuple[ModelEntry, Common]] = {other.id: (other, common) for other, common in _comparable(entry)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title(_("Compare"), anchor=False, width="content")
        if not choices:
            _refuse_alone(entry)
        other = _remembered(entry, choices)
        key = f"zscope_with_{entry.id}_{state.picker_key()}"
        ids = list(choices)
        chosen = st.selectbox(
            _("B, compared with A: {title}", title=plain(entry.title)),
            ids,
            ids.index(other) if other in choices else None,
            format_func=lambda id: f"B: {_name(*choices[id])}",
            label_visibility="collapsed",
            placeholder=_("Choose a model"),
            key=key,
        )
        if st.button(_("Swap A and B"), icon=":material/swap_horiz:", disabled=chosen is None):
            st.session_state[state.MODEL_KEY], st.session_state[_WITH] = chosen, entry.id
            state.renew_picker()
            st.rerun()
    if chosen is None:  # the link's model is not comparable: show the reason
        what_is_common(entry.manifest, _usable(other).manifest)
        st.stop()
    st.session_state[_WITH] = chosen
    return choices[chosen]


def _remembered(entry: ModelEntry, choices: dict[str, tuple[ModelEntry, Common]]) -> str:
    """Return the initial id: the last one chosen, or that of the link, else the first comparable one."""
    if _WITH not in st.session_state:
        st.session_state[_WITH] = st.query_params.get("with")
        try:
            if st.session_state[_WITH] is not None:
                _usable(st.session_state[_WITH])
        except ZscopeError as error:
            st.session_state[_WITH] = None
            # A toast: the next run of the script would remove an alert in the page before it is read.
            st.toast(plain(error_text(error)), icon=":material/link_off:", duration="infinite")
    known = st.session_state[_WITH]
    # It is the open model now, or it was deleted: choose another one.
    if known is None or known == entry.id or (known not in choices and not _is_usable(known)):
        return next(iter(choices))
    return known


def _is_usable(model_id: str) -> bool:
    try:
        return bool(_usable(model_id))
    except ZscopeError:
        return False


def _comparable(entry: ModelEntry) -> list[tuple[ModelEntry, Common]]:
    """List the comparable models, those of the same data set first."""
    found: list[tuple[ModelEntry, Common]] = []
    for other in list_models():
        if other.fault or other.id == entry.id:
            continue
        try:
            found.append((other, what_is_common(entry.manifest, other.manifest)))
        except BadRequestError:
            continue  # another image shape
    return sorted(found, key=lambda pair: pair[1] != "data")


def _name(other: ModelEntry, common: Common) -> str:
    return f"{other.title} ({other.id})" + ("" if common == "data" else _(", another data set"))


def _refuse_alone(entry: ModelEntry) -> None:
    """Raise an error that explains why there is no other model."""
    check_encodes(entry.manifest)
    shape = " × ".join(map(str, entry.manifest.model.image_shape))
    raise BadRequestError(
        message("Can't compare {id}: there is no other model of {shape} images.", id=entry.id, shape=shape),
        "Train one on the Train page, or open another model in the sidebar.",
    )


def _usable(model_id: str) -> ModelEntry:
    entry = find_model(model_id)
    entry.check()
    return entry
