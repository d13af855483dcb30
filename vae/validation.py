"""What pydantic found wrong in JSON or in settings, in plain words without class names.

Every message that reaches a user takes its reason from `first_fault`.
"""

from pydantic import ValidationError

__all__ = ["first_fault"]

_LONGEST = 60  # characters of an untrusted name or value in a message

# The fault's type in pydantic → what is wrong. The names in braces are those of the fault's context.
_FAULTS = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "missing_keyword_only_argument": "is missing",
    "extra_forbidden": "is not a known field",
    "unexpected_keyword_argument": "is not a known field",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "union_tag_invalid": "is of the unknown kind {tag}",
    "union_tag_not_found": "is of an unknown kind",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be text",
    "string_unicode": "must be text in UTF-8",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dataclass_type": "must be a JSON object",
    "dataclass_exact_type": "must be a JSON object",
    "none_required": "must be null",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
}
# What was given says nothing more: it is another field's value, none, or long.
_WITHOUT_VALUE = {"missing", "extra_forbidden", "unexpected_keyword_argument", "string_too_short", "string_too_long"}


def first_fault(error: ValidationError, whole: str = "") -> str:
    """Return the first fault as a clause without a full stop: where it is, what is expected, and what was given.

    Args:
        whole: what was read, as the subject of a fault that is not in one of its fields: "The settings".

    Example:
        >>> first_fault(error)
        "format must be one of 'mp4', 'webp' or 'gif', not 'avi'"
    """
    fault = error.errors(include_url=False)[0]
    kind, context = fault["type"], fault.get("ctx", {})
    # In brackets: which of several schemas was tried, nothing that the file has.
    place = ".".join(_shown(part) for part in fault["loc"] if not str(part).startswith("("))
    if kind == "json_invalid":
        return f"{whole} are not valid JSON" if whole else "not valid JSON"
    if kind in ("value_error", "assertion_error"):  # raised by a validator of ours, in its own words
        return f"{place}: {context['error']}" if place else str(context["error"])
    words = {name: _expected(value) for name, value in context.items()} | {"tag": repr(context.get("tag"))[:_LONGEST]}
    said = _FAULTS.get(kind, "is not valid").format_map(words)
    given = _given(fault["input"]) if kind in _FAULTS and kind not in _WITHOUT_VALUE else ""
    return f"{place or whole} {said}{given}".strip()


def _shown(part: object) -> str:
    """A part of a place; the name of an unknown field is untrusted."""
    text = str(part)
    return text[:_LONGEST] if text.isprintable() else repr(text[:_LONGEST])


def _expected(value: object) -> object:
    """A value of the fault's context, as it is written in a sentence."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return f"one of {value}" if isinstance(value, str) and " or " in value else value


def _given(value: object) -> str:
    """What was given, if it is short enough to be shown."""
    if value is None:
        return ", not null"
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, int | float):
        return f", not {value}" if isinstance(value, float) or abs(value) < 10**18 else ""
    if isinstance(value, str):
        return f", not {value if len(value) <= _LONGEST else value[:_LONGEST] + '…'!r}"
    return ""
