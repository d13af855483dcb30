"""Two models side by side.

comparable       what two models have in common, or why they cannot be compared
matching         pairs of corresponding dimensions, and a linear map between the codes
neighbourhoods   images whose neighbours differ between the models
figures          both cards in one table, with differences and their errors
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
