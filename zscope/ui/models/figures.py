"""A model's figures and training record as rows of HTML tables and as text."""

from collections.abc import Iterable

from vae.data.catalog import dataset_info
from vae.evaluation.figures import FEW_IMAGES, meaning_of_nats, show
from vae.formats.bundle.schema import Metrics
from vae.kinds import PRIORS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from zscope.library.registry import ModelEntry
from zscope.ui.language import N_, _, long_date, told
from zscope.ui.models.listing import made_on, size_of, unseen
from zscope.ui.text import html_text
from zscope.ui.train.charts import pca_verdict
from zscope.ui.train.settings import duration

__all__ = ["describe_dimensions", "figure_rows", "figures_table", "measured_on", "record_rows", "record_table"]

_FIGURES = {"precision": N_("precision"), "recall": N_("recall"), "coverage": N_("coverage")}
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
        vote = _(
            "test images classified by their {n} nearest of {total} codes",
            n=metrics.knn_neighbours,
            total=f"{metrics.knn_reference:,}",
        )
        rows.append((_("kNN accuracy"), show(metrics.knn_accuracy, 2, "%", error=True), vote))
    if metrics.mse:
        rows.append(
            (_("MSE per pixel"), show(metrics.mse, 5, error=True), _("of the reconstruction, pixels from 0 to 1"))
        )
    if metrics.mse and metrics.pca_mse:
        verdict = pca_verdict(metrics.mse.value, metrics.pca_mse.value)
        rows.append((_("MSE of PCA"), show(metrics.pca_mse, 5, error=True), verdict))
    if metrics.elbo:
        rows.append(("ELBO", show(metrics.elbo, 2, "nats", error=True), _(meaning_of_nats(config))))
    if metrics.iwae:
        drawn = _(
            "a tighter bound: {samples} samples for each of {images} images",
            samples=f"{metrics.iwae_samples:,}",
            images=f"{metrics.iwae_images:,}",
        )
        rows.append((_("IWAE bound"), show(metrics.iwae, 2, "nats", error=True), drawn))
    if metrics.kl:
        rows.append(("KL", show(metrics.kl, 2, "nats", error=True), _("mean information of a code about its image")))
    active = _("{part} of {total}", part=metrics.active_units, total=config.latent_dim)
    rows.append((_("Active units"), active, _active(metrics)))
    return rows + _sample_rows(metrics)


def measured_on(entry: ModelEntry) -> str:
    """Say on which images the figures were measured, as Markdown."""
    images = entry.card.metrics.images
    if not images:
        return _("Not measured, since it has no data set.")
    if entry.card.brought:
        return _("On {images} test images, according to the imported bundle. Not measured again.", images=f"{images:,}")
    text = _("On {images} test images{unseen}.", images=f"{images:,}", unseen=unseen(entry))
    return f"{text} :orange[{_('These are few, so the figures are uncertain.')}]" if images < FEW_IMAGES else text


def _active(metrics: Metrics) -> str:
    if metrics.effect_per_dimension:
        return _("dimensions that change the picture")
    return _("dimensions that vary with the image (variance of the mean above 0.01)")


def describe_dimensions(config: ModelConfig | ImportedConfig, metrics: Metrics) -> str:
    """Explain the bars of all dimensions, and how their sum relates to the KL among the figures."""
    count, total = metrics.active_units, sum(metrics.kl_per_dimension)
    active = _("{active} of {total} dimensions are active", active=count, total=config.latent_dim)
    if any(metrics.effect_per_dimension):
        return _(
            "{active}: they change the picture. A bar is the root mean square change of a pixel when "
            "the dimension goes from −1 to 1.",
            active=active,
        )
    if not total:
        return _("{active}. The model has no KL: a bar is the standard deviation of the codes.", active=active)
    if PRIORS[config.prior].is_standard:
        return _("{active}. The KL of all dimensions adds up to {total} nats.", active=active, total=f"{total:.2f}")
    text = _(
        "{active}. A bar is the KL to a normal distribution with the mean and variance of the "
        "codes in that dimension. The bars add up to {total} nats",
        active=active,
        total=f"{total:.2f}",
    )
    if metrics.kl is None:
        return _("{text}.", text=text)
    return _(
        "{text}, not to the KL of {kl} nats above: that KL is to the model's prior, {prior}, which covers all "
        "dimensions jointly.",
        text=text,
        kl=f"{metrics.kl.value:.2f}",
        prior=_(PRIORS[config.prior].noun),
    )


def _sample_rows(metrics: Metrics) -> list[Row]:
    quality = metrics.samples
    if quality is None:
        return []
    meanings = {
        "precision": _("samples that are close to real images"),
        "recall": _("real images that are close to samples"),
        "coverage": _("real images that have a sample nearby"),
    }
    return [
        (
            _("Samples: {figure}", figure=_(_FIGURES[name])),
            show(getattr(quality, name), 1, "%"),
            _(
                "{meaning}; real images reach {share}",
                meaning=meaning,
                share=show(getattr(quality.ceiling, name), 1, "%"),
            ),
        )
        for name, meaning in meanings.items()
    ]


def record_rows(entry: ModelEntry) -> list[Row]:
    """List where the model comes from."""
    card, info = entry.card, dataset_info(entry.manifest.dataset)
    rows: list[Row] = [
        (
            _("Data"),
            _(info.title),
            _("{height}×{width} pixels", height=info.image_shape[0], width=info.image_shape[1]),
        )
    ]
    if training := card.training:
        settings = training.config
        epochs = len(training.history.get("loss", ())) or settings.epochs  # fewer if it ended early
        images = _(
            "{train} for training, {validation} for validation",
            train=f"{training.train_images:,}",
            validation=f"{training.validation_images:,}",
        )
        rows += [
            (_("Images"), images, told(training.data_origin)),
            (
                _("Training"),
                _("{epochs} epochs, {duration}", epochs=epochs, duration=duration(training.seconds)),
                training.device,
            ),
            (_("Software"), training.backend, ""),
        ]
        if began := training.began_with:
            rows.append(
                (
                    _("Warm start"),
                    _("from a model trained for {epochs} epochs", epochs=began.config.epochs),
                    began.finished,
                )
            )
    if imported := card.imported:
        files = ", ".join(f"{file.name} ({file.bytes / 1e6:.1f} MB)" for file in imported.files)
        rows += [(_("Imported from"), files, imported.framework)]
        rows += [
            (_("Interpretation") if number == 0 else "", reading, "")
            for number, reading in enumerate(map(told, imported.readings))
        ]
    if card.brought:
        rows.append((_("Imported"), card.brought[:10], _("as a bundle, whose information was not verified")))
    rows += [
        (_("Date"), long_date(made_on(entry)), ""),
        (
            _("Size"),
            _("{n} weights", n=f"{card.parameters:,}"),
            _("{size} MB including codes and card", size=f"{size_of(entry) / 1e6:.2f}"),
        ),
        (_("Licence"), card.licence, ""),
    ]
    return rows
