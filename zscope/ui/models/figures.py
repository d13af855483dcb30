"""A model's measured figures and the record of its training, as rows of HTML tables and in words."""

from collections.abc import Iterable

from vae.data.catalog import dataset_info
from vae.evaluation.figures import meaning_of_nats, show
from vae.formats.bundle.schema import Metrics
from vae.kinds import PRIORS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from zscope.library.registry import ModelEntry
from zscope.ui.models.listing import made_on, size_of
from zscope.ui.text import html_text
from zscope.ui.train.settings import duration

__all__ = ["describe_dimensions", "figure_rows", "figures_table", "record_rows", "record_table"]

Row = tuple[str, str, str]  # name, value, what it means or what belongs to it


def figures_table(entry: ModelEntry) -> str:
    """HTML; every word is escaped."""
    return _table("figures", ((_small(name, meaning), html_text(value)) for name, value, meaning in figure_rows(entry)))


def record_table(entry: ModelEntry) -> str:
    """HTML; every word is escaped."""
    return _table("record", ((html_text(name), _small(value, more)) for name, value, more in record_rows(entry)))


def _table(kind: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = (f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows)
    return f"<table class='zs-table {kind}'>{''.join(lines)}</table>"


def _small(text: str, below: str) -> str:
    return f"{html_text(text)}<small>{html_text(below)}</small>" if below else html_text(text)


def figure_rows(entry: ModelEntry) -> list[Row]:
    """What was measured, each with its standard error and what it is; what the model has not is left out."""
    metrics, config = entry.card.metrics, entry.manifest.model
    rows: list[Row] = []
    if metrics.knn_accuracy:
        vote = f"share of test images whose class {metrics.knn_neighbours} of {metrics.knn_reference:,} codes vote for"
        rows.append(("kNN accuracy", show(metrics.knn_accuracy, 2, "%", error=True), vote))
    if metrics.mse:
        rows.append(("MSE per pixel", show(metrics.mse, 5, error=True), "of the reconstruction, pixels from 0 to 1"))
    if metrics.elbo:
        rows.append(("ELBO", show(metrics.elbo, 2, "nats", error=True), meaning_of_nats(config)))
    if metrics.iwae:
        drawn = f"a tighter bound: {metrics.iwae_samples:,} draws for each of {metrics.iwae_images:,} images"
        rows.append(("IWAE bound", show(metrics.iwae, 2, "nats", error=True), drawn))
    if metrics.kl:
        rows.append(("KL", show(metrics.kl, 2, "nats", error=True), "what a code says of its image, on average"))
    active = f"{metrics.active_units} of {config.latent_dim}"
    rows.append(("Active units", active, _active(metrics)))
    return rows + _sample_rows(metrics)


def _active(metrics: Metrics) -> str:
    if metrics.effect_per_dimension:
        return "dimensions that change the picture"
    return "dimensions that vary with the image (variance of the mean above 0.01)"


def describe_dimensions(config: ModelConfig | ImportedConfig, metrics: Metrics) -> str:
    """What the bars of all dimensions are, and how their sum goes with the KL among the figures."""
    active, total = (
        f"{metrics.active_units} of {config.latent_dim} dimensions are active",
        sum(metrics.kl_per_dimension),
    )
    if any(metrics.effect_per_dimension):
        change = "by how much, from −1 to 1 (root mean square of its pixels)"
        return f"{active}: those that change the picture. The bars are {change}."
    if not total:
        return f"{active}. It has no KL: the bars are how far its codes spread."
    if PRIORS[config.prior].is_standard:
        return f"{active}. The KL of all dimensions adds up to {total:.2f} nats."
    said = (
        f"{active}. Each bar is the KL to a normal distribution with the mean and the variance that the codes have in "
        f"that dimension. The bars add up to {total:.2f} nats"
    )
    if metrics.kl is None:
        return f"{said}."
    noun = PRIORS[config.prior].noun
    why = f"that one is to the model's own prior, {noun}, which takes all dimensions together"
    return f"{said}, not to the KL of {metrics.kl.value:.2f} nats above: {why}."


def _sample_rows(metrics: Metrics) -> list[Row]:
    quality = metrics.samples
    if quality is None:
        return []
    meanings = {
        "precision": "share of the pictures drawn that lie among real ones",
        "recall": "share of real images that lie among those drawn",
        "coverage": "share of real images that have a drawn one near",
    }
    return [
        (
            f"Samples: {name}",
            show(getattr(quality, name), 1, "%"),
            f"{meaning}; real images reach {show(getattr(quality.ceiling, name), 1, '%')}",
        )
        for name, meaning in meanings.items()
    ]


def record_rows(entry: ModelEntry) -> list[Row]:
    """Where it comes from."""
    card, info = entry.card, dataset_info(entry.manifest.dataset)
    rows: list[Row] = [("Data", info.title, f"{info.image_shape[0]}×{info.image_shape[1]} pixels")]
    if training := card.training:
        settings = training.config
        images = f"{training.train_images:,} to train on, {training.validation_images:,} to validate"
        rows += [
            ("Images", images, training.data_origin),
            ("Training", f"{settings.epochs} epochs, {duration(training.seconds)}", training.device),
            ("Software", training.backend, ""),
        ]
        if began := training.began_with:
            rows.append(("Began with", f"{began.config.epochs} epochs before", began.finished))
    if imported := card.imported:
        files = ", ".join(f"{file.name} ({file.bytes / 1e6:.1f} MB)" for file in imported.files)
        rows += [("Imported from", files, imported.framework)]
        rows += [("Read as" if number == 0 else "", reading, "") for number, reading in enumerate(imported.readings)]
    if card.brought:
        rows.append(("Brought", card.brought[:10], "as a bundle: what is told here is its maker's word"))
    rows += [
        ("Date", f"{made_on(entry):%d %B %Y}", ""),
        ("Size", f"{card.parameters:,} weights", f"{size_of(entry) / 1e6:.2f} MB with codes and card"),
        ("Licence", card.licence, ""),
    ]
    return rows
