"""Joins modules into one, so that a browser makes one request in place of a hundred.

Each module becomes a function that is called once per page, also if several joined modules contain it: they share the
objects of the modules by path. So the components of all pages have the same state of a module, as with separate files.
"""

import posixpath
import re
from collections.abc import Callable, Sequence

from vae.formats.exporting.one_script import without_imports

__all__ = ["join_modules"]

_LATER = re.compile(r'\bawait import\("(\.[^"]+\.js)"\)')  # a comment's type has no `await`
_START = """const modules = (globalThis[Symbol.for("zscope.modules")] ??= new Map());
function once(path, make) {
  if (!modules.has(path)) modules.set(path, make());
  return modules.get(path);
}
"""


def join_modules(entries: Sequence[tuple[str, str]], read: Callable[[str], str]) -> str:
    """Return the text of a module that contains others and all their imports, in the order of execution.

    What is imported while a page runs, by `await import("…")`, is contained too.

    Args:
        entries: name of an export and path of a module, whose exports it contains.
        read: path → source.

    Raises:
        ValueError: modules import each other in a circle, or an import or export has an unsupported form.
    """
    texts: dict[str, str] = {}  # path → text, in the order of execution
    for _, path in entries:
        _add(path, read, texts, ())
    exports = "".join(f"export const {name} = {_variable(path)};\n" for name, path in entries)
    return _START + "".join(texts.values()) + exports


def _add(path: str, read: Callable[[str], str], texts: dict[str, str], within: tuple[str, ...]) -> None:
    if path in within:
        raise ValueError(f"{path} imports itself: {' → '.join((*within, path))}")
    if path in texts:
        return

    def imported(target: str) -> str:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        _add(other, read, texts, (*within, path))
        return _variable(other)

    body, names = without_imports(path, read(path), imported)
    body = _LATER.sub(lambda match: imported(match[1]), body)
    exported = f"return Object.freeze({{ {', '.join(names)} }});"
    texts[path] = f'const {_variable(path)} = once("{path}", () => {{\n{body}\n{exported}\n}});\n'


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
