"""Searches ten class colours that remain distinct: `python -m bench.palette --seed 2`.

The smallest distance of two colours counts, in CAM02-UCS (Luo, Cui & Li 2006): for normal vision, divided by 1.45,
and for dichromats (Machado, Oliveira & Fernandes 2009, severity 100). Each colour has a contrast of at least 2.5 with
the dark page background and 1.55 with the light one. A greedy choice of the farthest colour is improved by exchanging
one at a time.
"""

import argparse

import numpy as np
from colorspacious import cspace_convert

__all__ = ["CONTRASTS", "contrasts", "distances", "to_rgb"]

DEFICIENCIES = ("deuteranomaly", "protanomaly", "tritanomaly")
BACKGROUNDS = ("#0d1117", "#fbfbf9")  # of the dark and the light theme
NORMAL = 1.45  # divides distances for normal vision
COUNT = 10
CONTRASTS = (2.5, 1.55)  # with each background, at least


def to_rgb(colors) -> np.ndarray:
    """Return "#rrggbb" as float64 `(n, 3)`, 0…1."""
    return np.array([[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] for color in colors])


def contrasts(rgb: np.ndarray) -> np.ndarray:
    """Return the contrast (WCAG 2) of colours `(n, 3)` with each background, `(n, backgrounds)`."""
    shades = _luminance(rgb)[:, None] + 0.05
    grounds = _luminance(to_rgb(BACKGROUNDS))[None] + 0.05
    return np.maximum(shades / grounds, grounds / shades)


def distances(rgb: np.ndarray) -> dict[str, np.ndarray]:
    """Return the distances of all pairs of colours `(n, 3)`, `(n, n)`, by vision: "normal" and each deficiency."""
    return {name: np.linalg.norm(seen[:, None] - seen[None], axis=-1) for name, seen in _seen(rgb).items()}


def _seen(rgb: np.ndarray) -> dict[str, np.ndarray]:
    seen = {"normal": cspace_convert(rgb, "sRGB1", "CAM02-UCS")}
    for kind in DEFICIENCIES:
        space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
        seen[kind] = cspace_convert(np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1), "sRGB1", "CAM02-UCS")
    return seen


def _luminance(rgb: np.ndarray) -> np.ndarray:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def search(seed: int, restarts: int) -> tuple[float, list[str]]:
    """Return the smallest distance and the colours of the best restart."""
    generator = np.random.default_rng(seed)
    steps = np.linspace(0, 1, 22)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    grid = grid[np.all(contrasts(grid) >= CONTRASTS, axis=1)]
    seen = np.stack(list(_seen(grid).values()))
    seen[0] /= NORMAL

    def to(index: int) -> np.ndarray:
        return np.linalg.norm(seen - seen[:, [index]], axis=-1).min(axis=0)

    best, chosen = 0.0, []
    for _ in range(restarts):
        first = int(generator.integers(len(grid)))
        rows = {first: to(first)}
        while len(rows) < COUNT:
            index = int(np.min(list(rows.values()), axis=0).argmax())
            rows[index] = to(index)
        while True:
            for index in sorted(rows, key=lambda i: min(rows[i][j] for j in rows if j != i)):
                rest = [i for i in rows if i != index]
                gaps = np.min([rows[i] for i in rest], axis=0)
                if gaps.max() > min(rows[index][i] for i in rest) + 1e-6:
                    del rows[index]
                    rows[int(gaps.argmax())] = to(int(gaps.argmax()))
                    break
            else:
                break
        smallest = min(rows[i][j] for i in rows for j in rows if i != j)
        if smallest > best:
            best, chosen = smallest, ["#" + bytes(np.round(255 * grid[i]).astype(int).tolist()).hex() for i in rows]
    return best, chosen


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Search ten class colours that remain distinct.")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--restarts", type=int, default=25)
    settings = parser.parse_args()
    smallest, colors = search(settings.seed, settings.restarts)
    print(f"{smallest:.2f}", *colors)
