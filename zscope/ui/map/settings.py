"""Which map: method, images, and the parameters that matter, each with a line on what it does."""

import streamlit as st

from vae.models.config import make_config
from zscope.library.maps import MapSpec
from zscope.library.maps.directions import kept_directions
from zscope.library.registry import ModelEntry
from zscope.ui import state

__all__ = ["EXPLAINED", "METHODS", "choose_map", "draw_along"]

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA", "raw": "Two dimensions", "along": "A direction"}
# What a map says and what it does not, in one line under it.
EXPLAINED = {
    "tsne": "t-SNE keeps neighbours together; how far groups lie apart, and how large they are, means little.",
    "umap": "UMAP keeps neighbours together; how far groups lie apart means little.",
    "pca": "PCA shows the two widest directions of the codes, true to scale; what lies across them is not seen.",
    "raw": "Two latent dimensions as they are, true to scale; all others are not seen.",
    "along": "Across: the direction, A at 0; up: the widest beside it. True to scale; all others are not seen.",
}
_IMAGES = {"test": "Test", "all": "All"}


def choose_map(entry: ModelEntry) -> MapSpec:
    """The controls above the map; at first as the person left them, or as a link says.

    Raises:
        DataError: the model's file of directions is damaged.
    """
    dims = entry.manifest.model.latent_dim
    kept = {direction.id: direction.title for direction in kept_directions(entry.manifest)} if dims > 1 else {}
    methods = {1: ["pca"], 2: ["raw", "tsne", "umap", "pca"]}.get(dims, ["tsne", "umap", "pca", "raw"])
    methods = [*methods, "along"] if kept else methods
    last = state.current_map(entry.id) or MapSpec(method=methods[0])

    def key(name: str, value, allowed=None) -> str:
        """A widget's key; its value goes with its page, and is then what it was last."""
        key = f"zscope_map_{name}_{entry.id}"
        if key not in st.session_state or (allowed is not None and st.session_state[key] not in allowed):
            st.session_state[key] = value if allowed is None or value in allowed else next(iter(allowed))
        return key

    def number(name: str, label: str, value, least, most, **more):
        value = min(max(value, least), most)
        return st.number_input(label, least, most, key=key(name, value), width=130, **more)

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = st.segmented_control(
            "Map", methods, format_func=METHODS.get, key=key("method", last.method, methods), required=True
        )
        images = st.segmented_control(
            "Images", list(_IMAGES), format_func=_IMAGES.get, key=key("images", last.images), required=True,
            help="Only the test images, or those that were trained on as well.",
        )  # fmt: skip
        told = {}
        if method == "along":
            title = key("direction", last.direction, kept)
            told["direction"] = st.selectbox("Direction", list(kept), format_func=kept.get, key=title, width=260)
        elif method in ("pca", "raw") and dims > 1:
            first = 1 if method == "pca" else 0  # people count axes from one, the dimensions are called z0, z1, …
            word = "Axis" if method == "pca" else "Dimension"
            most = max(1, dims - 1) + first
            across = number(f"{method}_across", f"{word} across", last.axes[0] + first, first, most)
            up = number(f"{method}_up", f"{word} up", last.axes[1] + first, first, most)
            told["axes"] = (across - first, up - first)
        elif method == "tsne":
            told["perplexity"] = number(
                "perplexity",
                "Perplexity",
                last.perplexity,
                2.0,
                500.0,
                step=5.0,
                help="How many neighbours a point keeps near: at most a third of the images.",
            )
        elif method == "umap":
            told["neighbours"] = number(
                "neighbours", "Neighbours", last.neighbours, 2, 500, help="How many neighbours a point keeps near."
            )
            told["min_dist"] = number(
                "min_dist",
                "Least distance",
                last.min_dist,
                0.0,
                1.0,
                step=0.05,
                help="How tightly points may be packed.",
            )
        if method in ("tsne", "umap"):
            told["seed"] = number(
                "seed", "Seed", last.seed, 0, 2**31 - 1, help="Another seed, another picture of the same."
            )
    return make_config(MapSpec, method=method, images=images, **told)


def draw_along(model_id: str, direction: str) -> None:
    """Make a kept direction the choice; a callback, before the controls are drawn."""
    st.session_state[f"zscope_map_method_{model_id}"] = "along"
    st.session_state[f"zscope_map_direction_{model_id}"] = direction
