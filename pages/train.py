"""Train: choose data and settings, start a training run, follow all runs."""

import streamlit as st

from vae.data.catalog import dataset_info
from zscope.jobs.runs import free_id, list_runs, new_request, start
from zscope.ui.errors import shown_errors
from zscope.ui.language import _
from zscope.ui.text import plain
from zscope.ui.train.pictures import choose_pictures
from zscope.ui.train.run_view import ICONS, RUN_KEY, describe_state, show_run
from zscope.ui.train.settings import choose_settings

_LISTED = 8
_TABS = "zscope_runs"
_WORKING = ("starting", "queued", "training", "publishing")


def show_form() -> None:
    choice = choose_pictures()
    model, training = choose_settings(choice.id, choice.images)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        about = _(dataset_info(choice.id).title)
        default = _("{title}, {n} dimensions", title=about, n=model.latent_dim)[:80]
        title = st.text_input(_("Name"), placeholder=default, max_chars=80, key="zscope_train_name").strip() or default
        pressed = st.button(_("Start training"), type="primary", icon=":material/model_training:")
    if pressed:
        request = new_request(free_id(title), title, model, training, download=choice.download)
        start(request)
        st.session_state[RUN_KEY] = request.id
        st.rerun()


def _open(run_id: str | None) -> None:
    """Show a run, or the form; a callback, so that it takes effect in the next run of the list or of the page."""
    st.session_state[RUN_KEY] = run_id


@st.fragment(run_every=3.0)
def show_list(shown: str | None) -> None:
    if st.session_state[RUN_KEY] != shown:
        st.rerun()  # the whole page
    runs = list_runs()
    with st.container(horizontal=True, gap="small", key=_TABS):
        kind = "secondary" if shown else "primary"
        st.button(_("New model"), icon=":material/add:", type=kind, key="run", on_click=_open, args=(None,))
        listed = runs[:_LISTED] + [run for run in runs[_LISTED:] if run.id == shown or run.state in _WORKING]
        for run in listed:
            # The view of the shown run refreshes at other times, so two percentages would differ.
            label = f"{plain(run.title)} · {plain(describe_state(run, share=run.id != shown))}"
            kind, icon = "primary" if run.id == shown else "secondary", f":material/{ICONS[run.state]}:"
            st.button(label, key=f"run-{run.id}", icon=icon, type=kind, on_click=_open, args=(run.id,))
        older = [run for run in runs if run not in listed]
        if older:
            with st.popover(_("{n} older", n=len(older))):
                for run in older:
                    st.button(plain(run.title), key=f"run-{run.id}", on_click=_open, args=(run.id,))


st.title(_("Train"), anchor=False)
st.html(
    f"<style>.st-key-{_TABS} {{ border-bottom: 1px solid var(--st-border-color); gap: 0 0.4rem; }}"
    f".st-key-{_TABS} button {{ border: 0; border-bottom: 2px solid transparent; border-radius: 0; background: none;"
    " color: inherit; }"
    f".st-key-{_TABS} button[kind='primary'] {{ border-bottom-color: light-dark(#0f766e, #5eead4);"
    " color: light-dark(#0f766e, #5eead4); font-weight: 600; }</style>"
)
if RUN_KEY not in st.session_state:  # a new session or a reload: the run in the URL, else an active one
    known = {run.id: run for run in list_runs()}
    working = next((id for id, run in known.items() if run.state in _WORKING), None)
    linked = st.query_params.get("run")
    st.session_state[RUN_KEY] = linked if linked in known else working
shown = st.session_state[RUN_KEY]
if shown:
    st.query_params["run"] = shown
else:
    st.query_params.pop("run", None)

show_list(shown)
with shown_errors():
    if shown in {run.id for run in list_runs()}:
        show_run(shown)
    else:  # none, or one that was removed in another tab
        show_form()
