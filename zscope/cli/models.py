"""`models`: lists the models."""

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
    """List all models, bundled and your own, with their figures on the test split.

    Ids and titles are those of the app. Broken models are listed with their fault.
    """
    entries = list_models()
    if as_json:
        print(json.dumps([describe(entry) for entry in entries], indent=1))
        return
    # Other commands need the id, so it is never cut; in a narrow terminal the title wraps.
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
    if (
        len({meaning_of_nats(entry.manifest.model) for entry in entries if not entry.fault and entry.card.metrics.elbo})
        > 1
    ):
        note = "ELBOs are comparable only between models with the same likelihood and binarisation (see `evaluate`)."
        console.print(note, highlight=False)
    for entry in entries:
        if entry.fault:
            print(f"{entry.id} is broken: {entry.fault}")


def describe(entry: ModelEntry) -> dict:
    """Describe a model for JSON; a broken one has only its `fault`."""
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
