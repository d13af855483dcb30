"""Settings of a map: equal settings have the same text and the same key."""

import pytest

from vae.errors import BadRequestError
from zscope.library.maps import MapSpec, parse_spec

SPECS = [
    MapSpec(),
    MapSpec(method="tsne", images="all", perplexity=12.5, seed=7),
    MapSpec(method="umap", neighbours=40, min_dist=0.25),
    MapSpec(method="pca", axes=(2, 0)),
    MapSpec(method="raw", axes=(3, 1), images="all"),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.text())
def test_what_is_written_is_read(spec):
    assert parse_spec(spec.text()) == spec


def test_another_map_has_another_text_and_key():
    assert len({spec.text() for spec in SPECS}) == len({spec.key("codes") for spec in SPECS}) == len(SPECS)
    assert MapSpec().key("codes") != MapSpec().key("others")


def test_texts_and_keys_are_those_of_the_versions_before():
    written = {
        "method=tsne&images=test&perplexity=30.0&seed=0": "tsne-fd8c50e523b3b9d899f8",
        "method=tsne&images=all&perplexity=12.5&seed=7": "tsne-da3e30c8828e72cf1305",
        "method=umap&images=test&neighbours=40&min_dist=0.25&seed=0": "umap-20536930c8b1a363fce6",
        "method=pca&images=test&axes=2,0": "pca-a6cf84ec0353ab5e6b23",
        "method=raw&images=all&axes=3,1": "raw-735d9dd70bf6816f125a",
        "method=along&images=test&direction=four-to-nine-0123abcd": "along-84cbf10cc7ff5eaefaae",
    }
    for text, key in written.items():
        assert parse_spec(text).text() == text
        assert parse_spec(text).key("codes") == key


def test_a_setting_that_the_method_does_not_have_is_refused():
    for change in ({"perplexity": 50.0}, {"neighbours": 5}, {"seed": 3}):
        with pytest.raises(BadRequestError, match="A map by PCA has no setting") as refusal:
            MapSpec(method="pca", **change)
        assert refusal.value.hint == "It has axes, components."


@pytest.mark.parametrize(
    ("setting", "least", "most", "step"),
    [
        ("method=tsne&perplexity", 2, 500, 0.5),
        ("method=tsne&seed", 0, 2**31 - 1, 1),
        ("method=umap&neighbours", 2, 500, 1),
        ("method=umap&min_dist", 0, 1, 0.01),
    ],
)
def test_each_number_has_bounds(setting, least, most, step):
    for value in (least, most):
        assert parse_spec(f"{setting}={value}")
    for value in (least - step, most + step):
        with pytest.raises(BadRequestError):
            parse_spec(f"{setting}={value}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tsne",
        "method=isomap",
        "method=tsne&perplexity=nan",
        "method=tsne&perplexity=1",
        "method=tsne&seed=-1",
        "method=pca&axes=1",
        "method=pca&axes=1,1",
        "method=pca&axes=a,b",
        "method=pca&axes=0,-1",
        "method=raw&axes=0,1,2",
        "method=umap&neighbours=3.5",
        "method=umap&min_dist=2",
        "colour=red",
        "method=tsne&colour=red",
        "method=tsne&self=1",
        "method=tsne&settings=1",
        "method=pca&images=none",
        "method=along",
        "method=along&direction=A%20B",
        "method=tsne&method",
        "a=1&" * 20,
    ],
)
def test_nonsense_is_refused_with_a_reason(text):
    with pytest.raises(BadRequestError):
        parse_spec(text)


def test_three_components_are_another_map_and_two_are_not_written():
    for method in ("pca", "umap"):
        flat, deep = MapSpec(method=method), MapSpec(method=method, components=3)
        assert (flat.components, deep.components) == (2, 3)
        assert "components" not in flat.text() and deep.text().endswith("&components=3")
        assert parse_spec(deep.text()) == deep and parse_spec(f"{flat.text()}&components=2") == flat
        assert flat.key("codes") != deep.key("codes")
        assert deep.flat() == flat and flat.flat() == flat
    assert MapSpec().components == 2
    with pytest.raises(BadRequestError, match=r"no setting 'components'"):
        MapSpec(method="tsne", components=3)
    for components in (1, 4, True, 2.5):
        with pytest.raises(BadRequestError, match="from 2 to 3"):
            MapSpec(method="pca", components=components)


def test_a_model_needs_as_many_dimensions_as_the_map_has_components():
    deep = MapSpec(method="pca", components=3)
    deep.check_dims(3, "m")
    with pytest.raises(BadRequestError, match="m has 2 latent dimensions, but the map shows 3"):
        deep.check_dims(2, "m")
