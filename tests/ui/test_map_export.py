"""The map as a page of its own."""

import re

import pytest

from ui.map.export import map_page
from vae.maps import MapSpec
from vae.maps.making import find_map


@pytest.mark.parametrize("model", ["mnist-16", "fashion-16"])
def test_the_page_needs_nothing_else_and_has_every_point(model):
    parts = find_map(model, MapSpec())
    page = map_page(parts)
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page), "nothing is fetched"
    assert "plotly.js v" in page and "scattergl" in page
    assert "10,000 of 10,000 images" in page
    assert len(re.findall(r"test #\d+", page)) == 10_000
    for name in ("9",) if model == "mnist-16" else ("Ankle boot", "T-shirt"):
        assert name in page
