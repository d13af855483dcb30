"""Reads the source of a function or class from its installed module, without importing the module.

Some modules load a deep-learning framework, which takes seconds and which pages must not do.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from vae.errors import BadRequestError
from vae.message import message

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
    """Return the source of "module:name", where name is a function, class or "Class.method".

    Raises:
        BadRequestError: there is no such module or definition.
    """
    module, _, name = reference.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise BadRequestError(
            message("There is no module {module}.", module=module), "Correct the chapter's reference."
        )
    lines = Path(spec.origin).read_text(encoding="utf-8").splitlines()
    body: list[ast.stmt] = ast.parse("\n".join(lines)).body
    *classes, last = name.split(".")
    for part in classes:
        body = getattr(_definition(body, part), "body", [])
    node = _definition(body, last)
    if node is None:
        raise BadRequestError(
            message("{module} does not define {name}.", module=module, name=name), "Correct the chapter's reference."
        )
    text = "\n".join(line[node.col_offset :] for line in lines[node.lineno - 1 : node.end_lineno])
    return Source(text, f"{module.replace('.', '/')}.py:{node.lineno}")


def _definition(body: list[ast.stmt], name: str) -> ast.FunctionDef | ast.ClassDef | None:
    found = (node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name)
    return next(found, None)
