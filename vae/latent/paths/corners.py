"""Interpolates between four codes on a grid."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.paths.straight import LinearPath, SlerpPath
from vae.message import message

__all__ = ["four_corner_grid"]


def four_corner_grid(corners: np.ndarray, rows: int, columns: int, spherical: bool = False) -> np.ndarray:
    """Interpolate between four corners; return float32 `(rows, columns, d)` with exactly the given corners.

    The interpolation is bilinear, or its spherical analogue (White 2016, section 2, "J-diagrams"): slerp along the two
    horizontal edges, then slerp from the upper to the lower one.

    Args:
        corners: float `(4, d)`: upper left, upper right, lower left, lower right.
        rows, columns: 2 or more.
        spherical: slerp instead of linear interpolation.

    Raises:
        BadRequestError: wrong shapes, or not finite.
    """
    corners = check_codes(corners, "The corners")
    if len(corners) != 4 or rows < 2 or columns < 2:
        raise BadRequestError(
            message(
                "Can't interpolate between {n} corners in {rows} rows and {columns} columns.",
                n=len(corners),
                rows=rows,
                columns=columns,
            ),
            "Use four corners, and at least two rows and two columns.",
        )
    path = SlerpPath if spherical else LinearPath
    across = np.linspace(0, 1, columns)
    upper, lower = path(corners[0], corners[1]).at(across), path(corners[2], corners[3]).at(across)
    down = np.linspace(0, 1, rows)
    return np.stack([path(top, bottom).at(down) for top, bottom in zip(upper, lower, strict=True)], axis=1)
