"""The stand-alone page: its pictures are those of the model, it is one file, and untrusted text is escaped."""

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.vae.formats.exporting.node_decoding import decode_in_node
from vae.errors import BadRequestError
from vae.formats.bundle import load_bundle, save_bundle
from vae.formats.bundle.schema import ImportRecord
from vae.formats.exporting.demo import demo_page, largest_difference
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.build_graph import build_graph
from vae.models.networks.graph import Graph

SHIPPED = sorted(path.parent.name for path in Path("assets/models").glob("*/model.json"))
COLORS = ["#ff0000", "#00ff00"]
TINY = {"image_shape": (8, 8, 1), "latent_dim": 3, "widths": (4, 6), "dense_units": 10}
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">{{script}}'


class Page(HTMLParser):
    """The page as an HTML parser reads it."""

    def __init__(self, page: bytes):
        super().__init__()
        self.tags, self.texts, self.policy, self._open = [], {}, "", []
        self.feed(page.decode())
        self.payload = json.loads(self.texts["script"][0])

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]
        if tag not in ("meta", "link"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        while self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def count(self, name: str) -> int:
        return sum(tag == name for tag, _ in self.tags)


@pytest.fixture
def make_bundle(tmp_path, make_content):
    """A bundle of random weights: settings that differ from `TINY`, and changes to what `save_bundle` is given."""

    def make(changes=lambda content: {}, **settings):
        content = make_content(ModelConfig(**TINY | settings))
        return load_bundle(save_bundle(tmp_path / "tiny", **content | changes(content)))

    return make


def pictures_of(page: Page, codes: np.ndarray) -> np.ndarray:
    case = {name: page.payload[name] for name in ("graph", "weights", "mean")} | {"inputs": codes}
    return decode_in_node([case])[0]


def as_float16(text: str, columns: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32).reshape(-1, columns)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_models_pictures_within_a_grey_level(name):
    bundle = load_bundle(f"assets/models/{name}")
    document = demo_page(bundle, COLORS)
    assert len(document) < 2_500_000
    page = Page(document)
    assert page.payload["weights"]["type"] == "float16"
    codes = bundle.reference.z_mean[::200]
    expected = Codec(bundle.vae).decode(codes)
    assert expected.max() > 0.9
    np.testing.assert_allclose(pictures_of(page, codes), expected.reshape(len(codes), -1), atol=1 / 255)


@pytest.mark.parametrize(
    "settings",
    [
        {"classes": 10},
        {"network": "residual", "widths": (6, 4)},
        {"network": "dense", "likelihood": "continuous-bernoulli", "image_shape": (8, 8, 3)},
        {"latent_dim": 1, "variational": False},
        {"likelihood": "laplace", "activation": "gelu"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_pictures_of_every_kind_of_model(make_bundle, settings):
    def vivid(content):
        kernel = content["weights"]["decoder/logits/kernel"]
        return {"weights": content["weights"] | {"decoder/logits/kernel": 5 * kernel}}

    bundle = make_bundle(vivid, **settings)
    page = Page(demo_page(bundle, COLORS))
    codes = np.random.default_rng(0).normal(size=(9, bundle.manifest.model.code_dim)).astype(np.float32)
    expected = Codec(bundle.vae).decode(codes)
    assert np.ptp(expected) > 0.3
    np.testing.assert_allclose(pictures_of(page, codes), expected.reshape(9, -1), atol=1.01 / 255)


def test_weights_too_fine_for_half_precision_stay_as_they_are(make_bundle):
    def large(content):
        return {"weights": {name: array * np.float32(8) for name, array in content["weights"].items()}}

    bundle = make_bundle(large)
    assert largest_difference(bundle) > 1 / 255
    page = Page(demo_page(bundle, COLORS))
    assert page.payload["weights"]["type"] == "float32"
    codes = bundle.reference.z_mean[:20]
    np.testing.assert_allclose(pictures_of(page, codes), Codec(bundle.vae).decode(codes).reshape(20, -1), atol=1e-3)


def test_weights_beyond_half_precision_are_seen(make_bundle):
    def huge(content):
        weights = dict(content["weights"])
        weights["decoder/logits/bias"] = np.full_like(weights["decoder/logits/bias"], 1e5)
        return {"weights": weights}

    assert largest_difference(make_bundle(huge)) == float("inf")


def test_the_codes_are_a_sample_of_the_reference(make_bundle):
    bundle = load_bundle("assets/models/mnist-16")
    page = Page(demo_page(bundle, COLORS))
    told = page.payload["reference"]
    codes = as_float16(told["codes"], 16)
    labels = np.frombuffer(base64.b64decode(told["labels"]), "<u2")
    assert (told["rows"], told["total"], len(codes), len(labels)) == (5000, 10_000, 5000, 5000)
    known = {code.tobytes(): label for code, label in zip(
        bundle.reference.z_mean.astype(np.float16), bundle.reference.labels, strict=True)}  # fmt: skip
    assert all(known[code.astype(np.float16).tobytes()] == label for code, label in zip(codes, labels, strict=True))

    def many(content):
        reference = content["reference"]
        fields = {name: np.repeat(array, 5, axis=0) for name, array in vars(reference).items()}
        return {"reference": dataclasses.replace(reference, **fields)}

    wide = Page(demo_page(make_bundle(many, latent_dim=512), COLORS)).payload["reference"]
    assert 512 * wide["rows"] <= 500_000 < 512 * (wide["rows"] + 1) < 512 * wide["total"]


def test_the_payload_has_the_data_of_sliders_and_plane():
    bundle = load_bundle("assets/models/mnist-16")
    told = Page(demo_page(bundle, COLORS)).payload
    kl = [dimension["kl"] for dimension in told["dimensions"]]
    assert kl == sorted(kl, reverse=True) and len(kl) == 16
    z = bundle.reference.z_mean
    for dimension in told["dimensions"]:
        assert dimension["low"] < np.median(z[:, dimension["index"]]) < dimension["high"]
        assert max(dimension["histogram"]) == 1
    axes, places = np.array(told["pca"]["axes"]), (z - told["pca"]["origin"]) @ np.transpose(told["pca"]["axes"])
    np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-4)
    assert abs(np.corrcoef(places.T)[0, 1]) < 1e-3
    assert told["model"]["classes"] == list("0123456789") and told["colors"] == COLORS
    assert Page(demo_page(load_bundle("assets/models/mnist-2d"), COLORS)).payload["pca"] is None


def test_random_codes_are_samples_of_the_models_prior(make_bundle):
    told = Page(demo_page(load_bundle("assets/models/mnist-16"), COLORS)).payload
    draws = as_float16(told["draws"], 16)
    spread = load_bundle("assets/models/mnist-16").reference.z_mean.std(axis=0)
    assert len(draws) == 512 and told["model"]["prior"] == "realnvp"
    assert np.all(draws.std(axis=0) > 0.6 * spread), "as wide as the codes, which N(0, 1) is not"
    assert spread.mean() > 2
    for settings, prior in (({}, "normal"), ({"variational": False}, None)):
        told = Page(demo_page(make_bundle(**settings), COLORS)).payload
        assert (told["draws"], told["model"]["prior"]) == (None, prior)


def test_collapsed_codes_and_data_that_are_not_here(make_bundle):
    def collapsed(content):
        reference = content["reference"]
        return {"reference": dataclasses.replace(reference, z_mean=np.zeros_like(reference.z_mean))}

    bundle = make_bundle(collapsed)
    assert Page(demo_page(bundle, COLORS)).payload["pca"] is None
    elsewhere = dataclasses.replace(bundle, manifest=bundle.manifest.model_copy(update={"dataset": "not-here"}))
    assert Page(demo_page(elsewhere, COLORS)).payload["model"]["classes"] == [f"class {i}" for i in range(10)]


def test_hostile_text_is_escaped(make_bundle):
    bundle = make_bundle()
    hostile = dataclasses.replace(
        bundle,
        manifest=bundle.manifest.model_copy(update={"title": HOSTILE}),
        card=bundle.card.model_copy(update={"summary": HOSTILE, "licence": HOSTILE}),
    )
    harmless, page = Page(demo_page(bundle, COLORS)), Page(demo_page(hostile, ["</script>"]))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert page.count("script") == 2 and page.count("img") == 0
    assert page.texts["script"][1] == harmless.texts["script"][1], "the script is the same, whatever is said"
    assert page.texts["title"] == [HOSTILE] and page.texts["h1"] == [HOSTILE]
    card = page.payload["card"]
    assert (card["title"], card["summary"], card["licence"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert "title = {" + HOSTILE.replace("{{script}}", "script") + "}" in card["cite"]


def test_the_page_is_whole_and_its_policy_allows_nothing_else(make_bundle):
    page = Page(demo_page(make_bundle(), COLORS))
    linked = [attributes for _, attributes in page.tags if {"src", "href"} & attributes.keys()]
    assert [attributes["href"][:22] for attributes in linked] == ["data:image/png;base64,"]
    script, style = page.texts["script"][1], page.texts["style"][0]
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|Worker|eval|import)\(", re.sub(r"/\*.*?\*/", "", script, flags=re.S)
    )
    assert "url(" not in style and "@import" not in style

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert page.policy.split("; ") == [
        "default-src 'none'", f"script-src {hashed(script)}", f"style-src {hashed(style)}", "img-src data:",
    ]  # fmt: skip


def test_how_to_cite(make_bundle):
    bundle = make_bundle()
    lines = Page(demo_page(bundle, COLORS)).payload["card"]["cite"].splitlines()
    assert lines[0] == "@misc{tiny," and lines[-1] == "}"
    assert lines[1:3] == ["  title = {Tiny, of random weights},", "  year = {2026},"]
    assert bundle.manifest.networks_hash in lines[3] and "Trained with Zscope, 2026-01-01" in lines[3]


def imported(bundle, decoder, weights: dict):
    """Return the bundle as an imported decoder without an encoder."""
    model = ImportedConfig(image_shape=(8, 8, 1), latent_dim=3, variational=True, encoder=None, decoder=decoder)
    record = ImportRecord(files=[], framework="Keras", readings=[], finished="2025-05-05T00:00:00+00:00")
    metrics = bundle.card.metrics.model_copy(update={"effect_per_dimension": [0.1, 0.3, 0.2]})
    return dataclasses.replace(
        bundle,
        manifest=bundle.manifest.model_copy(update={"model": model}),
        card=bundle.card.model_copy(update={"training": None, "imported": record, "metrics": metrics}),
        weights=weights,
    )


def test_an_imported_decoder(make_bundle):
    layers = (
        {"name": "wide", "kind": "Dense", "inputs": ("input",), "units": 32, "activation": "gelu"},
        {"name": "small", "kind": "Reshape", "inputs": ("wide",), "target_shape": (4, 4, 2)},
        {"name": "norm", "kind": "BatchNormalization", "inputs": ("small",)},
        {"name": "large", "kind": "UpSampling2D", "inputs": ("norm",)},
        {"name": "image", "kind": "Conv2D", "inputs": ("large",), "filters": 1, "kernel_size": (3, 3),
         "padding": "same", "activation": "sigmoid"},
    )  # fmt: skip
    graph = Graph.model_validate({"input_shape": (3,), "layers": layers, "outputs": ("image",)})
    rng = np.random.default_rng(0)
    weights = {f"decoder/{name}": rng.uniform(0.1, 1, shape).astype(np.float32) - 0.3 * ("kernel" in name)
               for name, shape in graph.weight_shapes().items()}  # fmt: skip
    page = Page(demo_page(imported(make_bundle(), graph, weights), COLORS))
    assert page.payload["mean"] == "none" and "Imported into Zscope, 2025-05-05" in page.payload["card"]["cite"]
    assert page.payload["model"]["encodes"] is False
    assert [(dimension["index"], dimension["effect"]) for dimension in page.payload["dimensions"]] == [
        (1, 0.3), (2, 0.2), (0, 0.1),
    ]  # fmt: skip
    network = build_graph(graph, "decoder")
    for layer in network.layers:
        for weight in layer.weights:
            weight.assign(weights[f"decoder/{layer.name}/{weight.name}"])
    codes = rng.normal(size=(9, 3)).astype(np.float32)
    expected = np.asarray(network(codes))
    assert np.ptp(expected) > 0.3
    np.testing.assert_allclose(pictures_of(page, codes), expected.reshape(9, -1), atol=1 / 255)


def test_an_onnx_decoder_is_refused(make_bundle):
    part = OnnxPart(input_shape=(3,), output_shapes=((8, 8, 1),), parameters=9)
    with pytest.raises(BadRequestError, match="ONNX"):
        demo_page(imported(make_bundle(), part, {}), COLORS)


def test_the_page_is_the_same_every_time(make_bundle):
    bundle = make_bundle()
    assert demo_page(bundle, COLORS) == demo_page(bundle, COLORS)
