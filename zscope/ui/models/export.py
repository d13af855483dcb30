"""The export section of a model's page: prepares a file, compares it with the model, offers the download."""

import streamlit as st

from vae.errors import ModelNotFoundError, ZscopeError
from vae.formats.exporting.formats import FORMATS, why_not
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from zscope.jobs.exports import ExportJob, export_key, find_export, start_export, stop_export
from zscope.library.registry import ModelEntry, find_model
from zscope.ui.server import base_path
from zscope.ui.text import plain

__all__ = ["show_exports"]

_SAID = "zscope_export_said"  # why the last action failed, shown once


def show_exports(entry: ModelEntry) -> None:
    """Show a row for each format."""
    st.subheader("Export", anchor=False)
    st.caption(
        "Zscope loads each file with its own runtime and compares it with this model on 256 test images. A file that "
        "differs by more than 0.0001 is not offered. For the web page, which runs in the browser, the error from "
        "rounding its weights is measured."
    )
    working = _is_working(_jobs(entry))
    st.fragment(_rows, run_every=0.7 if working else None)(entry.id, working)


def _jobs(entry: ModelEntry) -> dict[str, ExportJob | None]:
    return {format: find_export(export_key(entry, format)) for format in FORMATS}


def _is_working(jobs: dict[str, ExportJob | None]) -> bool:
    return any(job and job.state in ("waiting", "working") for job in jobs.values())


def _rows(id: str, was_working: bool) -> None:
    entry = _found(id)
    if entry is None:
        st.session_state.pop(_SAID, None)
        st.rerun()  # the whole page shows what happened to the model
    jobs = _jobs(entry)
    if _is_working(jobs) != was_working:
        st.rerun()  # a run of the page sets how often this refreshes
    if said := st.session_state.pop(_SAID, None):
        st.error(plain(said))
    for format, job in jobs.items():
        with st.container(border=True, key=f"zscope_export_{format}"):
            _row(entry, format, job)


def _found(id: str) -> ModelEntry | None:
    """The current entry, since another tab may have renamed it; None if it was deleted or is broken."""
    try:
        entry = find_model(id)
    except ModelNotFoundError:
        return None
    return None if entry.fault else entry


def _row(entry: ModelEntry, format: str, job: ExportJob | None) -> None:
    about, config = FORMATS[format], entry.manifest.model
    reason = why_not(config, format)
    left, right = (st.container(), None) if reason else st.columns([3, 2], vertical_alignment="center")
    left = left.container(gap="xsmall")
    left.markdown(f"**{about.title}** :gray[{about.purpose}]")
    if reason:
        left.caption(reason)
        return
    with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if job and job.state in ("waiting", "working"):
            st.button("Stop export", key=f"export-stop-{format}", on_click=stop_export, args=(job.key,))
        elif job and job.report:
            _offer(config, format, job)
        else:
            again = "Prepare file again" if job and job.error else "Prepare file"
            st.button(again, key=f"export-{format}", on_click=_start, args=(entry.id, format))
    if job and job.state in ("waiting", "working"):
        left.caption(f":material/hourglass_top: {job.step} …")
    elif job and job.report:
        _say_report(left, job)
    elif job and job.error:
        st.error(plain(job.error))


def _offer(config: ModelConfig | ImportedConfig, format: str, job: ExportJob) -> None:
    if job.report.usage:
        with st.popover("Show loading code"):
            st.code(job.report.usage, language="python")
            st.caption(_told(config, format))
    # A link instead of a download button, which would keep the file in every session's memory.
    st.link_button(
        f"Download, {job.report.bytes / 1e6:.1f} MB",
        f"{base_path()}/content/exports/{job.key}",
        icon=":material/download:",
    )


def _told(config: ModelConfig | ImportedConfig, format: str) -> str:
    """Describe what the loading code needs: packages and arrays."""
    about = FORMATS[format]
    where = f"`pip install numpy {about.install}`" if about.install else "Run it in Zscope's environment"
    if about.install and about.suffix.endswith(".zip"):
        where += ", unpack the file and run it there"
    images = (
        f"`images`: float32 (n, {', '.join(map(str, config.image_shape))}), from 0 to 1. " if config.encodes else ""
    )
    classes = f"; the last {config.classes} are class weights that sum to 1" if config.classes else ""
    without = "" if about.install else " Saved directions are not in the file."
    return f"{where}. {images}`codes`: float32 (n, {config.code_dim}){classes}.{without}"


def _say_report(place, job: ExportJob) -> None:
    report = job.report
    of = "test images" if "z_mean" in report.differences else "codes"
    if report.format == "html" and not report.largest:
        said = "The weights are exact: rounding changes no picture."
    elif report.format == "html":
        said = (
            f"The weights are rounded: a pixel changes by at most **{255 * report.largest:.1f}** of 255 grey levels "
            f"({report.images} {of})."
        )
    elif not report.largest:
        said = f"Identical results on {report.images} {of}."
    else:
        parts = ", ".join(f"{plain(name)} {_small(value)}" for name, value in report.differences.items())
        said = f"Largest difference on {report.images} {of}: **{_small(report.largest)}** ({parts})."
    place.caption(f":material/check_circle: {said}")


def _small(value: float) -> str:
    """ "4.8 × 10⁻⁶"; 0 stays 0."""
    if not value:
        return "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}\u00a0×\u00a010" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _start(model_id: str, format: str) -> None:
    try:
        start_export(model_id, format)
    except ZscopeError as error:  # deleted meanwhile
        st.session_state[_SAID] = str(error)
