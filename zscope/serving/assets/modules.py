"""Finds the JavaScript modules that a module imports, also through others."""

import posixpath
import re
from collections.abc import Callable, Iterable

__all__ = ["imported_modules"]

# `from "./x.js"` and `import "./x.js"`; not `import("./x.js")`, which loads later, or is a type in a comment.
_STATEMENT = re.compile(r"""\b(?:from|import)\s*["'`](\.{1,2}/[^"'`]+\.js)["'`]""")


def imported_modules(starts: Iterable[str], read: Callable[[str], str | None]) -> list[str]:
    """List modules and all modules that they import, each once, in the order in which a browser finds them.

    Args:
        starts: paths of the first modules.
        read: path → source; None if there is no such module.
    """
    found: dict[str, None] = {}
    waiting: list[str] = list(starts)
    while waiting:
        level: list[str] = waiting
        waiting = []
        for path in level:
            if path in found or (source := read(path)) is None:
                continue
            found[path] = None
            folder = posixpath.dirname(path)
            waiting += [posixpath.normpath(posixpath.join(folder, target)) for target in _STATEMENT.findall(source)]
    return list(found)
