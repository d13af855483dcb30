"""A model as a file for elsewhere: prepared when asked for, compared with the live one, then offered."""

import streamlit as st

from ui.server import base_path
from ui.text import plain
from vae.errors import ZscopeError
from vae.export.formats import FORMATS, why_not
from vae.export.jobs import ExportJob, export_key, find_export, start_export, stop_export
from vae.registry import ModelEntry

__all__ = ["show_exports"]

_SAID = "zscope_export_said"  # why the last wish was not done, shown once


def show_exports(entry: ModelEntry) -> None:
    """A section with a row for each format."""
    st.subheader("Export", anchor=False)
    st.caption(
        "Each file is loaded again by its own runtime and compared with this model on 256 test images before it is "
        "offered; one that differs by more than 0.0001 anywhere is not. The web page computes in the browser, in half "
        "precision."
    )
    working = any(job and job.state in ("waiting", "working") for job in _jobs(entry).values())
    st.fragment(_rows, run_every=0.7 if working else None)(entry, working)


def _jobs(entry: ModelEntry) -> dict[str, ExportJob | None]:
    return {format: find_export(export_key(entry, format)) for format in FORMATS}


def _rows(entry: ModelEntry, was_working: bool) -> None:
    jobs = _jobs(entry)
    working = any(job and job.state in ("waiting", "working") for job in jobs.values())
    if working != was_working:
        st.rerun()  # the page's own run decides how often this looks again
    if said := st.session_state.pop(_SAID, None):
        st.error(plain(said))
    for format, job in jobs.items():
        with st.container(border=True):
            _row(entry, format, job)


def _row(entry: ModelEntry, format: str, job: ExportJob | None) -> None:
    about = FORMATS[format]
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(f"**{about.title}** :gray[{about.purpose}]")
    if reason := why_not(entry.manifest.model, format):
        left.caption(reason)
        return
    with right.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if job and job.state in ("waiting", "working"):
            st.markdown(f":gray[{job.step} …]", width="content")
            st.button("Stop", key=f"export-stop-{format}", on_click=stop_export, args=(job.key,))
        elif job and job.report:
            _offer(format, job)
        else:
            st.button("Prepare", key=f"export-{format}", on_click=_start, args=(entry.id, format))
    if job and job.report:
        _say_report(left, job)
    elif job and job.error:
        left.error(plain(job.error))


def _offer(format: str, job: ExportJob) -> None:
    if job.report.usage:
        with st.popover("How to load it"):
            st.code(job.report.usage, language="python")
            install = FORMATS[format].install
            st.caption(
                f"`pip install numpy {install}`" if install else "Directions kept on its map are not in the file."
            )
    # A link, and no download button: that one holds the file in every session's memory.
    st.link_button(
        f"Download, {job.report.bytes / 1e6:.1f} MB",
        f"{base_path()}/content/exports/{job.key}",
        icon=":material/download:",
    )


def _say_report(place, job: ExportJob) -> None:
    report = job.report
    of = "test images" if "z_mean" in report.differences else "codes"
    if report.format == "html":
        said = (
            f"Its weights are rounded: a pixel moves by at most **{255 * report.largest:.1f}** of 255 grey levels "
            f"({report.images} {of})."
        )
    elif not report.largest:
        said = f"Agrees to the bit on {report.images} {of}."
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
