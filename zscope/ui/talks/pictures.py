"""Small pictures of scenes, decoded from their codes."""

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st

from vae.errors import ZscopeError
from vae.inference.runtime import open_codec
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.registry import find_model, open_model
from zscope.library.talks import Scene

__all__ = ["scene_pictures"]


def scene_pictures(scenes: Sequence[Scene]) -> list[str]:
    """Decode the scenes' points, or their first stops.

    Returns:
        For each scene a PNG as a data URL; "" if it has no point, or if its model cannot be opened.
    """
    found = [""] * len(scenes)
    for model_id in {scene.model for scene in scenes}:
        codes = {i: code for i, scene in enumerate(scenes) if scene.model == model_id and (code := _code_of(scene))}
        try:
            networks = find_model(model_id).manifest.networks_hash
            pictures = _decoded(model_id, networks, tuple(codes.values())) if codes else []
        except ZscopeError:  # the scene itself shows why when it is opened
            continue
        for i, picture in zip(codes, pictures, strict=True):
            found[i] = picture
    return found


def _code_of(scene: Scene) -> tuple[float, ...] | None:
    return scene.stops[0].z if scene.stops else scene.z


@st.cache_data(max_entries=50, show_spinner=False)
def _decoded(model_id: str, networks: str, codes: tuple[tuple[float, ...], ...]) -> list[str]:
    bundle = open_model(model_id)
    code_dim = bundle.manifest.model.code_dim
    fit = [i for i, code in enumerate(codes) if len(code) == code_dim]
    found = [""] * len(codes)
    if fit:
        pictures = open_codec(bundle).decode_pixels(np.array([codes[i] for i in fit], np.float32))
        for i, picture in zip(fit, pictures, strict=True):
            found[i] = "data:image/png;base64," + base64.b64encode(png_bytes(contact_sheet(picture[None]))).decode()
    return found
