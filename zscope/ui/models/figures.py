"""A model's figures and training record as rows of HTML tables and as text."""

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

Row = tuple[str, str, str]  # name, value, explanation or detail


def figures_table(entry: ModelEntry) -> str:
    """Return the figures as HTML; all text is escaped."""
    return _table("figures", ((_small(name, meaning), html_text(value)) for name, value, meaning in figure_rows(entry)))


def record_table(entry: ModelEntry) -> str:
    """Return the training record as HTML; all text is escaped."""
    return _table("record", ((html_text(name), _small(value, more)) for name, value, more in record_rows(entry)))


def _table(kind: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = (f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows)
    return f"<table class='zs-table {kind}'>{''.join(lines)}</table>"


def _small(text: str, below: str) -> str:
    return f"{html_text(text)}<small>{html_text(below)}</small>" if below else html_text(text)


def figure_rows(entry: ModelEntry) -> list[Row]:
    """List the available figures with standard errors and explanations."""
    metrics, config = entry.card.metrics, entry.manifest.model
    rows: list[Row] = []
    if metrics.knn_accuracy:
        vote = f"test images classified by their {metrics.knn_neighbours} nearest of {metrics.knn_reference:,} codes"
        rows.append(("kNN accuracy", show(metrics.knn_accuracy, 2, "%", error=True), vote))
    if metrics.mse:
        rows.append(("MSE per pixel", show(metrics.mse, 5, error=True), "of the reconstruction, pixels from 0 to 1"))
    if metrics.elbo:
        rows.append(("ELBO", show(metrics.elbo, 2, "nats", error=True), meaning_of_nats(config)))
    if metrics.iwae:
        drawn = f"a tighter bound: {metrics.iwae_samples:,} samples for each of {metrics.iwae_images:,} images"
        rows.append(("IWAE bound", show(metrics.iwae, 2, "nats", error=True), drawn))
    if metrics.kl:
        rows.append(("KL", show(metrics.kl, 2, "nats", error=True), "mean information of a code about its image"))
    active = f"{metrics.active_units} of {config.latent_dim}"
    rows.append(("Active units", active, _active(metrics)))
    return rows + _sample_rows(metrics)


def _active(metrics: Metrics) -> str:
    if metrics.effect_per_dimension:
        return "dimensions that change the picture"
    return "dimensions that vary with the image (variance of the mean above 0.01)"


def describe_dimensions(config: ModelConfig | ImportedConfig, metrics: Metrics) -> str:
    """Explain the bars of all dimensions, and how their sum relates to the KL among the figures."""
    active, total = (
        f"{metrics.active_units} of {config.latent_dim} dimensions are active",
        sum(metrics.kl_per_dimension),
    )
    if any(metrics.effect_per_dimension):
        return (
            f"{active}: they change the picture. A bar is the root mean square change of a pixel when the dimension "
            "goes from −1 to 1."
        )
    if not total:
        return f"{active}. The model has no KL: a bar is the standard deviation of the codes."
    if PRIORS[config.prior].is_standard:
        return f"{active}. The KL of all dimensions adds up to {total:.2f} nats."
    text = (
        f"{active}. A bar is the KL to a normal distribution with the mean and variance of the codes in that "
        f"dimension. The bars add up to {total:.2f} nats"
    )
    if metrics.kl is None:
        return f"{text}."
    noun = PRIORS[config.prior].noun
    why = f"that KL is to the model's prior, {noun}, which covers all dimensions jointly"
    return f"{text}, not to the KL of {metrics.kl.value:.2f} nats above: {why}."


def _sample_rows(metrics: Metrics) -> list[Row]:
    quality = metrics.samples
    if quality is None:
        return []
    meanings = {
        "precision": "samples that are close to real images",
        "recall": "real images that are close to samples",
        "coverage": "real images that have a sample nearby",
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
    """List where the model comes from."""
    card, info = entry.card, dataset_info(entry.manifest.dataset)
    rows: list[Row] = [("Data", info.title, f"{info.image_shape[0]}×{info.image_shape[1]} pixels")]
    if training := card.training:
        settings = training.config
        images = f"{training.train_images:,} for training, {training.validation_images:,} for validation"
        rows += [
            ("Images", images, training.data_origin),
            ("Training", f"{settings.epochs} epochs, {duration(training.seconds)}", training.device),
            ("Software", training.backend, ""),
        ]
        if began := training.began_with:
            rows.append(("Warm start", f"from a model trained for {began.config.epochs} epochs", began.finished))
    if imported := card.imported:
        files = ", ".join(f"{file.name} ({file.bytes / 1e6:.1f} MB)" for file in imported.files)
        rows += [("Imported from", files, imported.framework)]
        rows += [
            ("Interpretation" if number == 0 else "", reading, "") for number, reading in enumerate(imported.readings)
        ]
    if card.brought:
        rows.append(("Imported", card.brought[:10], "as a bundle, whose information was not verified"))
    rows += [
        ("Date", f"{made_on(entry):%d %B %Y}", ""),
        ("Size", f"{card.parameters:,} weights", f"{size_of(entry) / 1e6:.2f} MB including codes and card"),
        ("Licence", card.licence, ""),
    ]
    return rows
