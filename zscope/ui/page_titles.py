"""The names of the pages, by the names of their files."""

from zscope.ui.language import N_

__all__ = ["PAGE_TITLES"]

PAGE_TITLES = {
    "explore": N_("Explore"),
    "map": N_("Map"),
    "interpolate": N_("Interpolate"),
    "reconstruct": N_("Reconstruct"),
    "compare": N_("Compare"),
    "train": N_("Train"),
    "models": N_("Models"),
    "learn": N_("Learn"),
    "talks": N_("Talks"),
}
