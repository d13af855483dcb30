"""Links for the head of a page, so that its modules and styles load while Streamlit's own scripts start."""

import re
from functools import lru_cache
from pathlib import Path

import streamlit as st

from zscope.serving.assets import Snapshot, imported_modules

__all__ = ["module_address", "preload_links"]

_META = "zscope-assets"  # name of the element in the head with the address of our scripts, relative to the app's path
_EVERYWHERE = ("stage", "tray", "tour")  # components of all pages
# Page → folder of its component in `assets/js`.
_OF_PAGE = {
    "explore": "explore",
    "map": "map",
    "interpolate": "paths",
    "reconstruct": "reconstruct",
    "compare": "compare",
    "learn": "learn",
}
_STATIC = Path(st.__file__).parent / "static"
# Parts of Streamlit that its script loads when the first element of their kind arrives.
_SHEETS, _NAME = re.compile(r"\bmounting\(\w+, \[([^\]]*)\]"), re.compile(r'"(\w+)"')  # in a `mount.js`
_STREAMLIT_PARTS = ("BidiComponent", "Selectbox", "Button")


def module_address(base: str, path: str) -> str:
    """Return a JavaScript expression for the address of a module, with the version that the page was loaded with.

    A blob module, as those of components are, cannot import by relative path, so the address is absolute.

    Args:
        base: a JavaScript expression for the path of the app.
        path: of the module in `assets/js`.
    """
    version = f"document.querySelector('meta[name={_META}]')?.content ?? 'assets'"
    return f"new URL(`${{{base}}}/${{{version}}}/js/{path}`, location.origin).href"


@lru_cache(64)
def preload_links(snapshot: Snapshot, base: str, page: str) -> str:
    """Return the links of a page and the address of its scripts, as HTML for its head.

    Args:
        snapshot: our scripts and styles.
        base: path of the app, "" or "/path".
        page: name of the page.
    """
    address = f"assets/v/{snapshot.version}"

    def read(path: str) -> str | None:
        content = snapshot.files.get(path)
        return None if content is None else content.decode()

    folders = [*([_OF_PAGE[page]] if page in _OF_PAGE else []), *_EVERYWHERE]
    mounts = [f"js/{folder}/mount.js" for folder in folders]
    sheets = dict.fromkeys(name for path in mounts for name in _NAME.findall(_SHEETS.findall(read(path) or "")[0]))
    return "\n".join(
        [
            f'<meta name="{_META}" content="{address}">',
            *(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in _parts_of_streamlit()),
            *(
                f'<link rel="modulepreload" fetchpriority="low" href="{base}/{address}/{path}">'
                for path in imported_modules(mounts, read)
            ),
            # Not `rel="preload"`: Chromium warns about what is not used soon after the page was loaded.
            *(f'<link rel="stylesheet" media="not all" href="{base}/{address}/css/{name}.css">' for name in sheets),
        ]
    )


@lru_cache(1)
def _parts_of_streamlit() -> list[str]:
    """List the scripts of Streamlit's parts, without those that its page already loads."""
    folder, page = _STATIC / "static" / "js", (_STATIC / "index.html").read_text(encoding="utf-8")

    def read(name: str) -> str | None:
        path = folder / name
        return path.read_text(encoding="utf-8") if path.is_file() and name not in page else None

    starts = [path.name for part in _STREAMLIT_PARTS for path in sorted(folder.glob(f"{part}.*.js"))]
    return imported_modules(starts, read)
