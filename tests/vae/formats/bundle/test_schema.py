"""The two JSON files: complete, strict, and the same after a round trip."""

import json

import pytest
from pydantic import ValidationError

from vae.formats.bundle.schema import Card, Figure, Manifest
from vae.models.config import ModelConfig

OPTIONAL = {"samples", "began_with", "imported", "brought", "effect_per_dimension"}  # younger than the first cards


@pytest.fixture
def card(make_content) -> Card:
    return make_content()["card"]


def test_a_card_survives_json_to_the_last_digit(card):
    exact = card.model_copy(update={"metrics": card.metrics.model_copy(update={"mse": Figure(value=0.1 + 0.2)})})
    assert Card.model_validate_json(exact.model_dump_json()) == exact


def test_a_manifest_survives_json():
    manifest = Manifest(id="a-1", title="Ä „title“ ✓", dataset="mnist", model=ModelConfig(latent_dim=2), files={})
    again = Manifest.model_validate_json(manifest.model_dump_json())
    assert again == manifest
    assert (again.format, again.version) == ("zscope-model", 1)


def test_records_cannot_be_changed(card):
    with pytest.raises(ValidationError, match="frozen"):
        card.summary = "better"


@pytest.mark.parametrize("id", ["", "-a", "A", "a_b", "a/b", "../a", "a.b", "a b", "a" * 65, "ä", "a\n"])
def test_an_id_is_a_plain_name(id):
    with pytest.raises(ValidationError, match="id"):
        Manifest(id=id, title="t", dataset="mnist", model=ModelConfig(), files={})


def test_rejects_infinite_figures_and_negative_errors():
    for settings in ({"value": float("nan")}, {"value": float("inf")}, {"value": 1.0, "standard_error": -1.0}):
        with pytest.raises(ValidationError):
            Figure(**settings)


def test_the_reference_of_every_field_is_required(card):
    whole = json.loads(card.model_dump_json())
    for part in (whole, whole["metrics"], whole["training"]):
        for key in part.keys() - OPTIONAL:
            kept = part.pop(key)
            with pytest.raises(ValidationError, match=key):
                Card.model_validate_json(json.dumps(whole))
            part[key] = kept


def test_a_card_from_before_samples_were_measured_is_read(card):
    whole = json.loads(card.model_dump_json())
    del whole["metrics"]["samples"]
    assert Card.model_validate_json(json.dumps(whole)).metrics.samples is None


def test_figures_that_a_model_lacks_are_none(card):
    figure = {"value": 0.5, "standard_error": 0.1}
    figures = dict.fromkeys(("precision", "recall", "density", "coverage"), figure)
    whole = json.loads(card.model_dump_json())
    whole["metrics"] |= dict.fromkeys(("elbo", "reconstruction", "kl", "iwae", "knn_accuracy"))
    whole["metrics"]["samples"] = figures | {"images": 10, "ceiling": figures}
    metrics = Card.model_validate_json(json.dumps(whole)).metrics
    assert (metrics.elbo, metrics.iwae, metrics.knn_accuracy) == (None, None, None)
    assert metrics.samples and metrics.samples.ceiling.density == Figure(**figure)


@pytest.mark.parametrize("missing", ["precision", "images", "ceiling"])
def test_samples_are_measured_whole_or_not_at_all(card, missing):
    figures = {name: {"value": 0.5} for name in ("precision", "recall", "density", "coverage")}
    whole = json.loads(card.model_dump_json())
    whole["metrics"]["samples"] = figures | {"images": 10, "ceiling": figures}
    del whole["metrics"]["samples"][missing]
    with pytest.raises(ValidationError, match=missing):
        Card.model_validate_json(json.dumps(whole))
