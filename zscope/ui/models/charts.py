"""A model's training curves and dimensions as Plotly figures."""

import plotly.graph_objects as go

from vae.formats.bundle.schema import TrainingRecord
from vae.latent import LatentProfile
from zscope.jobs.runs import Progress
from zscope.jobs.runs.progress import Epoch
from zscope.ui.language import _

__all__ = ["dimension_bars", "progress_of"]

_SERIES = ("loss", "reconstruction", "kl", "val_loss", "val_reconstruction", "val_kl")
_ACTIVE, _INACTIVE = "#3f90da", "#94a4a2"
_MARGIN = {"l": 8, "r": 8, "t": 12, "b": 8}


def progress_of(training: TrainingRecord, pca_mse: float | None = None) -> Progress | None:
    """Return a record's history as `zscope.ui.train.charts` draws it; None if one of the six series is missing.

    Args:
        pca_mse: error of principal component analysis, of the test images.
    """
    series = (*_SERIES, *(name for name in ("val_mse",) if len(training.history.get(name, [])) > 0))
    history = [training.history.get(name, []) for name in series]
    count = min(map(len, history))
    if not count or count != max(map(len, history)):
        return None
    epochs = tuple(
        Epoch(index + 1, 0, dict(zip(series, figures, strict=True)), (), 0.0, 0.0)
        for index, figures in enumerate(zip(*history, strict=True))
    )
    return Progress(state="finished", epoch=count, epoch_count=count, epochs=epochs, pca_mse=pca_mse)


def dimension_bars(profile: LatentProfile) -> go.Figure:
    """Draw a bar for each dimension in decreasing order: its KL in nats, or its effect, or the spread of its codes.

    Effect is for a model without an encoder, spread for one with neither KL nor effect.
    """
    if profile.effect.any():
        values, unit = profile.effect, _("effect")
    else:
        values, unit = (profile.kl, "nats") if profile.kl.any() else (profile.spread, _("standard deviation"))
    figure = go.Figure()
    names = [f"z{index}" for index in profile.order]
    for active, name, color in ((True, _("active"), _ACTIVE), (False, _("inactive"), _INACTIVE)):
        chosen = [index for index in profile.order if bool(profile.active[index]) is active]
        if chosen:
            figure.add_bar(
                x=[f"z{index}" for index in chosen],
                y=[float(values[index]) for index in chosen],
                name=name,
                marker_color=color,
                hovertemplate=f"%{{x}}: %{{y:.2f}} {unit}",
            )
    figure.update_xaxes(categoryorder="array", categoryarray=names, fixedrange=True, nticks=min(len(names), 32))
    figure.update_yaxes(title=unit, fixedrange=True)
    figure.update_layout(
        height=250, margin=_MARGIN, bargap=0.25, showlegend=True, legend={"orientation": "h", "y": -0.14, "x": 0}
    )
    return figure
