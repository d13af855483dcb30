"""Class colours; all other colours come from `.streamlit/config.toml`."""

__all__ = ["CLASS_COLORS"]

# Ten colours that remain distinct under common colour vision deficiencies and in grey.
# Source: M. A. Petroff, "Accessible Color Sequences for Data Visualization", arXiv:2107.02270 (2021), ten-colour set.
CLASS_COLORS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
