"""A model's own page: samples, figures, reconstructions, architecture, training, usage, exports."""

import streamlit as st

from vae.data.generated import is_generated
from vae.errors import ModelNotFoundError
from vae.formats.bundle.schema import TrainingRecord
from vae.models.architecture import layers_of
from vae.models.config import ModelConfig
from zscope.jobs.runs.cli_command import command_for
from zscope.library.citation import bibtex, five_lines
from zscope.library.picker_pictures import pick_reconstructions
from zscope.library.picture_cache import SHEETS
from zscope.library.registry import ModelEntry, find_model
from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.errors import error_text
from zscope.ui.language import _, told
from zscope.ui.models.actions import ICONS, act, actions_of, close_card, note_of, show_messages
from zscope.ui.models.charts import dimension_bars, progress_of
from zscope.ui.models.diagram import STYLES, draw_network
from zscope.ui.models.export import show_exports
from zscope.ui.models.figures import describe_dimensions, figures_table, measured_on, record_table
from zscope.ui.models.listing import KINDS, kind_of, made_on
from zscope.ui.models.pictures import reconstructions, samples
from zscope.ui.text import html_text, plain
from zscope.ui.train.curves import show_curves

__all__ = ["show_card"]

_QUIET = {"displayModeBar": False}


def show_card(id: str) -> None:
    st.button(_("All models"), icon=":material/arrow_back:", type="tertiary", key="models", on_click=close_card)
    show_messages()
    try:
        entry = find_model(id)
    except ModelNotFoundError as error:  # deleted meanwhile, or an invalid link
        st.warning(plain(error_text(error)))
        return
    _head(entry)
    if entry.fault:
        st.error(plain(told(entry.fault)))
        return
    st.write(plain(told(entry.card.summary)))
    if note := note_of(entry.id):
        st.html(f"<div class='zs-note' style='-webkit-line-clamp: none'>{html_text(note)}</div>")
    left, right = st.container(key="zscope_two_above").columns([3, 2], gap="large")
    with left:
        _samples(entry)
    with right:
        st.subheader(_("Figures"), anchor=False)
        st.html(figures_table(entry))
        st.caption(measured_on(entry))
    st.subheader(_("Reconstructions"), anchor=False)
    drawn = st.container()
    st.subheader(_("Architecture"), anchor=False)
    st.html(f"<style>{STYLES}</style>{draw_network(layers_of(entry.manifest.model))}")
    _dimensions(entry)
    if training := entry.card.training:
        pca = entry.card.metrics.pca_mse
        _curves(training, pca and pca.value)
    left, right = st.container(key="zscope_two_below").columns([3, 2], gap="large")
    with left:
        _use(entry)
    with right:
        st.subheader(_("Origin"), anchor=False)
        st.html(record_table(entry))
    show_exports(entry)
    with drawn:  # last, since the first time takes seconds
        _reconstructions(entry)


def _head(entry: ModelEntry) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(entry.title), anchor=False, width="content")
        st.badge(_(KINDS[kind_of(entry)]).lower(), color="gray")
        st.markdown(f"`{entry.id}`", width="content")
    chosen = None
    with st.container(horizontal=True):
        if not entry.fault and st.button(_("Open in Explore"), icon=":material/tune:", type="primary"):
            state.open_model(entry.id)
        for action in actions_of(entry):
            if st.button(_(action), icon=f":material/{ICONS[action]}:", key=f"do-{action}"):
                chosen = action
    act(entry, chosen)


def _samples(entry: ModelEntry) -> None:
    config, count = entry.manifest.model, SHEETS["many"][0]
    st.subheader(_("Uncurated samples"), anchor=False)
    st.html(samples(entry, "many"))
    source = _("the prior") if config.variational else _("N(0, I) (a plain autoencoder has no prior)")
    turn = _(", cycling through the classes") if config.classes else ""
    st.caption(
        _(
            "The first {n} samples from {source}{turn}, with a fixed seed. None was selected or left out.",
            n=count,
            source=source,
            turn=turn,
        )
    )


def _reconstructions(entry: ModelEntry) -> None:
    if not entry.manifest.model.encodes:
        st.caption(_("This model has no encoder, so it can't reconstruct images."))
        return
    if is_generated(entry.manifest.dataset):
        st.caption(_("This model has no data set. Its generated images would be reconstructed exactly."))
        return
    with st.spinner(_("Reconstructing the test images …")):
        picks = pick_reconstructions(entry.id)
    st.html(reconstructions(entry, picks))
    st.caption(
        _(
            "Test images above, their reconstructions below, with the mean squared error per pixel. "
            "Selected from {n} test images.",
            n=f"{picks.images:,}",
        )
    )


def _dimensions(entry: ModelEntry) -> None:
    config, metrics = entry.manifest.model, entry.card.metrics
    profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
    st.subheader(_("Information per dimension"), anchor=False)
    st.plotly_chart(dimension_bars(profile), key="models-dimensions", config=_QUIET)
    st.caption(describe_dimensions(config, metrics))


def _curves(training: TrainingRecord, pca_mse: float | None) -> None:
    st.subheader(_("Training"), anchor=False)
    progress = progress_of(training, pca_mse)
    if progress is None:
        st.caption(_("The model's card has no training curves."))
        return
    kept = progress.best_epoch if training.config.keep == "best" else None
    show_curves(progress, kept, "models-curves")
    if kept and kept < progress.epoch_count:
        st.caption(
            _(
                "Dotted: epoch {epoch}, with the lowest validation loss. The model has the weights of this epoch.",
                epoch=kept,
            )
        )


def _use(entry: ModelEntry) -> None:
    st.subheader(_("Load the model"), anchor=False)
    st.code(five_lines(entry), language="python", wrap_lines=True)
    st.caption(
        _(
            'For an exported bundle: `vae.load_bundle("{id}.zip")`. The file is checked before the model is built.',
            id=entry.id,
        )
    )
    training, model = entry.card.training, entry.manifest.model
    if training and isinstance(model, ModelConfig):
        st.subheader(_("Train it again"), anchor=False)
        # Built from the validated settings: text from the card could be any command.
        records = [record for record in (training.began_with, training) if record]
        commands = [command_for(entry.id, entry.title, model, record.config) for record in records]
        st.code("\n".join(commands), language="sh", wrap_lines=True)
    st.subheader(_("Cite the model"), anchor=False)
    st.code(
        bibtex(entry, made_on(entry), "Zscope" if entry.shipped else _("Your name")),
        language="bibtex",
        wrap_lines=True,
    )
