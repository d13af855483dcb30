"""Settings of the map: method, images and parameters."""

import streamlit as st

from vae.models.config import make_config
from zscope.library.maps import MapSpec
from zscope.library.maps.directions import kept_directions
from zscope.library.registry import ModelEntry
from zscope.ui import state

__all__ = ["EXPLAINED", "METHODS", "choose_map", "draw_along"]

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA", "raw": "Two dimensions", "along": "A direction"}
# One line below the map on what it shows.
EXPLAINED = {
    "tsne": "t-SNE keeps neighbours together. Distances between groups and sizes of groups mean little.",
    "umap": "UMAP keeps neighbours together. Distances between groups mean little.",
    "pca": "PCA shows the two directions of largest variance, to scale. Other directions are hidden.",
    "raw": "Two latent dimensions, to scale. Other dimensions are hidden.",
    "along": "x: the direction, with A at 0; y: the largest variance orthogonal to it. To scale. Others are hidden.",
}
_IMAGES = {"test": "Test", "all": "All"}


def choose_map(entry: ModelEntry) -> MapSpec:
    """Show the controls above the map, initially with the last settings or those of the link.

    Raises:
        DataError: the model's file of directions is damaged.
    """
    dims = entry.manifest.model.latent_dim
    kept = {direction.id: direction.title for direction in kept_directions(entry.manifest)} if dims > 1 else {}
    methods = {1: ["pca"], 2: ["raw", "tsne", "umap", "pca"]}.get(dims, ["tsne", "umap", "pca", "raw"])
    methods = [*methods, "along"] if kept else methods
    last = state.current_map(entry.id) or MapSpec(method=methods[0])

    def key(name: str, value, allowed=None) -> str:
        """A widget's key; Streamlit drops its value with the page, so the last one is set again."""
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
            help="Only the test images, or the training and validation images too.",
        )  # fmt: skip
        told = {}
        if method == "along":
            title = key("direction", last.direction, kept)
            told["direction"] = st.selectbox("Direction", list(kept), format_func=kept.get, key=title, width=260)
        elif method in ("pca", "raw") and dims > 1:
            first = 1 if method == "pca" else 0  # principal axes are counted from 1; dimensions are called z0, z1, …
            word = "axis" if method == "pca" else "dimension"
            most = max(1, dims - 1) + first
            across = number(f"{method}_across", f"Horizontal {word}", last.axes[0] + first, first, most)
            up = number(f"{method}_up", f"Vertical {word}", last.axes[1] + first, first, most)
            told["axes"] = (across - first, up - first)
        elif method == "tsne":
            told["perplexity"] = number(
                "perplexity",
                "Perplexity",
                last.perplexity,
                2.0,
                500.0,
                step=5.0,
                help="Effective number of neighbours of a point; at most a third of the images.",
            )
        elif method == "umap":
            told["neighbours"] = number(
                "neighbours", "Neighbours", last.neighbours, 2, 500, help="Number of neighbours of a point."
            )
            told["min_dist"] = number(
                "min_dist",
                "Minimum distance",
                last.min_dist,
                0.0,
                1.0,
                step=0.05,
                help="Smallest distance between points.",
            )
        if method in ("tsne", "umap"):
            told["seed"] = number(
                "seed", "Seed", last.seed, 0, 2**31 - 1, help="Another seed gives another layout of the same codes."
            )
    return make_config(MapSpec, method=method, images=images, **told)


def draw_along(model_id: str, direction: str) -> None:
    """Choose a saved direction for the map; a callback."""
    st.session_state[f"zscope_map_method_{model_id}"] = "along"
    st.session_state[f"zscope_map_direction_{model_id}"] = direction
