"""The two JSON files: complete, strict, and the same after a round trip."""

import json

import pytest
from pydantic import ValidationError

from vae.bundle.schema import Card, Figure, Manifest
from vae.config import ModelConfig


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


def test_no_figure_is_infinite_and_no_error_negative():
    for settings in ({"value": float("nan")}, {"value": float("inf")}, {"value": 1.0, "standard_error": -1.0}):
        with pytest.raises(ValidationError):
            Figure(**settings)


def test_the_reference_of_every_field_is_required(card):
    whole = json.loads(card.model_dump_json())
    for part in (whole, whole["metrics"], whole["training"]):
        for key in list(part):
            kept = part.pop(key)
            with pytest.raises(ValidationError, match=key):
                Card.model_validate_json(json.dumps(whole))
            part[key] = kept
