"""The film component: the same pictures after every epoch, with a slider."""

import re

import streamlit as st
from streamlit.components import v2

from zscope.jobs.runs import Run, RunRequest
from zscope.ui.component_scripts import loader
from zscope.ui.language import _, current_language
from zscope.ui.server import base_path

__all__ = ["film", "frame_epochs"]

_FILM = v2.component("zscope_film", html="<div class='root'></div>\n", js=loader("film", "component.data"))

_FRAME = re.compile(r"(\d{5})-codes\.png")


def frame_epochs(run: Run) -> list[int]:
    """List the epochs that have a frame, in order."""
    try:
        names = [path.name for path in run.film.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := _FRAME.fullmatch(name)))


def film(run: Run, request: RunRequest, key: str) -> None:
    """Show a run's film. It shows the newest frame unless the user selects another; the last one is the model's."""
    epochs = frame_epochs(run)
    if not epochs:
        st.caption(_("The first pictures appear before the first training step."))
        return
    model = request.model
    if model.latent_dim == 2:
        codes = _("The latent plane, decoded")
    elif model.variational:
        codes = _("The same 24 samples from the prior, decoded")
    else:
        codes = _("The same 24 random codes, decoded")
    _FILM(
        key=key,
        data={
            "base": base_path(),
            "language": current_language(),
            "failure": _("Can't load the film: {error}. Reload the page."),
            "run": run.id,
            "version": request.created,
            "epochs": epochs,
            "total": request.training.epochs,
            "kept": run.progress.kept_epoch(request.training.keep) if run.state == "finished" else None,
            "captions": {
                "reconstructions": _("Validation images above, their reconstructions below"),
                "codes": codes,
            },
        },
    )
