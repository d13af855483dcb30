"""What to train on: a built-in set, or the person's own."""

from dataclasses import dataclass

import streamlit as st

from vae.data import CATALOG, dataset_info, has_test_split, list_datasets, load_dataset, load_test_split
from vae.data.dataset import trained_on
from vae.data.user_data import delete_user_dataset, list_user_datasets
from vae.errors import BadRequestError, DataError
from vae.pictures.contact_sheet import contact_sheet, pick_rows, png_bytes
from vae.training.presets import why_not
from zscope.ui.text import plain
from zscope.ui.train.own_pictures import add_pictures, is_at_this_machine

__all__ = ["DATASET_KEY", "Choice", "choose_pictures"]

DATASET_KEY = "zscope_train_dataset"
_ADDED = "zscope_train_added"  # an own set that was just saved: chosen at the next run, before its widget is made
_SHOWN = 48
_WIDEST = 2000  # pixels of the sheet that shows them


@dataclass(frozen=True)
class Choice:
    """A chosen data set.

    Attributes:
        images: to be trained on.
        download: whether the run may fetch the full set.
    """

    id: str
    images: int
    download: bool


def choose_pictures() -> Choice:
    """The first step of the form."""
    own = list_user_datasets()
    titles = {info.id: info.title for info in list_datasets()}
    added = st.session_state.pop(_ADDED, None)
    if added in titles:
        st.session_state[DATASET_KEY] = added
    elif st.session_state.get(DATASET_KEY) not in titles:  # the first time, or a set that was deleted
        st.session_state[DATASET_KEY] = "mnist"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        id = st.pills(
            "Pictures", list(titles), format_func=lambda id: plain(titles[id]), key=DATASET_KEY, required=True
        )
        if st.button("Add your own", icon=":material/add_photo_alternate:"):
            add_pictures(lambda added: st.session_state.update({_ADDED: added}))
    for entry in own:
        if entry.fault:
            st.caption(f":material/warning: **{plain(entry.id)}** cannot be used: {plain(entry.fault)}")

    info = dataset_info(id)
    if has_test_split(id):
        st.image(_sheet(id, info.version), width="stretch", alt=f"Some of the test images of {info.title}")
    images, origin, complete = _train_split(id, info.version)
    download = False
    if not complete and info.download and info.train_images:
        full = trained_on(info.train_images)
        label = f"Fetch all {full:,} training images when the run starts ({info.megabytes} MB, from {info.download})"
        download = st.checkbox(label, value=True, key=f"zscope_train_download_{id}")
        images = full if download else images
    height, width, channels = info.image_shape
    classes = f"{len(info.class_names)} classes" if len(info.class_names) > 1 else "no classes"
    where = "to be fetched" if download else plain(origin)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{images:,} images to train on ({where}), {height}×{width}, "
            f"{'grey' if channels == 1 else 'colour'}, {classes}. {plain(info.licence)}."
        )
        if id not in CATALOG and is_at_this_machine():
            with st.popover("Remove", icon=":material/delete:", type="tertiary"):
                st.write(f"Remove the {images:,} pictures of **{plain(info.title)}**? Its models cannot be shown then.")
                st.button("Remove them", type="primary", on_click=_remove, args=(id,))
    if images == 0:
        raise DataError(f"The training images of {info.title} are not here.", "Tick the box above, or choose others.")
    if reason := why_not(info.image_shape):
        raise BadRequestError(reason, "These are for models made elsewhere: bring one on the Models page.")
    return Choice(id, images, download)


def _remove(id: str) -> None:
    try:
        delete_user_dataset(id)
    except DataError as error:
        st.toast(plain(str(error)), icon=":material/error:")


@st.cache_data(max_entries=32, show_spinner=False)
def _sheet(id: str, version: str) -> bytes:
    """PNG of a few test images, two rows or so; `version` makes a set of the same name that was made anew another."""
    split = load_test_split(id)
    rows = pick_rows(split.labels, _SHOWN)
    side = split.images.shape[1]
    scale = max(1, round(56 / side))
    return png_bytes(contact_sheet(split.images[rows], _SHOWN // 2, scale), _WIDEST)


@st.cache_data(max_entries=32, show_spinner="Looking for the training images …", ttl=60)
def _train_split(id: str, version: str) -> tuple[int, str, bool]:
    """How many training images are here, where from, and whether that is all of them; (0, "", False) for none."""
    try:
        dataset = load_dataset(id, download=False)
    except DataError:
        return 0, "", False
    return len(dataset.train), dataset.origin, dataset.complete
