"""The dialog that makes a data set from the user's pictures: choose, load, check the report, save."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from vae.data.attribute import Attribute
from vae.data.intake import Prepared, prepare, survey
from vae.data.label_tables import TableFile
from vae.data.names import clean_label
from vae.data.suggestion import SIDES
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.ui.dialogs import close_dialog, dialog, run_dialog_again
from zscope.ui.errors import shown_errors
from zscope.ui.language import N_, _, ngettext, told
from zscope.ui.listening import is_local_browser
from zscope.ui.text import plain
from zscope.ui.uploads import release_uploads

__all__ = ["add_pictures"]

_PREPARED = "zscope_train_prepared"  # the loaded pictures, not saved yet
_ZIP = "zscope_train_zip"  # the uploaded file
_UPLOADERS = "zscope_train_uploaders"  # number of uploaders created
_TABLES = "zscope_train_tables"  # the uploader of tables
_UPLOAD_MB, _TABLE_MB = 500, 100
_TABLE_TYPES = ["csv", "tsv", "json", "jsonl", "txt"]
_WIDEST = 2000  # largest width of the contact sheet, pixels


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


@dialog(N_("Add pictures"), width="large", on_dismiss=_discard)
def _dialog(added: Callable[[str], None]) -> None:
    with shown_errors():
        prepared: Prepared | None = st.session_state.get(_PREPARED)
        if prepared is None:
            _choose()
        else:
            _confirm(prepared, added)


def _choose() -> None:
    st.write(
        _("Upload a zip file of pictures: JPEG, PNG, WebP, GIF or BMP, of any size. Folders in it become classes.")
    )
    _upload_zip()
    source = st.session_state.get(_ZIP)
    name = source.name if source else ""
    if is_local_browser():
        typed = st.text_input(
            _("Or a folder on this computer"), placeholder="/home/me/pictures", on_change=_remove_zip
        ).strip().strip("\"'")  # fmt: skip
        if typed and source is None:
            source = Path(typed).expanduser()
    if source is None:
        return
    tables = _upload_tables()
    found = survey(source, name, tables=tables)
    classes = _(", {n} classes", n=len(found.class_names)) if found.class_names else _(", no classes")
    st.write(
        _(
            "**{source}**: about {n} pictures{classes}.",
            source=plain(found.source),
            n=f"{found.pictures:,}",
            classes=classes,
        )
    )
    if found.class_names:
        names = ", ".join(plain(name) for name in found.class_names[:12])
        st.caption(_("Classes: {names}", names=names + (" …" if len(found.class_names) > 12 else "")))
    _show_tables(found.tables, found.attributes)
    left, right = st.columns(2)
    side = left.select_slider(
        _("Image size"), SIDES, value=found.suggestion.side, format_func=lambda side: f"{side}×{side}",
        help=_("Each picture is cropped to a square around its centre and resized. Doubling the size quadruples the "
        "training time. Sizes above 128 pixels are for imported models only."),
    )  # fmt: skip
    channels = right.segmented_control(
        _("Colour"), [1, 3], default=found.suggestion.channels, required=True,
        format_func={1: _("Grey"), 3: _("Colour")}.__getitem__,
    )  # fmt: skip
    if len(found.suggestion.sample):
        st.image(png_bytes(contact_sheet(found.suggestion.sample, 16), _WIDEST), width="stretch")
        st.caption(_("Median length of the short side: {n} pixels.", n=found.suggestion.short_side))
    if st.button(_("Load pictures"), type="primary", disabled=not found.pictures):
        bar = st.progress(0.0, _("Loading …"))

        def report(done: int, total: int) -> None:
            if done % max(1, total // 200) == 0 or done == total:
                bar.progress(done / max(1, total), _("Loading {done} of {total}", done=f"{done:,}", total=f"{total:,}"))

        st.session_state[_PREPARED] = prepare(source, side, channels, name, report=report, tables=tables)
        run_dialog_again()


def _upload_tables() -> list[TableFile]:
    """Show an uploader of tables that are not beside the pictures, and return them."""
    with st.expander(_("Labels from a table"), icon=":material/table:"):
        st.caption(
            _(
                "Each row has the file name of a picture, and its class or attributes such as glasses or age. A CSV or "
                "JSON file in the zip or folder is used without an upload. The format of CelebA's list_attr_celeba.txt "
                "is read too."
            )
        )
        uploads = st.file_uploader(
            _("Table"), type=_TABLE_TYPES, accept_multiple_files=True, max_upload_size=_TABLE_MB, key=_TABLES
        )
    return [
        TableFile(clean_label(upload.name, 80) or "table", upload.getvalue(), given=True) for upload in uploads or ()
    ]


def _show_tables(tables: Sequence[str], attributes: Sequence[Attribute]) -> None:
    if tables:
        names = ", ".join(map(plain, tables))
        st.caption(_("Labels from {names}", names=names))
    if attributes:
        listed = ", ".join(plain(one.name) for one in attributes[:20]) + (" …" if len(attributes) > 20 else "")
        st.caption(ngettext("{n} attribute: {names}", "{n} attributes: {names}", len(attributes), names=listed))


def _upload_zip() -> None:
    """Show an uploader. After an upload, a new one replaces it: the old one keeps showing files that it refused."""
    key = f"zscope_train_uploader_{st.session_state.setdefault(_UPLOADERS, 0)}"
    st.file_uploader(_("Zip file"), type="zip", max_upload_size=_UPLOAD_MB, key=key, on_change=_take_zip, args=(key,))


def _take_zip(uploader: str) -> None:
    """A callback: keep the uploaded file and ask for a new uploader."""
    if upload := st.session_state.get(uploader):
        st.session_state[_ZIP] = upload
        st.session_state[_UPLOADERS] += 1


def _confirm(prepared: Prepared, added: Callable[[str], None]) -> None:
    report = prepared.report
    st.image(png_bytes(prepared.sheet(64, 16), _WIDEST), width="stretch")
    st.write(_("**{read} pictures** of {found} files.", read=f"{report.read:,}", found=f"{report.found:,}"))
    for note in report.notes:
        st.caption(f":material/info: {plain(told(note))}")
    if report.class_names:
        counts = zip(report.class_names, report.class_counts, strict=True)
        most = sorted(counts, key=lambda one: -one[1])
        text = ", ".join(f"{plain(name)} {count:,}" for name, count in most[:20])
        st.caption(_("{n} classes: {names}", n=len(most), names=text + (" …" if len(most) > 20 else "")))
    _show_tables(report.tables, report.attributes)
    if report.refused:
        with st.expander(_("{n} files refused", n=f"{report.found - report.read:,}"), icon=":material/block:"):
            for refusal in report.refused:
                more = ", …" if refusal.count > len(refusal.examples) else ""
                st.markdown(
                    "- "
                    + _(
                        "{n} {reason} ({examples})",
                        n=f"{refusal.count:,}",
                        reason=plain(told(refusal.reason)),
                        examples=plain(", ".join(refusal.examples) + more),
                    )
                )
    default = Path(report.source).stem.replace("_", " ").strip()[:80]
    title = st.text_input(_("Data set name"), value=default, max_chars=80)
    save, again = st.columns(2)
    if save.button(_("Save data set"), type="primary", width="stretch"):
        with st.spinner(_("Saving …")):
            entry = prepared.save(title.strip())
        st.session_state.pop(_PREPARED, None)
        _remove_zip()
        release_uploads()
        added(entry.id)
        close_dialog()
    if again.button(_("Choose other files"), width="stretch"):
        _discard()
        run_dialog_again()
