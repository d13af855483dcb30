"""`models`: what there is to explore."""

import json
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from vae.evaluation.figures import meaning_of_nats, show
from zscope.library.registry import ModelEntry, list_models

__all__ = ["describe", "models"]


def models(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False):
    """List the models at hand: those that ship and those trained here, with their figures on the test split.

    Ids and titles are the ones the app shows. A broken bundle is listed with what is wrong with it.
    """
    entries = list_models()
    if as_json:
        print(json.dumps([describe(entry) for entry in entries], indent=1))
        return
    # The id is what the other commands want: it is never cut. Where the terminal is narrow, the title breaks.
    widest = max((len(entry.id) for entry in entries if not entry.fault), default=0)
    numbers = [Column(name, no_wrap=True, justify="right") for name in ("active", "kNN", "MSE", "coverage", "ELBO")]
    table = Table(Column("id", no_wrap=True, min_width=widest), Column("title"), *numbers, box=SIMPLE)
    for entry in entries:
        if entry.fault:
            continue
        manifest, metrics = entry.manifest, entry.card.metrics
        table.add_row(
            entry.id,
            escape(entry.title),
            f"{metrics.active_units} of {manifest.model.latent_dim}",
            show(metrics.knn_accuracy, 1, "%"),
            show(metrics.mse, 4),
            show(metrics.samples and metrics.samples.coverage, 1, "%"),
            show(metrics.elbo, 1),
        )
    console = Console(emoji=False)
    console.print(table)
    if len({meaning_of_nats(entry.manifest.model) for entry in entries if entry.card and entry.card.metrics.elbo}) > 1:
        note = "These ELBOs are of unlike things (see `evaluate`): compare models of one likelihood and binarisation."
        console.print(note, highlight=False)
    for entry in entries:
        if entry.fault:
            print(f"{entry.id} is broken: {entry.fault}")


def describe(entry: ModelEntry) -> dict:
    """One model as JSON-ready data; a broken one has its `fault` and no more."""
    known = {"id": entry.id, "title": entry.title, "shipped": entry.shipped, "path": str(entry.path)}
    if entry.fault:
        return known | {"fault": entry.fault}
    model = entry.manifest.model
    return known | {
        "dataset": entry.manifest.dataset,
        "image_shape": list(model.image_shape),
        "latent_dim": model.latent_dim,
        "likelihood": model.likelihood,
        "nats": meaning_of_nats(model),
        "parameters": entry.card.parameters,
        "metrics": entry.card.metrics.model_dump(mode="json"),
    }
