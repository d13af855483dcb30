"""Reads the source of a function or class from its installed module, without importing the module.

Some modules load a deep-learning framework, which takes seconds and which pages must not do.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from vae.errors import BadRequestError

__all__ = ["Source", "source_of"]


@dataclass(frozen=True)
class Source:
    """The source of a definition.

    Attributes:
        text: its lines, with the indentation of the first line removed.
        place: path of the module and number of the first line, such as "vae/models/elbo.py:17".
    """

    text: str
    place: str


@lru_cache(maxsize=64)
def source_of(reference: str) -> Source:
    """Return the source of "module:name", where name is a function, class, "Class.method" or a constant of the module.

    Raises:
        BadRequestError: there is no such module or definition.
    """
    module, _, name = reference.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise BadRequestError(f"There is no module {module}.", "Correct the chapter's reference.")
    lines = Path(spec.origin).read_text(encoding="utf-8").splitlines()
    node: ast.AST = ast.parse("\n".join(lines))
    for part in name.split("."):
        found = next((child for child in getattr(node, "body", []) if _defines(child, part)), None)
        if found is None:
            raise BadRequestError(f"{module} does not define {name}.", "Correct the chapter's reference.")
        node = found
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    indent = node.col_offset
    text = "\n".join(line[indent:] for line in lines[first - 1 : node.end_lineno])
    return Source(text, f"{module.replace('.', '/')}.py:{first}")


def _defines(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
