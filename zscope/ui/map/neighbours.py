"""Shows the images whose codes are nearest to the current point."""

import numpy as np
import streamlit as st

from vae.data.catalog import dataset_info
from vae.latent.neighbours import nearest_codes, nearest_posteriors
from vae.pictures.contact_sheet import contact_sheet, png_bytes
from zscope.library.maps.making import MapParts
from zscope.library.maps.pictures import images_of, posterior_of
from zscope.library.maps.points import SPLITS
from zscope.ui.language import N_, _
from zscope.ui.links import Point
from zscope.ui.text import plain

__all__ = ["show_neighbours"]

_SHOWN = 12
_COLUMNS = 6
_DISTANCES = {"euclidean": N_("Euclidean"), "posterior": N_("Posterior-aware")}


def show_neighbours(parts: MapParts, point: Point) -> None:
    """Show the section of the panel."""
    st.subheader(_("Nearest images"), anchor=False)
    model = parts.bundle.manifest.model
    options = list(_DISTANCES) if model.variational and model.encodes else ["euclidean"]
    distance = st.segmented_control(
        _("Distance"), options, default="euclidean", format_func=lambda distance: _(_DISTANCES[distance]),
        key=f"zscope_distance_{len(options)}", required=True, label_visibility="collapsed", persist_state="session",
        help=_("Euclidean: between means. Posterior-aware: by the overlap of the posteriors (Bhattacharyya 1943), so "
        "that a difference in an uncertain dimension counts less."),
    )  # fmt: skip
    points, config = parts.points, parts.bundle.manifest.model
    z = np.array(point.z, np.float32)
    count = min(_SHOWN, len(points.row))
    if distance == "euclidean":
        rows, distances = nearest_codes(points.z_mean, z[: config.latent_dim], count)
    else:
        mean, log_var = _posterior(parts, point, z)
        rows, distances = nearest_posteriors(points.z_mean, points.z_log_var, mean, log_var, count)
    st.image(
        png_bytes(contact_sheet(images_of(parts, rows), columns=_COLUMNS, scale=max(1, 84 // config.image_shape[1])))
    )
    names = dataset_info(parts.bundle.manifest.dataset).class_names
    words = [
        f"{_(SPLITS[points.split[row]])} #{points.row[row]}"
        + (f" “{plain(names[points.label[row]])}”" if names else "")
        + f" {far:.2f}"
        for row, far in zip(rows, distances, strict=True)
    ]
    st.caption(" · ".join(words))


def _posterior(parts: MapParts, point: Point, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the posterior of the point's image, or else the point and the log-variance of its decoded picture."""
    points, dims = parts.points, parts.bundle.manifest.model.latent_dim
    if point.image is not None:
        rows = np.flatnonzero((points.split == 0) & (points.row == point.image))
        if len(rows) and np.allclose(points.z_mean[rows[0]], z[:dims], atol=1e-3):
            return points.z_mean[rows[0]], points.z_log_var[rows[0]]
    return z[:dims], posterior_of(parts, z)[1]
