"""Two models side by side.

comparable       what two models can be compared by, or why they cannot
matching         which dimension of the one goes with which of the other, and how it follows
neighbourhoods   which images have other neighbours in the one than in the other
figures          both cards in one table, with the differences and their errors
"""

from vae.evaluation.comparison.comparable import Common, check_encodes, what_is_common
from vae.evaluation.comparison.figures import FigureLine, compare_figures, paired_difference
from vae.evaluation.comparison.matching import LinearFollowing, Matching, follow_linearly, match_dimensions
from vae.evaluation.comparison.neighbourhoods import NEIGHBOURS, NeighbourhoodChange, neighbourhood_change

__all__ = [
    "NEIGHBOURS",
    "Common",
    "FigureLine",
    "LinearFollowing",
    "Matching",
    "NeighbourhoodChange",
    "check_encodes",
    "compare_figures",
    "follow_linearly",
    "match_dimensions",
    "neighbourhood_change",
    "paired_difference",
    "what_is_common",
]
