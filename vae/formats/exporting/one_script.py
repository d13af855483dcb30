"""ES modules as one classic script: a page opened from disk may not import files.

Every module becomes a function of its own that returns what it exports, in the order of their imports: nothing is
renamed and no two private names can meet, which is what joining the files would bring about. Only the few forms that
our own modules use are known; any other is an error here, not a surprise in the page.
"""

import re
from pathlib import Path

__all__ = ["one_script"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
_LEFT_OVER = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)
# What would end the script's element, or begin what an HTML parser reads in another way.
_FATAL = re.compile(r"</script|<!--", re.IGNORECASE)


def one_script(entry: Path) -> str:
    """A module and all that it imports, as the text of a `<script>`.

    Raises:
        ValueError: a module imports itself by a detour, or has a form that is not known here.
    """
    modules: dict[Path, str] = {}  # in the order they must run in
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

    def imported(match: re.Match) -> str:
        other = (path.parent / match.group(2)).resolve()
        _add(other, modules, (*within, path))
        names = re.sub(r"\s+as\s+", ": ", match.group(1))
        return f"const {{{names}}} = {_variable(other)};"

    body = _IMPORT.sub(imported, source)
    names = _EXPORT.findall(body)
    body = _EXPORT.sub(lambda match: match.group().removeprefix("export "), body)
    if found := _LEFT_OVER.search(body):
        raise ValueError(f"{path.name}: “{found.group().strip()}” is not a form that is known here")
    modules[path] = (
        f"const {_variable(path)} = (() => {{\n{body}return Object.freeze({{ {', '.join(names)} }});\n}})();\n"
    )


def _variable(path: Path) -> str:
    return f"$_{path.parent.name}_{path.stem}".replace("-", "_").replace(".", "_")
