"""The curves of a run, on the Train page and on a model's card."""

import streamlit as st

from zscope.jobs.runs import Progress
from zscope.ui.train.charts import loss_curves, mse_curve

__all__ = ["show_curves"]

_QUIET = {"displayModeBar": False}


def show_curves(progress: Progress, kept: int | None, key: str) -> None:
    """Show the curves of the loss and, where they were measured, of the reconstruction's error.

    Args:
        kept: see `loss_curves`.
        key: of the widgets.
    """
    left, right = st.columns([3, 1], gap="small")
    curve = mse_curve(progress, kept)
    with left if curve else st.container():
        st.plotly_chart(loss_curves(progress, kept), key=f"loss-{key}", config=_QUIET)
    if curve:
        with right:
            st.plotly_chart(curve, key=f"mse-{key}", config=_QUIET)
