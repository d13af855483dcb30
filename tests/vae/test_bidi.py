"""Control characters of the writing direction are removed from all names and notes."""

import json
import unicodedata

import numpy as np
import pytest

from tests.small_model import save_small
from vae.bidi import without_direction
from vae.data.user_data_schema import UserRecord
from vae.formats.bundle.schema import Card, Manifest
from vae.latent.directions import attribute_direction
from vae.models.config import ModelConfig, TrainConfig
from zscope.jobs.runs.folder import new_request
from zscope.library import read_note, rename, write_note
from zscope.library.maps.directions import keep_direction, kept_directions, kept_of
from zscope.library.notes import note_file
from zscope.library.registry import SHIPPED, find_model

SIGNS = [chr(code) for code in range(0x3000) if unicodedata.bidirectional(chr(code)) in
         ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")] + ["\u200e", "\u200f", "\u061c"]  # fmt: skip
TURNED = f"my{''.join(SIGNS)}model"
HEBREW = "שלום, 12 ספרות"


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ZSCOPE_DIRECTIONS", str(tmp_path / "directions"))
    save_small(tmp_path / "models", "mine")
    return tmp_path / "models"


def test_all_control_characters_are_removed_and_nothing_else():
    assert len(SIGNS) == 12
    assert without_direction(TURNED) == "mymodel"
    family = "👩\u200d👧"  # joined by a character without direction
    assert without_direction(HEBREW + family) == HEBREW + family


def test_a_bundle_from_another_source(models):
    for name, key in (("model.json", "title"), ("card.json", "summary")):
        path = models / "mine" / name
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: TURNED}))
    manifest = Manifest.model_validate_json((models / "mine" / "model.json").read_bytes())
    card = Card.model_validate_json((models / "mine" / "card.json").read_bytes())
    assert (manifest.title, card.summary) == ("mymodel", "mymodel")
    path = models / "mine" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"title": "\u202e"}))
    assert find_model("mine").title == "mine", "an empty title is replaced by the id"


def test_a_title_and_a_note(models):
    assert rename("mine", TURNED) == "mymodel"
    assert write_note("mine", f"{TURNED}\n{HEBREW}") == f"mymodel\n{HEBREW}"
    note = note_file("mine")
    assert note
    note.write_text(TURNED)  # written by another program
    assert read_note("mine") == "mymodel"


def test_a_direction(models):
    manifest = find_model("mine").manifest
    codes = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    direction = attribute_direction(codes, np.arange(50), np.arange(50, 100), None)
    keep_direction(manifest, kept_of(direction, codes, TURNED, TURNED, "b\u202e"))
    (kept,) = kept_directions(manifest)
    assert (kept.title, kept.a, kept.b) == ("mymodel", "mymodel", "b")


def test_a_run_and_the_command_that_repeats_it(models):
    for title, expected in ((TURNED, "mymodel"), ("\u202e", "new")):
        request = new_request("new", title, ModelConfig(), TrainConfig())
        assert request.title == expected
        assert without_direction(request.command) == request.command


def test_class_names_and_title_of_a_data_set_from_another_source():
    part = {"rows": 1} | {name: {"bytes": 1, "sha256": "0" * 64} for name in ("images", "labels")}
    settings = {
        "id": "set", "title": TURNED, "source": TURNED, "created": "", "image_shape": (8, 8, 1), "seed": 0,
        "class_names": [TURNED, "b\u2066"], "train": part, "validation": part, "test": part, "found": 3, "refused": [],
        "notes": [TURNED],
    }  # fmt: skip
    record = UserRecord.model_validate(settings)
    assert [record.title, record.source, *record.notes] == ["mymodel"] * 3
    assert record.class_names == ["mymodel", "b"]


def test_bundled_models_have_none():
    for path in SHIPPED.glob("*/*.json"):
        text = path.read_text()
        assert without_direction(text) == text
