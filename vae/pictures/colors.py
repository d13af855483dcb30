"""Class colours and shapes; all other colours come from `.streamlit/config.toml`."""

__all__ = ["CLASS_COLORS", "class_symbol"]

# Found by `python -m bench.palette --seed 2`: the smallest distance of two colours in CAM02-UCS is 19.4 for dichromats
# and 27.8 for normal vision. Petroff's ten colours (arXiv:2107.02270) have 14.5 and 18.7.
CLASS_COLORS = (
    "#55dbff", "#e76d18", "#007961", "#8692ff", "#9e0086",
    "#ffc200", "#615500", "#6d00ff", "#aa869e", "#c2ceb6",
)  # fmt: skip

# Plotly's names, in the order of `assets/js/core/shapes.js`: a plot of three dimensions has eight shapes.
_FLAT = (
    "circle", "square", "triangle-up", "diamond", "cross", "x", "triangle-down", "star", "hourglass", "bowtie",
)  # fmt: skip
_SOLID = (
    "circle", "square", "diamond-open", "diamond", "cross", "x", "square-open", "circle-open", "circle", "square",
)  # fmt: skip


def class_symbol(label: int, components: int = 2) -> str:
    """Return the symbol of a class in Plotly's plots of two or three dimensions.

    It moves on by one whenever the colours begin again, so that 100 classes differ in the pair of colour and shape.
    """
    symbols = _FLAT if components == 2 else _SOLID
    return symbols[(label + label // len(CLASS_COLORS)) % len(symbols)]
