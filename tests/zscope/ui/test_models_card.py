"""Parts of a model's page: diagram, tables and charts as pure functions; untrusted text is escaped."""

import re
from dataclasses import replace

import numpy as np
import pytest

from vae.latent import profile
from vae.models.architecture import Layer, layers_of
from zscope.library.registry import list_models, open_model
from zscope.ui.models.charts import dimension_bars, progress_of
from zscope.ui.models.diagram import draw_network
from zscope.ui.models.figures import (
    describe_dimensions,
    figure_rows,
    figures_table,
    measured_on,
    record_rows,
    record_table,
)
from zscope.ui.models.pictures import samples

ENTRIES = {entry.id: entry for entry in list_models() if entry.shipped}
EVIL = "<img src=https://evil.example/p.png onerror=x>'\""


def sizes(html: str) -> dict[str, tuple[float, float]]:
    """Width and height of each box, by its layer's name."""
    boxes = re.findall(r"class='zn-box' style='width:(\d+)px;height:(\d+)px'.*?<span>(.*?)</span>", html)
    return {name: (float(width), float(height)) for width, height, name in boxes}


@pytest.mark.parametrize("id", ENTRIES)
def test_every_layer_is_drawn_with_shape_and_weights(id):
    layers = layers_of(ENTRIES[id].manifest.model)
    html = draw_network(layers)
    drawn = re.findall(r"<span>(.*?)</span><em>(.*?)</em>(?:<small>([\d,no]+) weights?</small>)?", html)
    shown = [(name, shape, weights) for name, shape, weights in drawn if weights]
    expected = [
        (
            layer.name,
            "×".join(map(str, layer.output_shape)) or "1",
            f"{layer.parameters:,}" if layer.parameters else "no",
        )
        for layer in layers
    ]
    assert shown == expected
    total = sum(layer.parameters for layer in layers if layer.part == "encoder")
    assert f"Encoder: image → code · {total:,} weights" in html


def test_boxes_are_larger_where_pictures_are():
    boxes = sizes(draw_network([layer for layer in layers_of(ENTRIES["mnist-16"].manifest.model)
                                if layer.part == "encoder"]))  # fmt: skip
    assert boxes["x"][1] > boxes["z_mean"][1]
    assert boxes["flatten"][1] > boxes["hidden"][1] > boxes["z_mean"][1]
    assert boxes["flatten"][0] < boxes["conv_1"][0], "a row of numbers is narrow"


@pytest.mark.parametrize("id", ENTRIES)
def test_the_two_heads_of_an_encoder_are_drawn_in_parallel(id):
    html = draw_network([layer for layer in layers_of(ENTRIES[id].manifest.model) if layer.part == "encoder"])
    (heads,) = re.findall(r"<div class='zn-heads'>(.*)</div></div>", html)
    assert re.findall(r"<span>(.*?)</span><em>", heads) == ["z_mean", "z_log_var"]
    assert "zn-arrow" not in heads


@pytest.mark.parametrize("shape", [(256, 256, 3), (4, 4, 512), (1, 8, 1), (65_536,), (1,), ()])
def test_any_shape_can_be_drawn(shape):
    html = draw_network([Layer("decoder", "one", "dense", shape, shape, 0)])
    width, height = sizes(html)["one"]
    assert 0 < width <= 84 and 0 < height <= 84


def test_untrusted_texts_are_escaped():
    entry = ENTRIES["mnist-2d"]
    layer = Layer("encoder", EVIL, EVIL, (2,), (2,), 1, EVIL)
    card = entry.card.model_copy(
        update={"licence": EVIL, "training": entry.card.training.model_copy(update={"device": EVIL, "backend": EVIL})}
    )
    manifest = entry.manifest.model_copy(update={"title": EVIL})
    strange = replace(entry, contents=(manifest, card))
    for html in (draw_network([layer]), record_table(strange), figures_table(strange), samples(strange, "few")):
        assert "<img src=https" not in html
        assert not re.search(r"(alt|title)='[^']*\"?>?'[^ >]", html)
    assert "evil" in record_table(strange)


def test_figures_are_the_card_s():
    entry = ENTRIES["mnist-16"]
    rows = {name: value for name, value, _ in figure_rows(entry)}
    metrics = entry.card.metrics
    assert rows["kNN accuracy"].startswith(f"{100 * metrics.knn_accuracy.value:.2f} ± ")
    assert rows["ELBO"].startswith(f"{metrics.elbo.value:.2f} ± ") and rows["ELBO"].endswith(" nats")
    assert rows["Active units"] == "16 of 16"
    assert rows["Samples: recall"] == f"{100 * metrics.samples.recall.value:.1f} %"
    record = {name: value for name, value, _ in record_rows(entry)}
    assert record["Training"] == "40 epochs, 12 min"
    assert record["Images"] == "50,000 for training, 10,000 for validation"


def test_figures_that_were_not_measured_have_no_row():
    entry = ENTRIES["mnist-2d"]
    nothing = dict.fromkeys(("elbo", "iwae", "kl", "mse", "knn_accuracy", "samples"))
    card = entry.card.model_copy(update={"metrics": entry.card.metrics.model_copy(update=nothing)})
    bare = replace(entry, contents=(entry.manifest, card))
    assert [name for name, _, _ in figure_rows(bare)] == ["Active units"]


class TestTwoTotalsOfKl:
    """The KL among the figures and the sum of the bars: one number, or an explanation why they differ."""

    @pytest.mark.parametrize("id", ENTRIES)
    def test_the_text_below_the_bars_explains_their_total(self, id):
        config, metrics = ENTRIES[id].manifest.model, ENTRIES[id].card.metrics
        words, total = describe_dimensions(config, metrics), sum(metrics.kl_per_dimension)
        assert f"{total:.2f} nats" in words
        if abs(total - metrics.kl.value) > 0.01:
            assert f"the KL of {metrics.kl.value:.2f} nats above" in words
            assert "prior, a flow" in words
        else:
            assert words.endswith(f"adds up to {metrics.kl.value:.2f} nats.")

    def test_both_kinds_ship(self):
        assert {ENTRIES[id].manifest.model.prior for id in ENTRIES} == {"normal", "realnvp"}

    def test_a_model_without_kl(self):
        config, metrics = ENTRIES["mnist-2d"].manifest.model, ENTRIES["mnist-2d"].card.metrics
        bare = metrics.model_copy(update={"kl": None, "kl_per_dimension": [0.0, 0.0]})
        assert describe_dimensions(config, bare) == (
            "2 of 2 dimensions are active. The model has no KL: a bar is the standard deviation of the codes."
        )


class TestCurves:
    def test_a_history_has_the_form_of_the_progress_of_a_run(self):
        training = ENTRIES["mnist-16"].card.training
        progress = progress_of(training)
        assert (progress.epoch, progress.epoch_count) == (40, 40)
        assert [epoch.figures["val_kl"] for epoch in progress.epochs] == training.history["val_kl"]
        assert progress.best_epoch == 1 + int(np.argmin(training.history["val_loss"]))

    @pytest.mark.parametrize("history", [{}, {"loss": [1.0]}, None])
    def test_an_incomplete_history_gives_no_curves(self, history):
        training = ENTRIES["mnist-16"].card.training
        if history is None:
            history = training.history | {"val_kl": training.history["val_kl"][:-1]}
        assert progress_of(training.model_copy(update={"history": history})) is None


class TestDimensions:
    def test_sorted_with_the_inactive_apart(self):
        rng = np.random.default_rng(0)
        codes = (rng.normal(size=(500, 4)) * [1, 0.001, 2, 0.5]).astype(np.float32)
        figure = dimension_bars(profile(codes, np.array([0.5, 0.0, 2.0, 0.25])))
        active, inactive = figure.data
        assert (list(active.x), list(active.y)) == (["z2", "z0", "z3"], [2.0, 0.5, 0.25])
        assert (active.name, list(inactive.x), inactive.name) == ("active", ["z1"], "inactive")
        assert list(figure.layout.xaxis.categoryarray) == ["z2", "z0", "z3", "z1"]

    def test_without_kl_by_spread(self):
        codes = (np.random.default_rng(0).normal(size=(500, 2)) * [1, 3]).astype(np.float32)
        (active,) = dimension_bars(profile(codes, np.zeros(2))).data
        assert list(active.x) == ["z1", "z0"] and active.y[0] == pytest.approx(3, rel=0.1)

    def test_of_a_shipped_model(self):
        bundle = open_model("mnist-2d")
        figure = dimension_bars(profile(bundle.reference.z_mean, bundle.card.metrics.kl_per_dimension))
        assert sum(sum(bar.y) for bar in figure.data) == pytest.approx(sum(bundle.card.metrics.kl_per_dimension))


def with_images(entry, images):
    manifest, card = entry.contents
    metrics = card.metrics.model_copy(update={"images": images})
    return replace(entry, contents=(manifest, card.model_copy(update={"metrics": metrics})))


def test_figures_of_few_images_say_that_they_are_uncertain():
    entry = ENTRIES["mnist-16"]
    assert measured_on(entry) == "On 10,000 test images, which were not used for training."
    assert "uncertain" not in measured_on(with_images(entry, 100))
    assert measured_on(with_images(entry, 12)) == (
        "On 12 test images, which were not used for training. :orange[These are few, so the figures are uncertain.]"
    )
    assert measured_on(with_images(entry, 0)) == "Not measured, since it has no data set."


def test_the_error_is_compared_with_that_of_pca():
    rows = {name: (value, meaning) for name, value, meaning in figure_rows(ENTRIES["mnist-16"])}
    assert rows["MSE of PCA"] == (
        "0.02686 ± 0.00010",
        "The model has 0.19 of the error of PCA with as many dimensions.",
    )


def test_the_curves_of_a_card_have_its_baseline():
    card = ENTRIES["mnist-16"].card
    assert progress_of(card.training, 0.02).pca_mse == 0.02
    history = card.training.history | {"val_mse": [0.5] * len(card.training.history["loss"])}
    told = progress_of(card.training.model_copy(update={"history": history}))
    assert {epoch.figures["val_mse"] for epoch in told.epochs} == {0.5}
    assert "val_mse" not in progress_of(card.training).epochs[0].figures
