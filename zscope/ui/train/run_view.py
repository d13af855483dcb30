"""One run, as it is right now: what it says, its curves, its film, and what can be done with it."""

from dataclasses import replace

import streamlit as st

from vae.errors import ZscopeError
from zscope.jobs.runs import Progress, Run, delete, find_run, pause, resume, snapshot, stop
from zscope.ui import state
from zscope.ui.text import plain
from zscope.ui.train.charts import kl_map, loss_curves
from zscope.ui.train.film import film
from zscope.ui.train.pictures import DATASET_KEY
from zscope.ui.train.settings import AGAIN_KEY, PRESET_KEY, duration

__all__ = ["ICONS", "RUN_KEY", "describe_state", "show_run"]

RUN_KEY = "zscope_train_run"  # id of the run that is looked at; None for the form
_OPENING = "zscope_train_opening"
_SAID = "zscope_train_said"  # (run id, sentence): why the last click did not do what it says
ICONS = {
    "starting": "hourglass_top", "queued": "hourglass_empty", "training": "autorenew", "publishing": "straighten",
    "paused": "pause_circle", "interrupted": "bolt", "failed": "error", "finished": "check_circle", "broken": "error",
}  # fmt: skip
_COLORS = {
    "starting": "blue", "queued": "gray", "training": "green", "publishing": "blue", "paused": "orange",
    "interrupted": "orange", "failed": "red", "finished": "primary", "broken": "red",
}  # fmt: skip


def show_run(id: str) -> None:
    """The view of one run; while it is at work, it looks again every second or two."""
    run = find_run(id)
    if st.session_state.pop(_OPENING, None) == id:
        _open(run)
    st.fragment(_view, run_every=1.5 if run.alive else None)(id, run.alive, run.state)


def describe_state(run: Run, share: bool = True) -> str:
    """A few words for a badge.

    Args:
        share: with how far it is.
    """
    progress = run.progress
    if share and run.state == "training" and progress.steps:
        return f"training, {100 * progress.step / progress.steps:.0f} %"
    if run.state == "queued":
        return f"queued, number {run.position}" if run.position else "queued"
    if run.state == "publishing":
        return "measuring the model"
    return "stopped early" if run.state == "finished" and progress.stopped else run.state


def _view(id: str, was_alive: bool, was: str) -> None:
    try:
        run = find_run(id)
    except ZscopeError:  # somebody else has removed it
        st.rerun()
    if (run.alive, run.state) != (was_alive, was):
        st.rerun()  # the whole page: its buttons and its list change as well
    progress = run.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run.title), anchor=False, width="content")
        st.badge(describe_state(run), color=_COLORS[run.state])
    _say_state(run)
    _actions(run)
    if said := st.session_state.get(_SAID):
        if said[0] == id:
            st.error(said[1])
        else:
            st.session_state.pop(_SAID)
    if progress.epochs and run.request:
        kept = progress.best_epoch if run.request.training.keep == "best" else None
        st.plotly_chart(loss_curves(progress, kept), key=f"loss-{id}", config={"displayModeBar": False})
        if kept and kept < progress.epoch:
            then = "are the model" if run.state == "finished" else "would be the model now"
            st.caption(f"Dotted: epoch {kept}, of the lowest validation loss. Its weights {then}.")
    if run.request is None:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown("**The film of its learning**")
        film(run, key=f"film-{id}")
    with right:
        st.markdown("**What each dimension carries**")
        if progress.epochs and run.request.model.variational:
            st.plotly_chart(kl_map(progress), key=f"kl-{id}", config={"displayModeBar": False})
        elif not run.request.model.variational:
            st.caption("A plain autoencoder has no KL.")
        else:
            st.caption("Its KL, after each epoch.")
    _details(run)


def _say_state(run: Run) -> None:
    progress = run.progress
    if progress.steps:
        share = min(1.0, progress.step / progress.steps)
        st.progress(share, _progress_line(run, progress))
    if run.state == "failed":
        st.error(f"{plain(progress.message)}\n\n{plain(progress.mend)}")
    elif run.state == "paused" and progress.message:
        st.warning(f"{plain(progress.message)}\n\n{plain(progress.mend)}")
    elif run.state == "interrupted":
        where = f"from epoch {progress.checkpoint_epoch} on" if progress.checkpoint_step else "from the start"
        st.warning(f"Its process ended without a word (killed, or the machine was switched off). It can go on {where}.")
    elif run.state == "broken":
        st.error(plain(run.fault))
    elif run.state == "starting":
        st.info("Loading the framework and the images …")
    elif run.state == "queued":
        st.info("It waits for the runs before it; one trains at a time here.")
    elif run.state == "publishing":
        st.info(f"Measuring the finished model: {plain(progress.publishing)} …")
    if progress.fallback:
        st.caption(f":material/history: {plain(progress.fallback)}")


def _progress_line(run: Run, progress: Progress) -> str:
    parts = [f"epoch {progress.epoch} of {progress.epoch_count}"]
    if run.state == "training":
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:,.0f} images/s")
        if progress.seconds_left is not None:
            parts.append(f"{duration(progress.seconds_left)} left")
    if progress.loss is not None and run.state in ("training", "paused", "interrupted"):
        parts.append(f"loss {progress.loss:.1f} nats")
    if progress.device:
        parts.append(progress.device)
    return " · ".join(parts)


def _actions(run: Run) -> None:
    def act(label: str, icon: str, action, help: str, **more) -> None:
        if st.button(label, icon=f":material/{icon}:", help=help, key=f"{label}-{run.id}", **more):
            _try(run.id, action)
            st.rerun()

    has_learned = run.progress.has_learned
    working = run.alive and run.state in ("starting", "queued", "training")
    with st.container(horizontal=True):
        if run.state == "finished" or (has_learned and run.state != "broken"):
            seen = "the finished model" if run.state == "finished" else "the model as it was at its last checkpoint"
            act("Open in Explore", "open_in_new", _want_open, f"Drag sliders over {seen}.", type="primary")
        if working:
            act("Pause", "pause", pause, "Save a checkpoint and free the processor; resume whenever you like.")
        if run.can_resume:
            act("Resume", "play_arrow", resume, "Go on from the last checkpoint, to the same bits as without the stop.")
        if (working or run.can_resume) and has_learned:
            act("Stop and keep", "stop", stop, "End it here: what it has learned is measured and kept as a model.")
        if run.state == "finished":
            act("Train on", "fast_forward", _train_on, "Start a new run that begins with this model's weights.")
        if run.request:
            act("Again", "replay", _again, "Start a new run from these settings.")
        if not run.alive:
            act("Forget", "delete", _forget, "Remove the run, its checkpoints and its film. A finished model stays.")


def _try(id: str, action) -> None:
    st.session_state.pop(_SAID, None)
    try:
        action(id)
    except ZscopeError as error:
        st.session_state[_SAID] = (id, plain(str(error)))


def _want_open(id: str) -> None:
    st.session_state[_OPENING] = id


def _open(run: Run) -> None:
    try:
        if run.state != "finished":
            with st.spinner("Making a model of the last checkpoint …"):
                snapshot(run.id)
        state.open_model(run.id)
    except ZscopeError as error:
        st.session_state[_SAID] = (run.id, plain(str(error)))


def _train_on(id: str) -> None:
    _again(id, start_from=id)


def _again(id: str, start_from: str | None = None) -> None:
    request = find_run(id).request
    training = request.training if start_from is None else replace(request.training, start_from=start_from)
    st.session_state[AGAIN_KEY] = (request.model, training)
    st.session_state[DATASET_KEY] = request.training.dataset
    st.session_state[PRESET_KEY] = "again"
    st.session_state[RUN_KEY] = None


def _forget(id: str) -> None:
    delete(id)
    st.session_state[RUN_KEY] = None


def _details(run: Run) -> None:
    with st.expander("Settings, command and log", icon=":material/terminal:"):
        if run.request:
            st.code(run.request.command, language="sh", wrap_lines=True)
            st.caption(f"Run folder, with a TensorBoard log and the checkpoints: `{run.folder}`")
        try:
            text = run.log.read_text(errors="replace")[-4000:]
        except OSError:
            text = ""
        st.code(text or "(nothing was printed)", language=None, wrap_lines=True)
