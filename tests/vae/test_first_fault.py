"""What pydantic found wrong, in plain words: of every kind of fault that our schemas have, and without class names."""

import json
import re
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from vae.formats.bundle import Card, Manifest
from vae.models.config import ModelConfig, TrainConfig
from vae.pictures.movie import MovieSettings
from vae.pictures.preparation import Settings
from vae.validation import first_fault

WORDING = re.compile(r"pydantic|Input should|validation error|Value error|[Ee]xtra inputs|Field required")
CLASS_NAME = re.compile(r"\b_?[A-Z]\w+[A-Z]\w+\b")


class _Circle(BaseModel):
    kind: Literal["circle"]
    radius: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Square(BaseModel):
    kind: Literal["square"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=5, pattern="^[a-z]*$")] = "a"
    count: Annotated[int, Field(ge=1, lt=10)] = 1
    shape: tuple[int, int] = (1, 1)
    parts: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    flag: bool = False
    method: Literal["pca", "tsne", "umap"] = "pca"
    version: Literal[1] = 1
    figure: Annotated[_Circle | _Square | None, Field(discriminator="kind")] = None
    table: dict[str, int] = {}

    @model_validator(mode="after")
    def _fits(self):
        if self.count == 9:
            raise ValueError("nine is too many: use eight")
        return self


def fault_of(kind: type, text: str | bytes, whole: str = "") -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_json(text)
    return first_fault(caught.value, whole)


@pytest.mark.parametrize(
    ("given", "clause"),
    [
        ({"method": "isomap"}, "method must be one of 'pca', 'tsne' or 'umap', not 'isomap'"),
        ({"version": 2}, "version must be 1, not 2"),
        ({"surprise": 1}, "surprise is not a known field"),
        ({"name": 3}, "name must be text, not 3"),
        ({"name": ""}, "name must have 1 or more characters"),
        ({"name": "a" * 9}, "name must have at most 5 characters"),
        ({"name": "A"}, "name must match the pattern ^[a-z]*$, not 'A'"),
        ({"count": "1"}, "count must be a whole number, not '1'"),
        ({"count": 1.5}, "count must be a whole number, not 1.5"),
        ({"count": 0}, "count must be at least 1, not 0"),
        ({"count": 10}, "count must be less than 10, not 10"),
        ({"count": 10**30}, "count must be less than 10"),
        ({"count": None}, "count must be a whole number, not null"),
        ({"count": 9}, "nine is too many: use eight"),
        ({"flag": 1}, "flag must be true or false, not 1"),
        ({"shape": [1]}, "shape.1 is missing"),
        ({"shape": [1, 2, 3]}, "shape must have at most 2 entries"),
        ({"shape": 1}, "shape must be a list, not 1"),
        ({"parts": []}, "parts must have 1 or more entries"),
        ({"parts": [1, 2, 3]}, "parts must have at most 2 entries"),
        ({"parts": [1, True]}, "parts.1 must be a whole number, not true"),
        ({"parts": {}}, "parts must be a list"),
        ({"table": []}, "table must be a JSON object"),
        ({"figure": {"kind": "circle", "radius": 0}}, "figure.circle.radius must be greater than 0, not 0"),
        ({"figure": {"kind": "circle", "radius": float("inf")}}, "figure.circle.radius must be a finite number, not "
         "inf"),
        ({"figure": {"kind": "circle"}}, "figure.circle.radius is missing"),
        ({"figure": {"kind": "star"}}, "figure is of the unknown kind 'star'"),
        ({"figure": {}}, "figure is of an unknown kind"),
        ({"figure": 1}, "figure must be a JSON object, not 1"),
        ({"name": "x" * 5, "method": "x" * 200}, f"method must be one of 'pca', 'tsne' or 'umap', not '{'x' * 60}…'"),
        ({"a\nb": 1}, "'a\\nb' is not a known field"),
        ({"y" * 200: 1}, f"{'y' * 60} is not a known field"),
    ],
)  # fmt: skip
def test_a_fault_is_one_plain_clause(given, clause):
    assert fault_of(_Record, json.dumps(given)) == clause


@pytest.mark.parametrize("text", ["", "nul", "{", b"\xff\xfe", '{"count": ' + "1" * 5000 + "}", "[" * 3000])
def test_reports_invalid_json(text):
    assert fault_of(_Record, text) == "not valid JSON"
    assert fault_of(_Record, text, "The settings") == "The settings are not valid JSON"


def test_a_fault_without_a_place_names_the_whole_text():
    assert fault_of(_Record, "[]") == "must be a JSON object"
    assert fault_of(_Record, "3", "The settings") == "The settings must be a JSON object, not 3"


SCHEMAS = (Card, Manifest, ModelConfig, TrainConfig, MovieSettings, Settings)
RUBBISH = (None, True, -1, 1e400, float("nan"), "…", [], ["x"], {}, {"x": 1})


@pytest.mark.parametrize("kind", SCHEMAS)
def test_no_error_message_contains_a_class_name(kind):
    """Each value in the place of each field, and of the whole."""
    adapter = TypeAdapter(kind)
    names = adapter.json_schema()["properties"]
    texts = [json.dumps({name: value}) for name in [*names, "surprise"] for value in RUBBISH]
    said = []
    for text in [*texts, *map(json.dumps, RUBBISH), "nul", ""]:
        try:
            adapter.validate_json(text)
        except ValidationError as error:
            said.append(first_fault(error))
    assert len(said) > len(names)
    for clause in said:
        assert not WORDING.search(clause) and not CLASS_NAME.search(clause.replace("JSON", "")), clause
        assert "is not valid" not in clause, "the kind of this fault is missing in `vae.validation`"


def test_an_unknown_kind_of_fault_shows_no_class_name():
    @dataclass
    class Unusual:
        pattern: re.Pattern

    assert fault_of(Unusual, '{"pattern": 3}') == "pattern is not valid"
