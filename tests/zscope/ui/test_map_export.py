"""The map as a page of its own."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map
from zscope.ui.map import export as map_export
from zscope.ui.map.export import map_page
from zscope.ui.map.selection import _class_mix
from zscope.ui.text import plotly_text


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


def test_class_names_are_text_in_every_figure(monkeypatch):
    evil = ("<b>bold</b>", "<a href='https://evil.example'>x</a>", *map(str, range(8)))
    info = map_export.dataset_info
    monkeypatch.setattr(map_export, "dataset_info", lambda name: replace(info(name), class_names=evil))
    page = map_page(find_map("mnist-16", MapSpec()))
    names = [json.loads(f'"{text}"') for text in re.findall(r'"name":"((?:[^"\\]|\\.)*)"', page)]
    assert {plotly_text(name) for name in evil} <= set(names)
    assert not set(evil[:2]) & set(names)
    (bars,) = _class_mix(np.array([0, 0, 1]), evil).data
    assert list(bars.y) == [plotly_text(evil[1]), plotly_text(evil[0])]
