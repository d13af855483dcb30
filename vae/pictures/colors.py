"""Class colours; all other colours come from `.streamlit/config.toml`."""

__all__ = ["CLASS_COLORS"]

# Found by `python -m bench.palette --seed 10`: the smallest distance of two colours in CAM02-UCS is 18.4 for dichromats
# and 26.9 for normal vision. Petroff's ten colours (arXiv:2107.02270) have 14.5 and 18.7.
CLASS_COLORS = (
    "#24c2ff", "#ff9e00", "#ff4961", "#008600", "#860061",
    "#b6b6b6", "#866dff", "#1824ce", "#494924", "#aa6d9e",
)  # fmt: skip
