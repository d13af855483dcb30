"""The map as a page of its own."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae.pictures.colors import class_symbol
from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map
from zscope.ui.map import export as map_export
from zscope.ui.map.export import map_page
from zscope.ui.map.selection import _class_mix
from zscope.ui.text import plotly_text

ROOT = Path(__file__).resolve().parents[3]


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


def test_classes_have_shapes_if_the_map_has():
    parts = find_map("mnist-16", MapSpec())
    symbols = re.compile(r'"symbol":"([a-z-]+)"')
    assert set(symbols.findall(map_page(parts))) == {"circle"}
    drawn = symbols.findall(map_page(parts, shapes=True))
    assert len(drawn) == len(set(drawn)) == 10


def test_a_map_of_three_components_is_exported_in_three():
    page = map_page(find_map("mnist-16", MapSpec(method="pca", components=3)), shapes=True)
    data = page.rpartition("Plotly.newPlot(")[2].partition('"template"')[0]
    assert data.count('"type":"scatter3d"') == 10 and "scattergl" not in data
    assert set(re.findall(r'"symbol":"([a-z-]+)"', data)) == {class_symbol(label, 3) for label in range(10)}


def test_shapes_are_those_of_the_page():
    script = (ROOT / "assets/js/core/shapes.js").read_text(encoding="utf-8")
    listed = re.findall(r'flat: "([a-z-]+)", solid: "([a-z-]+)"', script)
    assert [(class_symbol(label), class_symbol(label, 3)) for label in range(10)] == listed
    assert class_symbol(10) == listed[1][0], "the eleventh class has the first colour, and another shape"


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
