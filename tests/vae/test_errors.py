"""Errors name the mend, and the tree that is drawn is the tree there is."""

import pickle

import pytest

from vae import errors
from vae.errors import BundleError, ZscopeError


def test_an_error_is_its_message_and_the_way_out():
    error = BundleError("It is cut off.", "Copy it again.")
    assert str(error) == "It is cut off. Copy it again."
    assert (error.message, error.hint) == ("It is cut off.", "Copy it again.")
    assert str(ZscopeError("It is cut off.")) == "It is cut off."


def test_an_error_survives_the_way_to_another_process():
    again = pickle.loads(pickle.dumps(BundleError("It is cut off.", "Copy it again.")))
    assert (type(again), again.message, again.hint) == (BundleError, "It is cut off.", "Copy it again.")


@pytest.mark.parametrize("name", errors.__all__)
def test_the_drawn_tree_is_the_real_one(name):
    assert issubclass(getattr(errors, name), ZscopeError)
    (line,) = (line for line in errors.__doc__.splitlines() if f"{name} " in line)
    assert line.startswith("    " if name == "ZscopeError" else "    ├── ") or line.startswith("    └── ")
    assert getattr(errors, name).__bases__ == ((Exception,) if name == "ZscopeError" else (ZscopeError,))
