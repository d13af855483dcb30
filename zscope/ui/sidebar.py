"""The sidebar: which model is open, and what it is worth."""

from collections import Counter
from unicodedata import east_asian_width

import streamlit as st

from vae.data.generated import is_generated
from zscope.library.registry import list_models, open_model
from zscope.ui import state
from zscope.ui.links import DEFAULT_MODEL
from zscope.ui.models.actions import CARD
from zscope.ui.text import plain

__all__ = ["model_card", "model_picker"]

_FITS = 22  # letters of a title that the closed picker shows


def model_picker() -> None:
    """Choose the model that every page shows. Broken bundles are named, not hidden."""
    entries = list_models()
    usable = [entry for entry in entries if not entry.fault]
    if not usable:
        st.error("There is no model here. Train one: `zscope train my-model`.")
        st.stop()
    times = Counter(entry.title for entry in usable)
    titles = {entry.id: entry.title if times[entry.title] == 1 else f"{entry.title} ({entry.id})" for entry in usable}
    if st.session_state.get(state.MODEL_KEY) not in titles:  # deleted or broken since it was opened
        st.session_state[state.MODEL_KEY] = DEFAULT_MODEL if DEFAULT_MODEL in titles else next(iter(titles))
        state.renew_picker()
    ids = list(titles)
    st.session_state[state.MODEL_KEY] = st.selectbox(
        "Model", ids, ids.index(st.session_state[state.MODEL_KEY]), format_func=titles.get, key=state.picker_key(),
        on_change=_change_card,
    )  # fmt: skip
    for entry in entries:
        if entry.fault:
            st.caption(f":material/warning: **{plain(entry.id)}** cannot be opened: {plain(entry.fault)}")


def _change_card() -> None:
    """A callback: where a model's card is shown, the chosen model's card is shown next."""
    if CARD in st.query_params:
        st.query_params[CARD] = st.session_state[state.picker_key()]


def model_card() -> None:
    """The open model's figures on the test split."""
    entry = state.current_model()
    metrics = entry.card.metrics
    lines = [f"`{entry.id}`"]
    if sum(2 if east_asian_width(letter) in "WF" else 1 for letter in entry.title) > _FITS:
        lines.insert(0, f"**{plain(entry.title)}**")
    lines.append(f"{metrics.active_units} of {entry.manifest.model.latent_dim} dimensions active")
    said = [plain(entry.card.summary)]
    if metrics.images:
        seen = "that it never saw" if entry.card.training else "of the data set; what it has seen, its maker knows"
        said.append(f"Measured on {metrics.images:,} test images {seen}.")
    if metrics.knn_accuracy is not None:  # None where the data have no classes
        lines.append(f"kNN accuracy {100 * metrics.knn_accuracy.value:.1f} %")
        said.append(f"kNN: the class that {metrics.knn_neighbours} nearest training codes vote for.")
        if entry.manifest.model.classes:
            said.append("The decoder of this model is told the class: its codes need not tell it.")
    if metrics.mse is not None:  # None of a decoder alone
        lines.append(f"MSE per pixel {metrics.mse.value:.4f}")
        said.append("MSE: squared error per pixel.")
    lines.append(f"{entry.card.parameters:,} weights")
    if is_generated(entry.manifest.dataset):
        count = len(open_model(entry.id).reference.labels)
        lines.append(f"No pictures came with it: the “test images” and “the data” are {count:,} that it draws itself.")
    st.caption("  \n".join(lines), help=" ".join(said))
