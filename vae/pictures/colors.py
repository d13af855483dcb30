"""Class colours; all other colours come from `.streamlit/config.toml`."""

__all__ = ["CLASS_COLORS"]

# Found by `python -m bench.palette --seed 2`: the smallest distance of two colours in CAM02-UCS is 19.4 for dichromats
# and 27.8 for normal vision. Petroff's ten colours (arXiv:2107.02270) have 14.5 and 18.7.
CLASS_COLORS = (
    "#55dbff", "#e76d18", "#007961", "#8692ff", "#9e0086",
    "#ffc200", "#615500", "#6d00ff", "#aa869e", "#c2ceb6",
)  # fmt: skip
