"""The export section of a model's page: prepares a file, compares it with the model, offers the download."""

from collections.abc import Callable

import streamlit as st

from vae.errors import ModelNotFoundError, ZscopeError
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from zscope.jobs.exports import Export, export_key, find_export, start_export, stop_export
from zscope.library.registry import ModelEntry, find_model
from zscope.ui.errors import error_text
from zscope.ui.language import _, told
from zscope.ui.server import base_path
from zscope.ui.text import plain

__all__ = ["show_exports"]

_FAILED = "zscope_export_failed"  # why the last action failed, shown once


def show_exports(entry: ModelEntry) -> None:
    """Show a row for each format."""
    st.subheader(_("Export"), anchor=False)
    st.caption(
        _(
            "Zscope loads each file with its own runtime and compares it with this model on 256 test images. A "
            "file that "
            "differs by more than 0.0001 is not offered. For the web page, which runs in the browser, the error from "
            "rounding its weights is measured."
        )
    )
    working = _is_working(_exports(entry))
    st.fragment(_rows, run_every=0.7 if working else None)(entry.id, working)


def _exports(entry: ModelEntry) -> dict[str, Export | None]:
    return {format.key: find_export(export_key(entry, format.key)) for format in FORMATS.values()}


def _is_working(exports: dict[str, Export | None]) -> bool:
    return any(export and export.job.active for export in exports.values())


def _rows(id: str, was_working: bool) -> None:
    entry = _found(id)
    if entry is None:
        st.session_state.pop(_FAILED, None)
        st.rerun()  # the whole page shows what happened to the model
    exports = _exports(entry)
    if _is_working(exports) != was_working:
        st.rerun()  # a run of the whole page sets how often these rows are refreshed
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed))
    for format, export in exports.items():
        with st.container(border=True, key=f"zscope_export_{format}"):
            _row(entry, format, export)


def _found(id: str) -> ModelEntry | None:
    """Return the current entry, since another tab may have renamed it; None if it was deleted or is broken."""
    try:
        entry = find_model(id)
    except ModelNotFoundError:
        return None
    return None if entry.fault else entry


def _row(entry: ModelEntry, format: str, export: Export | None) -> None:
    about, config = FORMATS[format], entry.manifest.model
    reason = about.why_not(config)
    heading = f"**{_(about.title)}** :gray[{_(about.meaning)}]"
    if reason:
        with st.container(gap="xsmall"):
            st.markdown(heading)
            st.caption(told(reason))
        return
    left, right = st.columns([3, 2], vertical_alignment="center")
    left = left.container(gap="xsmall")
    left.markdown(heading)
    with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if export and export.job.active:
            st.button(_("Stop export"), key=f"export-stop-{format}", on_click=_do, args=(stop_export, export.job.id))
        elif export and export.report:
            _offer(config, about, export.job.id, export.report)
        else:
            again = _("Prepare file again") if export and export.job.error else _("Prepare file")
            st.button(again, key=f"export-{format}", on_click=_do, args=(start_export, entry.id, format))
    if export and export.job.active:
        step = {"starting": _("Starting"), "waiting": _("Waiting for another export")}.get(
            export.job.step, told(export.job.step)
        )
        left.caption(f":material/hourglass_top: {step} …")
    elif export and export.report:
        _show_report(left, export.report)
    elif export and export.job.error:
        st.error(plain(told(export.job.error)))


def _offer(config: ModelConfig | ImportedConfig, format: ExportFormat, key: str, report: ExportReport) -> None:
    if report.usage:
        with st.popover(_("Show loading code")):
            st.code(report.usage, language="python")
            st.caption(_usage_note(config, format))
    # A link instead of a download button, which would keep the file in every session's memory.
    st.link_button(
        _("Download, {size} MB", size=f"{report.bytes / 1e6:.1f}"),
        f"{base_path()}/content/exports/{key}",
        icon=":material/download:",
    )


def _usage_note(config: ModelConfig | ImportedConfig, format: ExportFormat) -> str:
    """Describe what the loading code needs: packages and arrays."""
    where = f"`pip install numpy {format.install}`" if format.install else _("Run it in Zscope's environment")
    if format.is_archive:
        where += _(", unpack the file and run it there")
    images = (
        _("`images`: float32 (n, {shape}), from 0 to 1. ", shape=", ".join(map(str, config.image_shape)))
        if config.encodes
        else ""
    )
    classes = _(", the last {n} being class weights that sum to 1", n=config.classes) if config.classes else ""
    return _(
        "{where}. {images}`codes`: float32 (n, {code_dim}){classes}. {note}",
        where=where,
        images=images,
        code_dim=config.code_dim,
        classes=classes,
        note=_(format.note),
    ).strip()


def _show_report(place, report: ExportReport) -> None:
    n = report.images
    compared = _("{n} test images", n=n) if "z_mean" in report.differences else _("{n} codes", n=n)
    rounded = not FORMATS[report.format].reloads
    if rounded and not report.largest:
        text = _("The weights are exact: rounding changes no picture.")
    elif rounded:
        text = _(
            "The weights are rounded: a pixel changes by at most **{largest}** of 255 grey levels ({compared}).",
            largest=f"{255 * report.largest:.1f}",
            compared=compared,
        )
    elif not report.largest:
        text = _("Identical results on {compared}.", compared=compared)
    else:
        parts = ", ".join(f"{plain(name)} {_small(value)}" for name, value in report.differences.items())
        text = _(
            "Largest difference on {compared}: **{difference}** ({parts}).",
            compared=compared,
            difference=_small(report.largest),
            parts=parts,
        )
    place.caption(f":material/check_circle: {text}")


def _small(value: float) -> str:
    """ "4.8 × 10⁻⁶"; 0 stays 0."""
    if not value:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\u00a0×\u00a010" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _do(action: Callable[..., object], *arguments: str) -> None:
    try:
        action(*arguments)
    except ZscopeError as error:  # for example, the model was deleted meanwhile
        st.session_state[_FAILED] = error_text(error)
