"""The film component: the same pictures after every epoch, scrubbed in the browser."""

import re

import streamlit as st

from zscope.jobs.runs import Run
from zscope.ui.server import base_path

__all__ = ["film", "frame_epochs"]

_LOADER = """
export default function (component) {
  const module = import(new URL(`${component.data.base}/assets/js/train/film.js`, location.origin).href);
  module
    .then(({ mount }) => mount(component))
    .catch((error) => {
      component.parentElement.querySelector(".root").textContent = `The film could not be loaded: ${error}.`;
    });
  return () => module.then(({ unmount }) => unmount(component.parentElement)).catch(() => {});
}
"""

_FILM = st.components.v2.component("zscope_film", html="<div class='root'></div>\n", js=_LOADER)
_FRAME = re.compile(r"(\d{5})-codes\.png")


def frame_epochs(run: Run) -> list[int]:
    """The epochs that have a frame, in order."""
    try:
        names = [path.name for path in run.film.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := _FRAME.fullmatch(name)))


def film(run: Run, key: str) -> None:
    """Show a run's film; it follows the newest frame until somebody scrubs back, and ends on the model's own."""
    epochs = frame_epochs(run)
    if not epochs:
        st.caption("The first pictures come before the first step.")
        return
    model = run.request.model
    if model.latent_dim == 2:
        codes = "The plane of codes, decoded"
    elif model.variational:
        codes = "The same 24 draws from the prior, decoded"
    else:
        codes = "The same 24 random codes, decoded"
    _FILM(
        key=key,
        data={
            "base": base_path(),
            "run": run.id,
            "version": run.request.created,
            "epochs": epochs,
            "total": run.request.training.epochs,
            "kept": run.progress.kept_epoch(run.request.training.keep) if run.state == "finished" else None,
            "captions": {
                "reconstructions": "Validation images above, what the model makes of them below",
                "codes": codes,
            },
        },
    )
