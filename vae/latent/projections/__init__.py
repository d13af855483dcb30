"""Projections: codes on a map of two dimensions, and positions of the map back to codes.

`linear` is exact both ways. t-SNE and UMAP (`tsne`, `umap`) only say where the codes lie that they were fitted to;
`neighbour_map` places any other code among these, and inverts. Both are imported by name, their libraries when a map is
fitted: importing this package loads neither. `registered` has one object for each projection.
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
