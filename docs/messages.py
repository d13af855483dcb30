"""Writes `assets/js/core/messages.js`, the types of `zscope/messages.py` for JavaScript: `python -m docs.messages`."""

import types
from pathlib import Path
from typing import Annotated, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from zscope import messages

__all__ = ["FILE", "script"]

FILE = Path(__file__).resolve().parents[1] / "assets" / "js" / "core" / "messages.js"
_START = """/**
 * Types of the messages that Python sends to the pages. Written by `python -m docs.messages` from `zscope/messages.py`.
 */
"""
_PLAIN = {int: "number", float: "number", str: "string", bool: "boolean", object: "unknown", type(None): "null"}


def script() -> str:
    """Return the content of the file."""
    return "\n".join([_START, *(_typedef(getattr(messages, name)) for name in messages.__all__), "export {};\n"])


def _typedef(message: type) -> str:
    lines = ["/**", f" * {(message.__doc__ or '').strip()}", " *", f" * @typedef {{object}} {message.__name__}"]
    for key, hint in get_type_hints(message, include_extras=True).items():
        optional, note = False, ""
        while get_origin(hint) in (Annotated, NotRequired):
            if get_origin(hint) is NotRequired:
                optional, hint = True, get_args(hint)[0]
            else:
                hint, note = get_args(hint)
        name = f"[{key}]" if optional else key
        lines.append(f" * @property {{{_in_javascript(hint)}}} {name} {note}".rstrip())
    return "\n".join([*lines, " */", ""])


def _in_javascript(hint: object) -> str:
    """Return a type's name in JSDoc.

    Raises:
        TypeError: there is none.
    """
    parts = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return " | ".join(map(_in_javascript, parts))
    if get_origin(hint) is Literal:
        return " | ".join(f'"{value}"' for value in parts)
    if get_origin(hint) is list:
        inner = _in_javascript(parts[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if get_origin(hint) is dict:
        return f"Record<{', '.join(map(_in_javascript, parts))}>"
    if get_origin(hint) is tuple:
        return f"[{', '.join(map(_in_javascript, parts))}]"
    if isinstance(hint, type) and is_typeddict(hint):
        return hint.__name__
    if isinstance(hint, type) and hint in _PLAIN:
        return _PLAIN[hint]
    raise TypeError(f"{hint} has no form in JavaScript.")


if __name__ == "__main__":
    FILE.write_text(script())
