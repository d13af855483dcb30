"""Paths from one code to another: straight, spherical, through the data, and geodesic.

A path is an object with `at(t)`: times float `(n,)` → codes float32 `(n, d)`. It has exactly the given codes at 0 and 1
and continues a little beyond them. `measure` has the length and speed of a path's pictures. `registered` has one object
for each kind of path.
"""

from vae.latent.paths.corners import four_corner_grid
from vae.latent.paths.curve import Curve
from vae.latent.paths.geodesic import fit_geodesic
from vae.latent.paths.graph import DataGraph, GraphPath
from vae.latent.paths.joined import JoinedPath
from vae.latent.paths.latent_path import LatentPath
from vae.latent.paths.measure import constant_speed, pixel_length, pixel_speed
from vae.latent.paths.registered import PATHS, PathKind, PathTools
from vae.latent.paths.straight import LinearPath, SlerpPath

__all__ = [
    "PATHS",
    "Curve",
    "DataGraph",
    "GraphPath",
    "JoinedPath",
    "LatentPath",
    "LinearPath",
    "PathKind",
    "PathTools",
    "SlerpPath",
    "constant_speed",
    "fit_geodesic",
    "four_corner_grid",
    "pixel_length",
    "pixel_speed",
]
