"""Which map: method, images, and the parameters that matter, each with a line on what it does."""

import streamlit as st

from vae.maps import MapSpec
from vae.registry import ModelEntry

__all__ = ["EXPLAINED", "choose_map"]

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA", "raw": "Two dimensions"}
# What a map says and what it does not, in one line under it.
EXPLAINED = {
    "tsne": "t-SNE keeps neighbours together; how far groups lie apart, and how large they are, means little.",
    "umap": "UMAP keeps neighbours together; how far groups lie apart means little.",
    "pca": "PCA shows the two widest directions of the codes, true to scale; what lies across them is not seen.",
    "raw": "Two latent dimensions as they are, true to scale; all others are not seen.",
}


def choose_map(entry: ModelEntry) -> MapSpec:
    """The controls above the map."""
    dims = entry.manifest.model.latent_dim
    methods = list(METHODS) if dims > 2 else ["raw", "tsne", "umap", "pca"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = st.segmented_control(
            "Map",
            methods,
            default=methods[0],
            format_func=METHODS.get,
            key=f"zscope_map_method_{dims > 2}",
            required=True,
        )
        images = st.segmented_control(
            "Images", ["test", "all"], default="test", format_func={"test": "Test", "all": "All"}.get,
            key="zscope_map_images", required=True, help="Only the test images, or those that were trained on as well.",
        )  # fmt: skip
        settings = _settings(method, entry.id, dims)
    return MapSpec(method=method, images=images, **settings)


def _settings(method: str, model_id: str, dims: int) -> dict:
    def number(label: str, least, most, value, **more):
        return st.number_input(label, least, most, value, key=f"zscope_map_{label}_{model_id}", width=130, **more)

    if method in ("pca", "raw"):
        start = 1 if method == "pca" else 0
        word = "Axis" if method == "pca" else "Dimension"
        first = number(f"{word} across", start, dims - 1 + start, start)
        second = number(f"{word} up", start, dims - 1 + start, min(start + 1, dims - 1 + start))
        return {"axes": (first - start, second - start)}
    if method == "tsne":
        perplexity = number("Perplexity", 2.0, 500.0, 30.0, step=5.0, help="How many neighbours a point keeps near.")
        return {"perplexity": float(perplexity), "seed": number("Seed", 0, 2**31 - 1, 0)}
    return {
        "neighbours": number("Neighbours", 2, 500, 15, help="How many neighbours a point keeps near."),
        "min_dist": float(number("Least distance", 0.0, 1.0, 0.1, step=0.05, help="How tightly points may be packed.")),
        "seed": number("Seed", 0, 2**31 - 1, 0),
    }
