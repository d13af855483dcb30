"""Finds the texts in Python files that are translated."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ATTRIBUTES", "FIELDS", "MARKS", "PLURALS", "texts_of"]

MARKS = {"_", "N_", "message"}
PLURALS = {"ngettext", "plural_message"}
# Fields of registered objects that the app shows: by position or by name.
FIELDS: dict[str, tuple[int | str, ...]] = {
    "Setting": (0, 1, "title", "help"),
    "Number": (1, 2),
    "Axes": (1, 2, "word"),
    "Direction": (1, 2),
    "LikelihoodKind": ("title", "nats"),
    "ObjectiveKind": ("title",),
    "PriorKind": ("title", "noun", "draw"),
    "Refusal": (1, 2),
    "Network": ("title",),
    "PathKind": ("title", "meaning", "source"),
    "FittedProjection": ("title", "meaning"),
    "LinearProjection": ("title", "meaning"),
    "DatasetInfo": ("title", "licence"),
    "Preset": (1, 2),
    "ImportFormat": ("title", "needs"),
    "Format": (0, 1),
    "Archive": (0, 1),
    "Pixels": (0,),
    "Spread": (0,),
}
# Those that are attributes of classes: of the classes whose base has this name.
ATTRIBUTES = {"ExportFormat": ("title", "meaning", "note", "limits")}
_ERROR_FIELDS = (0, 1, "message", "hint")
_NOT_OURS = {"TypeError", "ValueError", "KeyError", "OSError", "RuntimeError", "PydanticCustomError", "AttributeError"}

Text = str | tuple[str, str]


def texts_of(path: Path) -> Iterator[Text]:
    """Yield the texts of a file: strings, and for counts the pair (one, many)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _literal(node.value)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _texts_of_call(node, constants)
        elif isinstance(node, ast.ClassDef):
            yield from _texts_of_class(node)


def _texts_of_call(call: ast.Call, constants: dict[str, ast.expr]) -> Iterator[Text]:
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    if name in PLURALS and len(call.args) > 1:
        one, many = _literal(call.args[0]), _literal(call.args[1])
        if one and many:
            yield one, many
    elif name in MARKS and call.args:
        yield from _literals(call.args[0])
    elif fields := FIELDS.get(name) or (_ERROR_FIELDS if name.endswith("Error") and name not in _NOT_OURS else ()):
        given = dict(enumerate(call.args)) | {keyword.arg: keyword.value for keyword in call.keywords}
        for field in fields:
            if field in given:
                value = given[field]
                yield from _literals(constants.get(value.id, value) if isinstance(value, ast.Name) else value)


def _texts_of_class(definition: ast.ClassDef) -> Iterator[Text]:
    names = {name for base in definition.bases for name in ATTRIBUTES.get(getattr(base, "id", ""), ())}
    for node in definition.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names:
            yield from _literals(node.value)


def _literals(node: ast.expr) -> Iterator[str]:
    """Yield a literal, or those of both branches of `a if condition else b`."""
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from _literals(element)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _literals(value)
    elif text := _literal(node):
        yield text


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
