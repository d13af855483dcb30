"""Errors have a message and a hint, and the documented tree of classes is the real one."""

import pickle
import re

from vae import errors
from vae.errors import BundleError, ZscopeError


def test_the_text_of_an_error_is_its_message_and_its_hint():
    error = BundleError("It is cut off.", "Copy it again.")
    assert str(error) == "It is cut off. Copy it again."
    assert (error.message, error.hint) == ("It is cut off.", "Copy it again.")
    assert str(ZscopeError("It is cut off.")) == "It is cut off."


def test_an_error_can_be_sent_to_another_process():
    again = pickle.loads(pickle.dumps(BundleError("It is cut off.", "Copy it again.")))
    assert (type(again), again.message, again.hint) == (BundleError, "It is cut off.", "Copy it again.")


def test_the_documented_tree_is_the_real_one():
    documented, above = {}, []
    for line in str(errors.__doc__).splitlines():
        found = re.match(r"    ([│├└─ ]*)(\w+Error) ", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            documented[found[2]] = above[depth - 1] if depth else "Exception"
    assert sorted(documented) == sorted(errors.__all__)
    for name, parent in documented.items():
        bases = [base.__name__ for base in getattr(errors, name).__bases__]
        assert bases == ([parent, "DataError"] if name == "DataNotFoundError" else [parent]), name
