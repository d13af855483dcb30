"""A run's curves as Plotly figures: pure functions of its progress."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from zscope.jobs.runs import Progress
from zscope.ui.language import N_, _

__all__ = ["kl_map", "loss_curves", "mse_curve", "pca_verdict"]

_PARTS = (("loss", N_("Loss")), ("reconstruction", "−log p(x | z)"), ("kl", "KL"))
_COLORS = {"train": "#ffa90e", "validation": "#3f90da"}
_KEPT = {"width": 1, "dash": "dot", "color": "#8888"}  # marks the epoch whose weights the model has
_MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}


def loss_curves(progress: Progress, kept: int | None) -> go.Figure:
    """Draw the loss and its two parts for each epoch, for training and validation images, in nats per image.

    Args:
        kept: the epoch to mark, whose weights the model has; None marks none.
    """
    figure = make_subplots(
        1, len(_PARTS), subplot_titles=[_(title) for _name, title in _PARTS], horizontal_spacing=0.07
    )
    epochs = [epoch.epoch for epoch in progress.epochs]
    for column, (name, _title) in enumerate(_PARTS, start=1):
        for who, prefix in ((N_("train"), ""), (N_("validation"), "val_")):
            figure.add_trace(
                go.Scatter(
                    x=epochs,
                    y=[epoch.figures[prefix + name] for epoch in progress.epochs],
                    name=_(who),
                    legendgroup=who,
                    showlegend=column == 1,
                    mode="lines+markers" if len(epochs) < 2 else "lines",
                    line={"color": _COLORS[who], "width": 2},
                    hovertemplate=_("epoch {x}: {y} nats", x="%{x}", y="%{y:.2f}"),
                ),
                1,
                column,
            )
        if kept:
            # Plotly has no annotations: the types are inferred from the defaults, "all".
            figure.add_vline(kept, line=_KEPT, row=1, col=column)  # pyright: ignore[reportArgumentType]
        # The steep fall in the first epochs would flatten the rest of the curve.
        later = [epoch.figures[prefix + name] for epoch in progress.epochs[3:] for prefix in ("", "val_")]
        if len(progress.epochs) > 8:
            low, high = min(later), max(later)
            figure.update_yaxes(range=[low - 0.05 * (high - low), high + 0.15 * (high - low)], row=1, col=column)
    figure.update_xaxes(range=[0.5, max(2, progress.epoch_count) + 0.5], fixedrange=True)
    figure.update_yaxes(fixedrange=True, tickformat="~s")
    figure.update_layout(
        height=250, margin=_MARGIN, hovermode="x unified", legend={"orientation": "h", "y": -0.12, "x": 0}
    )
    return figure


def mse_curve(progress: Progress, kept: int | None) -> go.Figure | None:
    """Draw the reconstruction's mean squared error on validation images, and that of PCA of the same dimension.

    Args:
        kept: see `loss_curves`.

    Returns:
        None if no epoch has an error, as in older logs.
    """
    epochs = [epoch for epoch in progress.epochs if "val_mse" in epoch.figures]
    if not epochs:
        return None
    name = _("validation")
    figure = make_subplots(1, 1, subplot_titles=[_("MSE per pixel")])  # a title like those of the loss
    figure.add_trace(
        go.Scatter(
            x=[epoch.epoch for epoch in epochs],
            y=[epoch.figures["val_mse"] for epoch in epochs],
            name=name,
            mode="lines+markers" if len(epochs) < 2 else "lines",
            line={"color": _COLORS["validation"], "width": 2},
            hovertemplate=_("epoch {x}: {y}", x="%{x}", y="%{y:.5f}"),
        )
    )
    last = max(2, progress.epoch_count) + 0.5
    if progress.pca_mse is not None:
        figure.add_trace(
            go.Scatter(
                x=[0.5, last],
                y=[progress.pca_mse] * 2,
                name="PCA",
                mode="lines",
                line={"color": "#8f8f8f", "width": 2, "dash": "dash"},
                hovertemplate="%{y:.5f}",
            )
        )
    if kept:
        figure.add_vline(kept, line=_KEPT)  # pyright: ignore[reportArgumentType]
    figure.update_xaxes(range=[0.5, last], fixedrange=True)
    figure.update_yaxes(fixedrange=True, rangemode="tozero")
    figure.update_layout(
        height=250, margin=_MARGIN, hovermode="x unified", showlegend=True,
        legend={"orientation": "h", "y": -0.12, "x": 0},
    )  # fmt: skip
    return figure


def pca_verdict(mse: float, pca_mse: float) -> str:
    """Say how the error of a model compares with that of PCA of the same dimension."""
    if mse < pca_mse:
        return _("The model has {share} of the error of PCA with as many dimensions.", share=f"{mse / pca_mse:.2f}")
    return _(
        "The error is not lower than that of PCA with as many dimensions: a linear model reconstructs at least as well."
    )


def kl_map(progress: Progress, most: int = 64) -> go.Figure:
    """Draw the KL of each dimension after each epoch as a heat map, the dimension with the highest KL at the top.

    Args:
        most: maximal number of rows; dimensions with the lowest KL are left out.
    """
    kl = np.array([epoch.kl_per_dimension for epoch in progress.epochs]).T  # (latent_dim, epochs)
    order = np.argsort(kl[:, -1])[-most:]  # Plotly's first row is the lowest
    figure = go.Figure(
        go.Heatmap(
            z=kl[order],
            x=[epoch.epoch for epoch in progress.epochs],
            y=[f"z{index}" for index in order],
            colorscale="Viridis",
            zmin=0,
            colorbar={"title": {"text": "nats"}, "thickness": 10},
            hovertemplate=_("{y}, epoch {x}: {z} nats", y="%{y}", x="%{x}", z="%{z:.2f}") + "<extra></extra>",
        )
    )
    figure.update_layout(height=max(150, min(420, 60 + 15 * len(order))), margin=_MARGIN)
    figure.update_xaxes(range=[0.5, max(2, progress.epoch_count) + 0.5], fixedrange=True, title=_("epoch"))
    figure.update_yaxes(fixedrange=True, nticks=min(len(order), 16))
    return figure
