"""The import dialog for external models: choose files, confirm the interpretation, see reconstructions, save."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from vae.data import DatasetInfo, load_test_split
from vae.errors import ImportRefusedError
from vae.formats.bundle.weights import PARAMETER_BUDGET
from vae.formats.importing.detection import Guess
from vae.formats.importing.draft import FoundNetwork
from vae.formats.importing.formats import IMPORTED
from vae.formats.importing.interpretation import Choices, Head
from vae.formats.importing.pixel_formats import LAYOUTS, PIXELS, Pixels, layouts_of, parse_pixels
from vae.formats.importing.posterior_scale import SPREADS, Spread, named_spread
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.jobs.importing.bundles import adopt
from zscope.jobs.importing.candidate import Candidate
from zscope.jobs.importing.dataset_match import likeliest, of_its_shape
from zscope.ui.dialogs import close_dialog, dialog, run_dialog_again
from zscope.ui.errors import shown_errors
from zscope.ui.models.refused_files import RefusedFiles
from zscope.ui.text import plain
from zscope.ui.uploads import release_uploads

__all__ = ["show_import"]

_CANDIDATE = "zscope_import_candidate"
_REFUSED = "zscope_import_refused"
_UPLOAD_MB = 200
_SHOWN = 12
_WIDEST = 2000  # pixels of the contact sheet's width
_NONE = "None (explore samples from the prior)"


@dataclass
class _Opened:
    """A candidate with its inferred interpretation for each data set."""

    candidate: Candidate
    data: DatasetInfo | None
    guesses: dict[str | None, Guess]

    def guess(self, data: DatasetInfo | None) -> Guess:
        key = data and data.id
        if key not in self.guesses:
            self.guesses[key] = self.candidate.guess(load_test_split(data.id).images if data else None)
        return self.guesses[key]


def show_import(kept: Callable[[str], None]) -> None:
    """Open the dialog.

    Args:
        kept: called with the id of the new model.
    """
    _discard()
    _dialog(kept)


def _discard() -> None:
    st.session_state.pop(_REFUSED, None)
    opened: _Opened | None = st.session_state.pop(_CANDIDATE, None)
    if opened:
        opened.candidate.intake.discard()
    release_uploads()


@dialog("Import a model", width="large", on_dismiss=_discard)
def _dialog(kept: Callable[[str], None]) -> None:
    with shown_errors():
        if _CANDIDATE in st.session_state:
            _confirm(st.session_state[_CANDIDATE], kept)
        else:
            _choose(kept)


def _choose(kept: Callable[[str], None]) -> None:
    st.write(
        "An encoder and a decoder, or a decoder alone, in one of these formats:\n\n"
        + "\n".join(f"- **{one.title}**: {one.needs}" for one in IMPORTED.values())
    )
    st.caption(
        "Files are read in a sandboxed process and never executed. HDF5 (`.h5`), pickles (`.pt`, `.pkl`) and "
        "SavedModels can contain code: export them to ONNX or `.keras` first."
    )
    st.caption(
        f"Limit: {PARAMETER_BUDGET // 1_000_000} million weights in encoder and decoder together "
        f"({4 * PARAMETER_BUDGET // 1_000_000} MB as float32)."
    )
    uploads = st.file_uploader("Model files", accept_multiple_files=True, max_upload_size=_UPLOAD_MB)
    if not uploads:
        return
    if sum(upload.size for upload in uploads) > _UPLOAD_MB << 20:  # Streamlit's MB
        raise ImportRefusedError(f"The files have more than {_UPLOAD_MB} MB together.", "Import a smaller model.")
    with st.spinner("Reading the files …"):
        intake = st.session_state.setdefault(_REFUSED, RefusedFiles()).take_in(uploads)
        if intake.draft.bundle:
            try:
                id, notes = adopt(intake)
            finally:
                intake.discard()
            release_uploads()
            for note in notes:
                st.toast(plain(note), icon=":material/info:")
            kept(id)
            close_dialog()
        try:
            candidate = Candidate(intake)
            data, guess = likeliest(candidate)
        except BaseException:  # also Streamlit's own, when the tab is closed
            intake.discard()
            raise
    st.session_state[_CANDIDATE] = _Opened(candidate, data, {data and data.id: guess})
    run_dialog_again()


def _confirm(opened: _Opened, kept: Callable[[str], None]) -> None:
    draft = opened.candidate.draft
    if draft.decoder is None:  # never: a candidate has a decoder
        raise ImportRefusedError("The files contain no decoder.", "Add the decoder's file.")
    st.markdown(f"Found networks from **{plain(draft.framework)}**:")
    for role, found in (("Encoder", draft.encoder), ("Decoder", draft.decoder)):
        st.caption(_described(role, found))
    copies = [f"The same files were imported before, as {id}." for id in opened.candidate.known_as()]
    for note in (*draft.notes, *copies):
        st.caption(f":material/info: {plain(note)}")
    data = _choose_data(opened)
    guess = opened.guess(data)
    choices = _choose_interpretation(draft.encoder, draft.decoder, guess)
    made = opened.candidate.make(choices)
    _show_pictures(made, data, choices, guess)
    title = st.text_input("Name", value=draft.title[:80], max_chars=80).strip()
    keep, again = st.columns(2)
    if keep.button("Import model", type="primary", width="stretch", disabled=not title):
        bar = st.progress(0.0, "Measuring …")

        def report(what: str, done: int, total: int) -> None:
            bar.progress(done / max(1, total), f"Measuring: {what}, {done:,} of {total:,}")

        notes = guess.notes if choices == guess.choices else ()
        id = opened.candidate.keep(choices, title, data and data.id, report, notes)
        _discard()
        kept(id)
        close_dialog()
    if again.button("Choose other files", width="stretch"):
        _discard()
        run_dialog_again()


def _described(role: str, found: FoundNetwork | None) -> str:
    if found is None:
        return f"**{role}**: none. Sliders, traversals and paths work. Reconstructing pictures needs an encoder."
    makes = ", ".join(
        f"{plain(name)} {_sides(shape)}" for name, shape in zip(found.outputs, found.output_shapes, strict=True)
    )
    return f"**{role}**: {plain(found.name)} from {plain(found.source)}. {_sides(found.input_shape)} → {makes}"


def _sides(shape) -> str:
    return "×".join(map(str, shape))


def _choose_data(opened: _Opened) -> DatasetInfo | None:
    infos = of_its_shape(opened.candidate.draft)
    if not infos:
        if opened.candidate.draft.encoder:
            st.info("No data set has images of this size. Add one on the Train page to see its images on a map.")
        return None
    options = [None, *(info.id for info in infos)]
    titles = {info.id: info.title for info in infos} | {None: _NONE}
    found = opened.data and opened.data.id
    chosen = st.selectbox(
        "Data set", options, options.index(found),
        format_func=lambda id: titles[id] + (" (inferred)" if id and id == found else ""),
        help="Its images are encoded, shown on the map and used to measure the model. Inferred: the data set with the "
        "lowest reconstruction error.",
    )  # fmt: skip
    return next((info for info in infos if info.id == chosen), None)


def _choose_interpretation(encoder: FoundNetwork | None, decoder: FoundNetwork, guess: Guess) -> Choices:
    """Show controls for the interpretation; inferred values are marked."""
    choices = guess.choices
    if encoder:
        choices = _choose_outputs(encoder, choices)
    left, right = st.columns(2)
    channels = choices.image_shape[2]
    if encoder and choices.taken:
        with left:
            taken = _pick_pixels("Input pixels", choices.taken[1], channels, logits=False)
            layouts = [layout for layout, image in layouts_of(encoder.input_shape) if image == choices.image_shape]
            layout = _pick("Input layout", layouts, choices.taken[0], LAYOUTS.get) if len(layouts) > 1 else layouts[0]
            choices = replace(choices, taken=(layout, taken))
    with right if encoder else left:
        given = _pick_pixels("Output pixels", choices.given[1], channels, logits=True)
        shapes = [layout for layout, image in layouts_of(decoder.output_shapes[0]) if image == choices.image_shape]
        layout = _pick("Output layout", shapes, choices.given[0], LAYOUTS.get) if len(shapes) > 1 else shapes[0]
    return replace(choices, given=(layout, given))


def _choose_outputs(encoder: FoundNetwork, choices: Choices) -> Choices:
    """Show controls for the outputs with the mean and scale of the posterior, and the meaning of the scale."""
    places = iter(st.columns(3))

    def named(head: Head | None) -> str:
        return encoder.outputs[head.output] if head else "none"

    if choices.mean is None:  # never: the mean of an encoder is inferred
        return choices
    heads = [Head(index) for index, size in enumerate(encoder.sizes) if size == choices.latent_dim]
    if choices.mean.part is None and len(heads) > 1:
        with next(places):
            mean = _pick("Mean", heads, choices.mean, named)
        rest = [None, *(head for head in heads if head != mean)]
        found = choices.log_var if choices.log_var in rest else rest[-1]
        with next(places):
            log_var = _pick("Posterior scale", rest, found, named)
        choices = replace(_reread(choices, log_var, encoder), mean=mean)
    if choices.log_var is None or choices.mean is None:
        return choices
    with next(places):
        label = "Meaning of the scale" if choices.mean.part is None else "Meaning of the posterior scale"
        return replace(choices, spread=_pick(label, list(SPREADS.values()), choices.spread, _title))


def _reread(choices: Choices, log_var: Head | None, encoder: FoundNetwork) -> Choices:
    """Use another output for the posterior scale."""
    if log_var is None or log_var == choices.log_var:
        return replace(choices, log_var=log_var)
    named = named_spread(encoder.outputs[log_var.output])
    return replace(choices, log_var=log_var, spread=named or SPREADS["log-variance"])


def _pick(label: str, options: list, found, title: Callable):
    return st.selectbox(
        label, options, options.index(found),
        format_func=lambda option: f"{title(option)} (inferred)" if option == found else title(option),
    )  # fmt: skip


def _pick_pixels(label: str, found: Pixels, channels: int, logits: bool) -> Pixels:
    """Show a list of pixel formats; its last entry opens a field for a mean and a standard deviation."""
    known = [pixels for pixels in PIXELS.values() if pixels.fits(channels) and (logits or not pixels.logits)]
    chosen = _pick(label, [*([] if found in known else [found]), *known, None], found, _title)
    if chosen is not None:
        return chosen
    text = st.text_input(
        f"{label}: mean, SD", placeholder="0.5, 0.25", max_chars=80,
        help="As in `transforms.Normalize`, for pixels in 0…1."
        + (" For each channel: three means, then three SDs." if channels == 3 else ""),
    )  # fmt: skip
    pixels = parse_pixels(text) if text.strip() else found
    pixels.check(channels)
    return pixels


def _title(option: Pixels | Spread | None) -> str:
    return option.title if option else "Mean and SD …"


def _show_pictures(made, data: DatasetInfo | None, choices: Choices, guess: Guess) -> None:
    if data is None:
        st.image(png_bytes(contact_sheet(made.samples(2 * _SHOWN), _SHOWN), _WIDEST), width="stretch")
        st.caption("Pictures decoded from samples of N(0, 1).")
        return
    images = load_test_split(data.id).images[:_SHOWN]
    back = made.reconstructions(images)
    st.image(png_bytes(contact_sheet(np.concatenate([images, back]), _SHOWN), _WIDEST), width="stretch")
    error = float(np.square((images / 255.0) - (back / 255.0)).mean())
    text = f"Images of {plain(data.title)} and their reconstructions"
    if choices == guess.choices:
        text += (
            f": squared error {guess.error:.4f} per pixel; {guess.second:.4f} with the next best interpretation of "
            "the pixels."
        )
    else:
        text += f": squared error {error:.4f} per pixel; {guess.error:.4f} as inferred."
    st.caption(text)
    for note in guess.notes if choices == guess.choices else ():
        st.caption(f":material/info: {plain(note)}")
    if min(error, error if guess.error is None else guess.error) > float(images.std() / 255) ** 2:
        st.warning("A flat grey image would have a smaller error: this may not be a model of these images.")
