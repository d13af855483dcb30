"""Joins ES modules into one classic script: a page that is opened from disk cannot import files.

Every module becomes a function that returns its exports, in the order of the imports. So nothing is renamed, and
private names of two modules cannot collide. Only the few forms of import and export in this project are supported; any
other form is an error.
"""

import re
from collections.abc import Callable
from pathlib import Path

__all__ = ["one_script", "without_imports"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+|\{[^}]*\} =)", re.MULTILINE)
# Not `import name` without a quote, brace or semicolon, which is Python in a text.
_LEFT_OVER = re.compile(r"""^\s*(?:import\b.*["';{(].*|export\b.*)$""", re.MULTILINE)
# These would end the script element, or change how an HTML parser reads it.
_FATAL = re.compile(r"</script|<!--", re.IGNORECASE)


def one_script(entry: Path) -> str:
    """Return a module and all its imports as the text of a `<script>`.

    Raises:
        ValueError: modules import each other in a circle, or an import or export has an unsupported form.
    """
    modules: dict[Path, str] = {}  # in the order of execution
    _add(entry.resolve(), modules, ())
    script = '"use strict";\n(() => {\n' + "\n".join(modules.values()) + "})();\n"
    if found := _FATAL.search(script):
        raise ValueError(f"{found.group()} cannot be written in a script of a page")
    return script


def _add(path: Path, modules: dict[Path, str], within: tuple[Path, ...]) -> None:
    if path in within:
        raise ValueError(f"{path.name} imports itself: {' → '.join(step.name for step in (*within, path))}")
    if path in modules:
        return
    source = path.read_text(encoding="utf-8")

    def imported(target: str) -> str:
        other = (path.parent / target).resolve()
        _add(other, modules, (*within, path))
        return _variable(other)

    body, names = without_imports(path.name, source, imported)
    modules[path] = (
        f"const {_variable(path)} = (() => {{\n{body}return Object.freeze({{ {', '.join(names)} }});\n}})();\n"
    )


def without_imports(name: str, source: str, imported: Callable[[str], str]) -> tuple[str, list[str]]:
    """Replace the imports of a module by declarations and remove `export`.

    Args:
        name: of the module, for messages.
        source: of the module.
        imported: relative path of an import, as written → a JavaScript expression for an object with its exports.

    Returns:
        the text and the exported names.

    Raises:
        ValueError: an import or export has an unsupported form.
    """

    def declared(match: re.Match[str]) -> str:
        found = re.sub(r"\s+as\s+", ": ", match[1])
        return f"const {{{found}}} = {imported(match[2])};"

    body = _IMPORT.sub(declared, source)
    names = [found for part in _EXPORT.findall(body) for found in re.findall(r"\w+", part)]
    body = _EXPORT.sub(lambda match: match.group().removeprefix("export "), body)
    if found := _LEFT_OVER.search(body):
        raise ValueError(f"{name}: “{found.group().strip()}” is not a supported form")
    return body, names


def _variable(path: Path) -> str:
    return f"$_{path.parent.name}_{path.stem}".replace("-", "_").replace(".", "_")
