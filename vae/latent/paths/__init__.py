"""Paths from one code to another: straight, along the sphere, through the data, and by the decoder's own measure.

Each is an object with `at(t)`: float `(n,)` → float32 `(n, d)`, with the very codes given at 0 and 1, and going on a
little way beyond them. `measure` says what a path is like on the pictures. `registered` has one object for each kind.
"""

from vae.latent.paths.corners import four_corner_grid
from vae.latent.paths.curve import Curve
from vae.latent.paths.geodesic import fit_geodesic
from vae.latent.paths.graph import DataGraph, GraphPath
from vae.latent.paths.joined import JoinedPath
from vae.latent.paths.measure import constant_speed, pixel_length, pixel_speed
from vae.latent.paths.registered import PATHS, Path, PathKind, PathTools
from vae.latent.paths.straight import LinearPath, SlerpPath

__all__ = [
    "PATHS",
    "Curve",
    "DataGraph",
    "GraphPath",
    "JoinedPath",
    "LinearPath",
    "Path",
    "PathKind",
    "PathTools",
    "SlerpPath",
    "constant_speed",
    "fit_geodesic",
    "four_corner_grid",
    "pixel_length",
    "pixel_speed",
]
