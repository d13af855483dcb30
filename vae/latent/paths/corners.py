"""Between four codes: a sheet of a latent space."""

import numpy as np

from vae.errors import BadRequestError
from vae.latent.checks import check_codes
from vae.latent.paths.straight import LinearPath, SlerpPath

__all__ = ["four_corner_grid"]


def four_corner_grid(corners: np.ndarray, rows: int, columns: int, spherical: bool = False) -> np.ndarray:
    """Codes between four corners, float32 `(rows, columns, d)`, the corners exact to the bit.

    Bilinear, or its analogue on the sphere (White 2016, section 2, "J-diagrams"): slerp along the upper and the lower
    edge, then slerp from the one to the other.

    Args:
        corners: float `(4, d)`: above left, above right, below left, below right.
        rows, columns: 2 or more.
        spherical: slerp in place of straight lines.

    Raises:
        BadRequestError: other shapes, or not finite.
    """
    corners = check_codes(corners, "The corners")
    if len(corners) != 4 or rows < 2 or columns < 2:
        raise BadRequestError(
            f"{len(corners)} corners for {rows} × {columns} codes.",
            "Give four corners, and two rows and columns at least.",
        )
    path = SlerpPath if spherical else LinearPath
    across = np.linspace(0, 1, columns)
    above, below = path(corners[0], corners[1]).at(across), path(corners[2], corners[3]).at(across)
    down = np.linspace(0, 1, rows)
    return np.stack([path(top, bottom).at(down) for top, bottom in zip(above, below, strict=True)], axis=1)
