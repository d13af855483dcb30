"""The class colours remain distinct to all eyes, and visible on both backgrounds."""

import numpy as np

from bench.palette import CONTRASTS, contrasts, distances, to_rgb
from vae.pictures.colors import CLASS_COLORS


def test_each_pair_of_class_colors_is_distinct_to_all_eyes():
    by_eye = distances(to_rgb(CLASS_COLORS))
    assert set(by_eye) == {"normal", "deuteranomaly", "protanomaly", "tritanomaly"}
    for eye, between in by_eye.items():
        smallest = between[~np.eye(len(CLASS_COLORS), dtype=bool)].min()
        assert smallest >= (27 if eye == "normal" else 19), (eye, smallest)


def test_distances_and_contrasts_are_those_of_the_standards():
    black_and_white = to_rgb(["#000000", "#ffffff"])
    assert distances(black_and_white)["normal"][0, 1] > 99  # CAM02-UCS has white at J' of 100
    # A red and a green that a deuteranope can hardly tell apart (Machado et al. 2009).
    between = distances(to_rgb(["#d7301f", "#7a8b00"]))
    assert between["deuteranomaly"][0, 1] < 3 < 40 < between["normal"][0, 1]
    # WCAG 2: black and white have 21, and each of our backgrounds is close to one of them.
    assert np.all((contrasts(black_and_white) > 18) == [[False, True], [True, False]])


def test_each_class_color_is_visible_on_both_backgrounds():
    assert np.all(contrasts(to_rgb(CLASS_COLORS)) >= CONTRASTS)
