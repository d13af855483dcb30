"""Texts for users that can be translated after they were formatted: an English text that keeps its template and values.

The English template is the id of a translation, as in gettext. `python -m docs.languages` finds the templates: literal
arguments of `message`, `plural_message` and `N_`, and those of errors, since a plain text is its own template.
"""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["N_", "Message", "as_message", "message", "plural_message", "read_message", "translated", "write_message"]

Lookup = Callable[[str, str, int], str]


class Message(str):
    """An English text with the template and the values from which it was made.

    Attributes:
        template: English text with `{name}` in place of each value; the text itself if there are no values.
        values: by name; a value can be a Message too.
        plural: template for counts other than one, or "" if there is no count. The count is the value `n`.
    """

    template: str
    values: Mapping[str, object]
    plural: str

    def __new__(cls, template: str, values: Mapping[str, object] | None = None, plural: str = ""):
        values = dict(values or {})
        chosen = plural if plural and values["n"] != 1 else template
        made = super().__new__(cls, chosen.format(**values) if values else chosen)
        made.template, made.values, made.plural = template, values, plural
        return made

    # For pickle and copy: errors cross processes.
    def __getnewargs__(self):  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.template, self.values, self.plural


def message(template: str, /, **values: object) -> Message:
    """Return the text of a template: `message("No model is called {id}.", id=id)`."""
    return Message(template, values)


def plural_message(one: str, many: str, n: int, /, **values: object) -> Message:
    """Return the text of a count, with `{n}` in place of it.

    Args:
        values: others than `n`; one called `n` replaces how the count is written.
    """
    return Message(one, {"n": n, **values}, many)


def N_(text: str, /) -> str:
    """Mark a constant that is translated where it is shown."""
    return text


def as_message(text: str) -> Message:
    """Return a text as a Message; a plain text is its own template."""
    return text if isinstance(text, Message) else Message(text)


def translated(text: str, lookup: Lookup) -> str:
    """Return a text in another language.

    Args:
        text: plain, or a Message.
        lookup: function of the template, the template for the plural or "", and the count, that returns the template
            in that language.
    """
    if not isinstance(text, Message):
        return lookup(text, "", 1)
    values = {name: _translated_value(one, lookup) for name, one in text.values.items()}
    count = text.values.get("n", 1)
    found = lookup(text.template, text.plural, count if isinstance(count, int) else 0)
    return found.format(**values) if values else found


def _translated_value(value: object, lookup: Lookup) -> object:
    """Return a Message or a word in the other language. What begins in another way may be a name or a path."""
    if isinstance(value, str) and (isinstance(value, Message) or (value[:1].isalpha() and value[:1].islower())):
        return translated(value, lookup)
    return value


def write_message(text: str) -> dict[str, Any]:
    """Return the JSON form of a Message: template, values and plural, each only if it is needed; see `read_message`."""
    told = as_message(text)
    form: dict[str, Any] = {"template": told.template}
    if told.values:
        form["values"] = {name: _write_value(value) for name, value in told.values.items()}
    if told.plural:
        form["plural"] = told.plural
    return form


def _write_value(value: object) -> object:
    if isinstance(value, Message):
        return write_message(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def read_message(form: Mapping[str, Any]) -> Message:
    """Return the Message of a JSON form.

    Raises:
        KeyError, TypeError, ValueError, IndexError, AttributeError: it is no form of a Message.
    """
    values = {
        str(name): read_message(value) if isinstance(value, Mapping) else value
        for name, value in form.get("values", {}).items()
    }
    return Message(str(form["template"]), values, str(form.get("plural", "")))
