"""Chooses the data set to train on: a built-in one, or one of the user's."""

from dataclasses import dataclass

import streamlit as st

from vae.data import CATALOG, dataset_info, has_test_split, list_datasets, load_dataset, load_test_split
from vae.data.dataset import trained_on
from vae.data.user_data import delete_user_dataset, list_user_datasets
from vae.errors import BadRequestError, DataError
from vae.message import message
from vae.pictures.contact_sheet import contact_sheet, pick_rows, png_bytes
from vae.training.presets import why_not
from zscope.ui.errors import error_text
from zscope.ui.language import _, told
from zscope.ui.listening import is_local_browser
from zscope.ui.text import plain
from zscope.ui.train.user_pictures import add_pictures

__all__ = ["DATASET_KEY", "Choice", "choose_pictures"]

DATASET_KEY = "zscope_train_dataset"
_ADDED = "zscope_train_added"  # a data set just saved: chosen in the next run, before its widget is created
_SHOWN = 48
_WIDEST = 2000  # pixels of the contact sheet's width


@dataclass(frozen=True)
class Choice:
    """A chosen data set.

    Attributes:
        images: number of images to train on.
        download: whether the run may download the full data set.
    """

    id: str
    images: int
    download: bool


def choose_pictures() -> Choice:
    """Show the first part of the form.

    Raises:
        DataError: the chosen data set has no training images here.
        BadRequestError: it can't be trained on.
    """
    user_sets = list_user_datasets()
    titles = {info.id: _(info.title) for info in list_datasets()}
    added = st.session_state.pop(_ADDED, None)
    if added in titles:
        st.session_state[DATASET_KEY] = added
    elif st.session_state.get(DATASET_KEY) not in titles:  # the first run, or the data set was deleted
        st.session_state[DATASET_KEY] = "mnist"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(_("Data set"), list(titles), format_func=lambda id: plain(titles[id]), key=DATASET_KEY, required=True)
        if st.button(_("Add pictures"), icon=":material/add_photo_alternate:"):
            add_pictures(lambda added: st.session_state.update({_ADDED: added}))
    for entry in user_sets:
        if entry.fault:
            st.caption(
                _(
                    ":material/warning: **{id}** can't be used: {fault}",
                    id=plain(entry.id),
                    fault=plain(told(entry.fault)),
                )
            )

    id: str = st.session_state[DATASET_KEY]
    info = dataset_info(id)
    if has_test_split(id):
        st.image(_sheet(id, info.version), width="stretch", alt=_("Some test images of {title}", title=_(info.title)))
    with st.spinner(_("Looking for the training images …"), show_time=False):
        images, origin, complete = _train_split(id, info.version)
    download = False
    if not complete and info.download and info.train_images:
        full = trained_on(info.train_images)
        label = _(
            "Download all {n} training images when the run starts ({size} MB from {host})",
            n=f"{full:,}",
            size=info.megabytes,
            host=_(info.download),
        )
        download = st.checkbox(label, value=True, key=f"zscope_train_download_{id}")
        images = full if download else images
    height, width, channels = info.image_shape
    classes = _("{n} classes", n=len(info.class_names)) if len(info.class_names) > 1 else _("no classes")
    where = _("downloaded when the run starts") if download else plain(told(origin))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            _(
                "{n} images to train on ({where}), {height}×{width}, {colours}, {classes}. {licence}.",
                n=f"{images:,}",
                where=where,
                height=height,
                width=width,
                colours=_("grey") if channels == 1 else _("colour"),
                classes=classes,
                licence=plain(_(info.licence)),
            )
        )
        if id not in CATALOG and is_local_browser():
            with st.popover(_("Remove"), icon=":material/delete:", type="tertiary"):
                st.write(
                    _(
                        "Remove the data set **{title}**? You can no longer open models trained on it. Your "
                        "original pictures stay.",
                        title=plain(info.title),
                    )
                )
                st.button(_("Remove data set"), type="primary", on_click=_remove, args=(id,))
    if images == 0:
        raise DataError(
            message("The training images of {title} are not on this computer.", title=info.title),
            "Allow the download above, or choose another data set.",
        )
    if reason := why_not(info.image_shape):
        raise BadRequestError(reason, "Use this data set with imported models, on the Models page.")
    return Choice(id, images, download)


def _remove(id: str) -> None:
    try:
        delete_user_dataset(id)
    except DataError as error:
        st.toast(plain(error_text(error)), icon=":material/error:")


@st.cache_data(max_entries=32, show_spinner=False)
def _sheet(id: str, version: str) -> bytes:
    """Return a PNG of a few test images. `version` distinguishes data sets that had the same id at different times."""
    split = load_test_split(id)
    rows = pick_rows(split.labels, _SHOWN)
    side = split.images.shape[1]
    scale = max(1, round(56 / side))
    return png_bytes(contact_sheet(split.images[rows], _SHOWN // 2, scale), _WIDEST)


@st.cache_data(max_entries=32, show_spinner=False, ttl=60)
def _train_split(id: str, version: str) -> tuple[int, str, bool]:
    """Return the number of available training images, their origin and whether it is all of them.

    (0, "", False) if there are none but they can be downloaded.

    Raises:
        DataError: there are none and they cannot be downloaded, with the reason.
    """
    try:
        dataset = load_dataset(id, download=False)
    except DataError:
        if not dataset_info(id).download:
            raise
        return 0, "", False
    return len(dataset.train), dataset.origin, dataset.complete
