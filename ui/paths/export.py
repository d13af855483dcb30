"""A path as a film, a strip, single frames, or codes."""

import io
import tempfile
from pathlib import Path

import numpy as np
import streamlit as st

from ui.links import Point
from vae.config import make_config
from vae.interpolation import interpolator
from vae.movie import MovieSettings, write_movie
from vae.registry import ModelEntry, open_model

__all__ = ["show_export"]

_PATHS = {"linear": "Straight", "slerp": "Spherical", "graph": "Data graph", "geodesic": "Geodesic"}
_FORMATS = {
    "mp4": "MP4",
    "webp": "WebP",
    "gif": "GIF",
    "strip": "PNG strip",
    "frames": "ZIP of frames",
    "codes": "Codes (npz)",
}


def show_export(entry: ModelEntry, ends: tuple[Point, Point]) -> None:
    """A row of settings and the file."""
    st.subheader("Export", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = st.selectbox("Path", list(_PATHS), index=3, format_func=_PATHS.get, width=150)
        format = st.selectbox("Format", list(_FORMATS), format_func=_FORMATS.get, width=160)
        moving = format in ("mp4", "webp", "gif", "frames")
        frames = st.number_input(
            "Pictures", 2, 3600, 60 if moving else 9, width=130, key=f"zscope_film_frames_{moving}"
        )
        size = st.number_input("Pixels", 16, 2048, 512 if moving else 128, width=130, key=f"zscope_film_size_{moving}")
        rate = st.number_input("A second", 1, 60, 30, width=120, disabled=format not in ("mp4", "webp", "gif"))
        smooth = st.checkbox("Smooth", help="Lanczos; else the model's pixels stay as they are.")
        even = st.checkbox("Even pace", help="The picture changes evenly, not the code.")
        back = st.checkbox("There and back", value=moving, key=f"zscope_film_back_{moving}")
        caption = st.checkbox("Caption", help="How far it is, under each picture.")
        settings = make_config(
            MovieSettings,
            format="mp4" if format == "codes" else format,
            size=size,
            frames_per_second=rate,
            upscaling="lanczos" if smooth else "nearest",
        )
        suffix = ".npz" if format == "codes" else settings.suffix
        st.download_button(
            "Make the file",
            lambda: _file(entry.id, ends, kind, settings, frames, even, back, caption, codes=format == "codes"),
            f"{entry.id}-{kind}-{_name(ends[0], 'a')}-{_name(ends[1], 'b')}{suffix}",
            type="primary",
            icon=":material/movie:",
        )


def _name(end: Point, otherwise: str) -> str:
    return otherwise if end.image is None else str(end.image)


def _file(
    model_id: str,
    ends: tuple[Point, Point],
    kind: str,
    settings: MovieSettings,
    frames: int,
    even: bool,
    back: bool,
    caption: bool,
    codes: bool,
) -> bytes:
    latent_dim = open_model(model_id).manifest.model.latent_dim
    a, b = (np.array(end.z, np.float32) for end in ends)
    walker = interpolator(model_id).with_rest(a[latent_dim:])
    path = walker.path(kind, a[:latent_dim], b[:latent_dim], even=even)
    t = np.linspace(0, 1, frames)
    if back:
        t = np.concatenate([t, t[-2:0:-1]])
    if codes:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, z=path.at(t), t=t.astype(np.float32))
        return buffer.getvalue()
    pictures = np.round(255 * walker.pictures(path, t)).astype(np.uint8)
    captions = [f"{place:.2f}" for place in t] if caption else None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"film{settings.suffix}"
        write_movie(file, pictures, settings, captions)
        return file.read_bytes()
