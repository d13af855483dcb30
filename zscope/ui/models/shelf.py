"""The list of models: a card for each, with search, filter and sort order."""

from typing import Literal

import streamlit as st

from vae.evaluation.figures import show
from vae.models.networks.zoo import NETWORKS
from zscope.library.registry import ModelEntry, list_models
from zscope.ui import state
from zscope.ui.language import _, short_date, told
from zscope.ui.models.actions import ICONS, act, actions_of, note_of, open_card, show_deleted, show_messages
from zscope.ui.models.importing import show_import
from zscope.ui.models.listing import KINDS, ORDERS, Kind, data_title, find, kind_of, made_on, size_of
from zscope.ui.models.pictures import samples
from zscope.ui.text import html_text

__all__ = ["show_shelf"]

_SHOWN = 24  # cards at first
_MORE = "zscope_models_more"
_KIND = "zscope_models_kind"
_ALL: Literal["all"] = "all"


def show_shelf() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(_("Models"), anchor=False, width="content")
        if st.button(_("Import a model"), icon=":material/upload_file:"):
            show_import(open_card)
    show_messages()
    entries = list_models()
    notes = {entry.id: note_of(entry.id) for entry in entries}
    found = _choose(entries, notes)
    if not found:
        st.info(_("No models match. Use fewer words or another filter."))
    shown = max(_SHOWN, st.session_state.get(_MORE, 0))
    with st.container(key="zscope_shelf"):
        for entry in found[:shown]:
            _card(entry, notes[entry.id])
    if len(found) > shown:
        st.button(
            _("Show {n} more", n=len(found) - shown), on_click=lambda: st.session_state.update({_MORE: len(found)})
        )
    show_deleted()


def _choose(entries: list[ModelEntry], notes: dict[str, str]) -> list[ModelEntry]:
    counts = {kind: sum(kind_of(entry) == kind for entry in entries) for kind in KINDS}
    labels: dict[Kind | Literal["all"], str] = {_ALL: _("All {n}", n=len(entries))}
    labels |= {kind: f"{_(name)} {counts[kind]}" for kind, name in KINDS.items() if kind != "broken" or counts[kind]}
    if st.session_state.get(_KIND) not in labels:  # the last broken one was deleted
        st.session_state[_KIND] = _ALL

    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            _("Search"), placeholder=_("Title, id, data or note"), icon=":material/search:", key="zscope_models_search",
            width=260,
        )  # fmt: skip
        order = st.selectbox(_("Sort by"), list(ORDERS), format_func=_, key="zscope_models_order", width=150)
        kind = st.segmented_control(
            _("Show"),
            list(labels),
            format_func=labels.__getitem__,
            key=_KIND,
            required=True,
            label_visibility="collapsed",
        )
    return find(entries, notes, words, None if kind == _ALL else kind, order)


def _card(entry: ModelEntry, note: str) -> None:
    with st.container(border=True, key=f"zscope_model_{entry.id}", gap="small"):
        st.html(_body(entry, note))
        with st.container(horizontal=True, gap="xsmall"):
            if not entry.fault:
                if st.button(_("Explore"), key=f"explore-{entry.id}"):
                    state.open_model(entry.id)
                to_card = {"on_click": open_card, "args": (entry.id,)}
                st.button(_("Card"), key=f"card-{entry.id}", **to_card)
            if actions := actions_of(entry):
                chosen = st.menu_button(
                    _("More"), actions, key=f"more-{entry.id}",
                    format_func=lambda action: f":material/{ICONS[action]}: {_(action)}",
                )  # fmt: skip
                act(entry, chosen)


def _body(entry: ModelEntry, note: str) -> str:
    kind = kind_of(entry)
    head = (
        f"<div class='zs-head'><strong>{html_text(entry.title)}</strong>"
        f"<span class='zs-kind {kind}'>{_(KINDS[kind]).lower()}</span></div>"
    )
    if entry.fault:
        return f"{head}<div class='zs-quiet'>{html_text(told(entry.fault))}</div>"
    config, metrics = entry.manifest.model, entry.card.metrics
    network = _(NETWORKS[config.network].title).lower() if config.network in NETWORKS else config.network
    what = _("{data} · {network} · {n} dimensions", data=data_title(entry), network=network, n=config.latent_dim)
    figures = {
        "kNN": metrics.knn_accuracy and show(metrics.knn_accuracy, 1, "%"),
        "MSE": metrics.mse and show(metrics.mse, 4),
        _("active"): _("{part} of {total}", part=metrics.active_units, total=config.latent_dim),
    }
    shown = "".join(f"<div><span>{name}</span> {text}</div>" for name, text in figures.items() if text)
    foot = _(
        "{n} weights · {size} MB · {date}",
        n=f"{entry.card.parameters:,}",
        size=f"{size_of(entry) / 1e6:.1f}",
        date=short_date(made_on(entry)),
    )
    return (
        f"{samples(entry, 'few')}{head}<div class='zs-quiet'><code>{entry.id}</code> · {html_text(what)}</div>"
        f"<div class='zs-figures'>{shown}</div><div class='zs-quiet'>{foot}</div>"
        + (f"<div class='zs-note'>{html_text(note)}</div>" if note else "")
    )
