"""The view of one run: state, actions, curves and film, refreshed while it is active."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import streamlit as st

from vae.errors import TrainingError, ZscopeError
from vae.message import message
from zscope.jobs.runs import Progress, Run, delete, find_run, pause, resume, snapshot, stop
from zscope.ui import state
from zscope.ui.errors import error_text
from zscope.ui.language import N_, _, ngettext, told
from zscope.ui.text import plain
from zscope.ui.train.charts import kl_map, pca_verdict
from zscope.ui.train.curves import show_curves
from zscope.ui.train.film import film
from zscope.ui.train.pictures import DATASET_KEY
from zscope.ui.train.settings import AGAIN_KEY, PRESET_KEY, duration

__all__ = ["ICONS", "RUN_KEY", "describe_state", "show_run"]

RUN_KEY = "zscope_train_run"  # id of the shown run; None shows the form
_OPENING = "zscope_train_opening"  # id of a run to open in Explore in the next run of the script
_FAILED = "zscope_train_failed"  # (run id, message): why the last action failed
ICONS = {
    "starting": "hourglass_top", "queued": "hourglass_empty", "training": "autorenew", "publishing": "straighten",
    "paused": "pause_circle", "interrupted": "bolt", "failed": "error", "finished": "check_circle", "broken": "error",
}  # fmt: skip
_QUIET = {"displayModeBar": False}
_STATES = {
    "starting": N_("starting"), "queued": N_("queued"), "training": N_("training"), "publishing": N_("publishing"),
    "paused": N_("paused"), "interrupted": N_("interrupted"), "failed": N_("failed"), "finished": N_("finished"),
    "broken": N_("broken"),
}  # fmt: skip
_COLORS: dict[str, Literal["blue", "gray", "green", "orange", "red", "primary"]] = {
    "starting": "blue", "queued": "gray", "training": "green", "publishing": "blue", "paused": "orange",
    "interrupted": "orange", "failed": "red", "finished": "primary", "broken": "red",
}  # fmt: skip


def show_run(id: str) -> None:
    """Show one run; while it is active, the view is refreshed every 1.5 seconds."""
    run = find_run(id)
    if st.session_state.pop(_OPENING, None) == id:
        _open(run)
    st.fragment(_view, run_every=1.5 if run.alive else None)(id, run.alive, run.state)


def describe_state(run: Run, share: bool = True) -> str:
    """Return the state in a few words.

    Args:
        share: whether to add the progress in percent.
    """
    progress = run.progress
    if share and run.state == "training" and progress.steps:
        return _("training, {share} %", share=f"{100 * progress.step / progress.steps:.0f}")
    if run.state == "queued":
        return _("queued, number {position}", position=run.position) if run.position else _("queued")
    if run.state == "publishing":
        return _("measuring the model")
    return _("stopped early") if run.state == "finished" and progress.stopped else _(_STATES[run.state])


def _view(id: str, was_alive: bool, was: str) -> None:
    try:
        run = find_run(id)
    except ZscopeError:  # removed in another tab
        st.rerun()
    if (run.alive, run.state) != (was_alive, was):
        st.rerun()  # the whole page, since its buttons and list change too
    progress = run.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(run.title), anchor=False, width="content")
        st.badge(describe_state(run), color=_COLORS[run.state])
    _show_state(run)
    _actions(run)
    if failed := st.session_state.get(_FAILED):
        if failed[0] == id:
            st.error(failed[1])
        else:
            st.session_state.pop(_FAILED)
    if progress.epochs and run.request:
        kept = progress.best_epoch if run.request.training.keep == "best" else None
        show_curves(progress, kept, f"run-{id}")
        _show_baseline(progress, kept)
        if kept and kept < progress.epoch:
            text = (
                _(
                    "Dotted: epoch {epoch}, with the lowest validation loss. The model has the weights of this epoch.",
                    epoch=kept,
                )
                if run.state == "finished"
                else _(
                    "Dotted: epoch {epoch}, with the lowest validation loss. If you stop now, the model gets "
                    "the weights of this epoch.",
                    epoch=kept,
                )
            )
            st.caption(text)
    if run.request is None:
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(_("**Film of the training**"))
        film(run, run.request, key=f"film-{id}")
    with right:
        st.markdown(_("**Information per dimension**"))
        if progress.epochs and run.request.model.variational:
            st.plotly_chart(kl_map(progress), key=f"kl-{id}", config=_QUIET)
        elif not run.request.model.variational:
            st.caption(_("A plain autoencoder has no KL."))
        else:
            st.caption(_("The KL of each dimension appears after the first epoch."))
    _details(run)


def _show_baseline(progress: Progress, kept: int | None) -> None:
    """Say how the reconstructions compare with PCA, once the training has ended."""
    shown = progress.epochs[(kept or len(progress.epochs)) - 1].figures.get("val_mse")
    if progress.state in ("finished", "paused") and shown is not None and progress.pca_mse is not None:
        st.caption(pca_verdict(shown, progress.pca_mse))
    if progress.state == "finished" and progress.patience:
        st.caption(
            ngettext(
                "The training ended early: the validation loss had not become lower for {n} epoch.",
                "The training ended early: the validation loss had not become lower for {n} epochs.",
                progress.patience,
            )
        )


def _show_state(run: Run) -> None:
    progress = run.progress
    if progress.steps:
        share = min(1.0, progress.step / progress.steps)
        st.progress(share, _progress_line(run, progress))
    if run.state == "failed":
        st.error(f"{plain(told(progress.message))}\n\n{plain(told(progress.mend))}")
    elif run.state == "paused" and progress.message:
        st.warning(f"{plain(told(progress.message))}\n\n{plain(told(progress.mend))}")
    elif run.state == "interrupted":
        st.warning(
            _(
                "The process was killed, or the computer was switched off. Resume the run to continue it from "
                "epoch {epoch}.",
                epoch=progress.checkpoint_epoch,
            )
            if progress.checkpoint_step
            else _(
                "The process was killed, or the computer was switched off. Resume the run to continue it from "
                "the start."
            )
        )
    elif run.state == "broken":
        st.error(plain(told(run.fault)))
    elif run.state == "starting":
        st.info(_("Loading the framework and the images …"))
    elif run.state == "queued":
        st.info(_("Waiting for the runs before it to finish."))
    elif run.state == "publishing":
        st.info(_("Measuring the finished model: {step} …", step=plain(told(progress.publishing))))
    if progress.fallback:
        st.caption(f":material/history: {plain(told(progress.fallback))}")


def _progress_line(run: Run, progress: Progress) -> str:
    parts = [_("epoch {epoch} of {total}", epoch=progress.epoch, total=progress.epoch_count)]
    if run.state == "training":
        if progress.images_per_second:
            parts.append(_("{n} images/s", n=f"{progress.images_per_second:,.0f}"))
        if progress.seconds_left is not None:
            parts.append(_("{time} left", time=duration(progress.seconds_left)))
    if progress.loss is not None and run.state in ("training", "paused", "interrupted"):
        parts.append(_("loss {loss} nats", loss=f"{progress.loss:.1f}"))
    if progress.device:
        parts.append(progress.device)
    return " · ".join(parts)


def _actions(run: Run) -> None:
    def act(label: str, icon: str, action: Callable[[str], None], help: str, **more) -> None:
        if st.button(_(label), icon=f":material/{icon}:", help=help, key=f"{label}-{run.id}", **more):
            _try(run.id, action)
            st.rerun()

    has_learned = run.progress.has_learned
    working = run.alive and run.state in ("starting", "queued", "training")
    with st.container(horizontal=True):
        if run.state == "finished" or (has_learned and run.state != "broken"):
            help = (
                _("Explore the finished model with sliders.")
                if run.state == "finished"
                else _("Explore the model of the last checkpoint with sliders.")
            )
            act(N_("Open in Explore"), "open_in_new", _open_later, help, type="primary")
        if working:
            act(N_("Pause"), "pause", pause, _("Save a checkpoint and end the process. You can resume at any time."))
        if run.can_resume:
            act(
                N_("Resume"),
                "play_arrow",
                resume,
                _("Continue from the last checkpoint. The result is the same as without the pause, bit for bit."),
            )
        if (working or run.can_resume) and has_learned:
            act(N_("Stop and save"), "stop", stop, _("End the training now, measure the model and save it."))
        if run.state == "finished":
            act(N_("Continue training"), "fast_forward", _continue, _("Start a new run from this model's weights."))
        if run.request:
            act(N_("Duplicate settings"), "replay", _duplicate, _("Start a new run with these settings."))
        if not run.alive:
            act(
                N_("Remove run"),
                "delete",
                _remove,
                _("Remove the run, its checkpoints and its film. A finished model stays."),
            )


def _try(id: str, action: Callable[[str], None]) -> None:
    st.session_state.pop(_FAILED, None)
    try:
        action(id)
    except ZscopeError as error:
        st.session_state[_FAILED] = (id, plain(error_text(error)))


def _open_later(id: str) -> None:
    st.session_state[_OPENING] = id


def _open(run: Run) -> None:
    try:
        if run.state != "finished":
            with st.spinner(_("Preparing the model of the last checkpoint …")):
                snapshot(run.id)
        state.open_model(run.id)
    except ZscopeError as error:
        st.session_state[_FAILED] = (run.id, plain(error_text(error)))


def _continue(id: str) -> None:
    _duplicate(id, start_from=id)


def _duplicate(id: str, start_from: str | None = None) -> None:
    request = find_run(id).request
    if request is None:
        raise TrainingError(message("The settings of the run {id} can't be read.", id=id), "Remove this run.")
    training = request.training if start_from is None else replace(request.training, start_from=start_from)
    st.session_state[AGAIN_KEY] = (request.model, training)
    st.session_state[DATASET_KEY] = request.training.dataset
    st.session_state[PRESET_KEY] = "again"
    st.session_state[RUN_KEY] = None


def _remove(id: str) -> None:
    delete(id)
    st.session_state[RUN_KEY] = None


def _details(run: Run) -> None:
    with st.expander(_("Settings, command and log"), icon=":material/terminal:"):
        if run.request:
            st.code(run.request.command, language="sh", wrap_lines=True)
            st.caption(_("Run folder, with a TensorBoard log and the checkpoints: `{folder}`", folder=run.folder))
        try:
            text = run.log.read_text(errors="replace")[-4000:]
        except OSError:
            text = ""
        st.code(text or _("(no output)"), language=None, wrap_lines=True)
