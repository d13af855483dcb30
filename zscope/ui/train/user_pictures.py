"""The dialog that makes a data set from the user's pictures: choose, load, check the report, save."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from vae.data.intake import Prepared, prepare, survey
from vae.data.suggestion import SIDES
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.ui.dialogs import close_dialog, dialog, run_dialog_again
from zscope.ui.errors import shown_errors
from zscope.ui.text import plain
from zscope.ui.uploads import release_uploads

__all__ = ["add_pictures", "is_local_browser"]

_PREPARED = "zscope_train_prepared"  # the loaded pictures, not saved yet
_ZIP = "zscope_train_zip"  # the uploaded file
_UPLOADERS = "zscope_train_uploaders"  # number of uploaders created
_UPLOAD_MB = 500
_WIDEST = 2000  # largest width of the contact sheet, pixels


def is_local_browser() -> bool:
    """Return whether the browser runs on the server's computer. Only then can the user choose a folder on it."""
    return st.context.ip_address in (None, "127.0.0.1", "::1")


def add_pictures(added: Callable[[str], None]) -> None:
    """Open the dialog.

    Args:
        added: called with the id of the new data set.
    """
    _discard()
    _dialog(added)


def _discard() -> None:
    _remove_zip()
    prepared: Prepared | None = st.session_state.pop(_PREPARED, None)
    if prepared:
        prepared.discard()
    release_uploads()


def _remove_zip() -> None:
    st.session_state.pop(_ZIP, None)


@dialog("Add pictures", width="large", on_dismiss=_discard)
def _dialog(added: Callable[[str], None]) -> None:
    with shown_errors():
        prepared: Prepared | None = st.session_state.get(_PREPARED)
        if prepared is None:
            _choose()
        else:
            _confirm(prepared, added)


def _choose() -> None:
    st.write("Upload a zip file of pictures: JPEG, PNG, WebP, GIF or BMP, of any size. Folders in it become classes.")
    _upload_zip()
    source = st.session_state.get(_ZIP)
    name = source.name if source else ""
    if is_local_browser():
        typed = st.text_input(
            "Or a folder on this computer", placeholder="/home/me/pictures", on_change=_remove_zip
        ).strip().strip("\"'")  # fmt: skip
        if typed and source is None:
            source = Path(typed).expanduser()
    if source is None:
        return
    found = survey(source, name)
    classes = f", {len(found.class_names)} classes" if found.class_names else ", no classes"
    st.write(f"**{plain(found.source)}**: about {found.pictures:,} pictures{classes}.")
    if found.class_names:
        names = ", ".join(plain(name) for name in found.class_names[:12])
        st.caption(f"Classes: {names}{' …' if len(found.class_names) > 12 else ''}")
    left, right = st.columns(2)
    side = left.select_slider(
        "Image size", SIDES, value=found.suggestion.side, format_func=lambda side: f"{side}×{side}",
        help="Each picture is cropped to a square around its centre and resized. Doubling the size quadruples the "
        "training time. Sizes above 128 pixels are for imported models only.",
    )  # fmt: skip
    channels = right.segmented_control(
        "Colour", [1, 3], default=found.suggestion.channels, required=True,
        format_func={1: "Grey", 3: "Colour"}.__getitem__,
    )  # fmt: skip
    if len(found.suggestion.sample):
        st.image(png_bytes(contact_sheet(found.suggestion.sample, 16), _WIDEST), width="stretch")
        st.caption(f"Median length of the short side: {found.suggestion.short_side} pixels.")
    if st.button("Load pictures", type="primary", disabled=not found.pictures):
        bar = st.progress(0.0, "Loading …")

        def report(done: int, total: int) -> None:
            if done % max(1, total // 200) == 0 or done == total:
                bar.progress(done / max(1, total), f"Loading {done:,} of {total:,}")

        st.session_state[_PREPARED] = prepare(source, side, channels, name, report=report)
        run_dialog_again()


def _upload_zip() -> None:
    """Show an uploader. After an upload, a new one replaces it: the old one keeps showing files that it refused."""
    key = f"zscope_train_uploader_{st.session_state.setdefault(_UPLOADERS, 0)}"
    st.file_uploader("Zip file", type="zip", max_upload_size=_UPLOAD_MB, key=key, on_change=_take_zip, args=(key,))


def _take_zip(uploader: str) -> None:
    """A callback: keep the uploaded file and ask for a new uploader."""
    if upload := st.session_state.get(uploader):
        st.session_state[_ZIP] = upload
        st.session_state[_UPLOADERS] += 1


def _confirm(prepared: Prepared, added: Callable[[str], None]) -> None:
    report = prepared.report
    st.image(png_bytes(prepared.sheet(64, 16), _WIDEST), width="stretch")
    st.write(f"**{report.read:,} pictures** of {report.found:,} files.")
    for note in report.notes:
        st.caption(f":material/info: {plain(note)}")
    if report.class_names:
        counts = zip(report.class_names, report.class_counts, strict=True)
        most = sorted(counts, key=lambda one: -one[1])
        text = ", ".join(f"{plain(name)} {count:,}" for name, count in most[:20])
        st.caption(f"{len(most)} classes: {text}{' …' if len(most) > 20 else ''}")
    if report.refused:
        with st.expander(f"{report.found - report.read:,} files refused", icon=":material/block:"):
            for refusal in report.refused:
                st.markdown(f"- {plain(str(refusal))}")
    default = Path(report.source).stem.replace("_", " ").strip()[:80]
    title = st.text_input("Data set name", value=default, max_chars=80)
    save, again = st.columns(2)
    if save.button("Save data set", type="primary", width="stretch"):
        with st.spinner("Saving …"):
            entry = prepared.save(title.strip())
        st.session_state.pop(_PREPARED, None)
        _remove_zip()
        release_uploads()
        added(entry.id)
        close_dialog()
    if again.button("Choose other files", width="stretch"):
        _discard()
        run_dialog_again()
