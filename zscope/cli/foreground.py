"""Runs a training in the terminal with a progress bar."""

import shlex

import typer

from vae.data import Dataset
from vae.evaluation.figures import FEW_IMAGES, show
from zscope.cli.framework import load_framework
from zscope.cli.progress import console, progress, reporter
from zscope.jobs.runs.folder import RunRequest
from zscope.jobs.runs.listing import find_run
from zscope.jobs.runs.worker import Watcher, work
from zscope.library.locks import Lock

__all__ = ["show_run"]


class _Terminal(Watcher):
    """Prints the progress of a run."""

    def __init__(self, bars):
        self._bars = bars
        self.report = reporter(bars)
        self._pca_mse: float | None = None

    def queued(self, position: int) -> None:
        others = "another run" if position == 1 else f"{position} other runs"
        console.print(f"Waiting for {others} to finish. Ctrl-C pauses; use --now to start at once.")

    def loading(self) -> None:
        load_framework()

    def loaded(self, dataset: Dataset) -> None:
        console.print(f"Data: {dataset.info.title}, {len(dataset.train):,} training images from {dataset.origin}.")

    def resumed(self, step: int, steps: int, fallback: str) -> None:
        if fallback:
            console.print(fallback)
        console.print(f"Resuming at step {step:,} of {steps:,}.")

    def measured_baseline(self, pca_mse: float | None) -> None:
        self._pca_mse = pca_mse

    def callbacks(self):
        from zscope.cli.training_bar import TrainingBar

        return [TrainingBar(self._bars, console, self._pca_mse)]


def show_run(request: RunRequest, lock: Lock, now: bool, listed: bool) -> None:
    """Run the training in this process and print the result.

    Args:
        listed: whether the app lists the folder of the model.

    Raises:
        ZscopeError: the run failed.
        typer.Exit: with status 130, it was paused.
    """
    with progress() as bars:
        card = work(request.id, lock, _Terminal(bars), now)
    if card is None:
        reason = find_run(request.id).progress.message  # why there is no model, if one was requested
        console.print(f"Paused. {reason}".strip() + f" To continue: zscope resume {request.id}")
        raise typer.Exit(130)
    metrics, folder = card.metrics, request.bundle
    seconds = card.training.seconds if card.training else 0.0
    ended = find_run(request.id).progress.patience
    if ended:
        print(f"The training ended early: the validation loss had not become lower for {ended} epochs.")
    print(
        f"{request.id}: {seconds:.0f} s, ELBO {show(metrics.elbo, 2, 'nats')}, "
        f"MSE {show(metrics.mse, 5)} (PCA {show(metrics.pca_mse, 5)}), kNN {show(metrics.knn_accuracy, 2, '%')}, "
        f"{metrics.active_units} of {request.model.latent_dim} units active."
    )
    if metrics.images < FEW_IMAGES:
        print(f"The figures are uncertain: there are only {metrics.images} test images.")
    if listed:
        print(f"Saved in {folder}. Reload the app's page to see it there. ", end="")
        print(f"Next: zscope evaluate {request.id}")
    else:
        print(f"Saved in {folder}. Next: zscope evaluate {shlex.quote(str(folder))}")
