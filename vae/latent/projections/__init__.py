"""Projections of codes to a map of two or three dimensions, and of map positions back to codes.

`linear` is exact in both directions. t-SNE and UMAP (`tsne`, `umap`) give positions for the codes that they were fitted
to; `neighbour_map` places other codes among these and inverts positions. The libraries of t-SNE and UMAP are imported
when a map is fitted. `registered` has one object for each projection.
"""

from vae.latent.projections.linear import LinearMap, dimension_map, direction_map, pca_map
from vae.latent.projections.neighbour_map import NeighbourMap
from vae.latent.projections.projection import FittedProjection, LinearProjection, Projection
from vae.latent.projections.registered import PROJECTIONS, projections_for

__all__ = [
    "PROJECTIONS",
    "FittedProjection",
    "LinearMap",
    "LinearProjection",
    "NeighbourMap",
    "Projection",
    "dimension_map",
    "direction_map",
    "pca_map",
    "projections_for",
]
