"""Objects by key, in the order of their registration."""

from dataclasses import dataclass

import pytest

from vae.errors import BadRequestError, DataError
from vae.references import resolve
from vae.registry import Registry


@dataclass(frozen=True)
class Fruit:
    key: str
    colour: str = "red"


@pytest.fixture
def fruits() -> Registry[Fruit]:
    registry: Registry[Fruit] = Registry("fruit")
    for key in ("pear", "apple", "cherry"):
        registry.register(Fruit(key))
    return registry


def test_it_is_a_mapping_in_the_order_of_registration(fruits):
    assert list(fruits) == list(fruits.keys()) == ["pear", "apple", "cherry"]
    assert [fruit.key for fruit in fruits.values()] == ["pear", "apple", "cherry"]
    assert len(fruits) == 3
    assert fruits["apple"] is dict(fruits)["apple"]
    assert "apple" in fruits
    assert "plum" not in fruits
    assert fruits.get("plum") is None


def test_registering_returns_the_object(fruits):
    plum = Fruit("plum")
    assert fruits.register(plum) is plum is fruits["plum"]


def test_an_unknown_key_is_refused_with_the_known_ones(fruits):
    with pytest.raises(BadRequestError, match=r"No fruit is called 'plum'\. Use one of pear, apple, cherry\."):
        fruits["plum"]


def test_a_key_is_registered_once(fruits):
    with pytest.raises(ValueError, match="fruit 'pear' already exists"):
        fruits.register(Fruit("pear", "green"))
    assert fruits["pear"].colour == "red"


def test_key_attribute_and_error_can_be_chosen():
    registry: Registry[Fruit] = Registry("colour", key="colour", error=DataError)
    registry.register(Fruit("apple", "green"))
    assert list(registry) == ["green"]
    with pytest.raises(DataError, match="No colour"):
        registry["blue"]


def test_a_reference_is_imported_and_an_object_is_returned():
    assert resolve("vae.registry:Registry") is Registry
    assert resolve(Fruit) is Fruit
