"""Links for the head of a page, so that its modules and styles load while Streamlit's own scripts start."""

import re
from functools import lru_cache
from pathlib import Path

import streamlit as st

from zscope.serving.assets import Snapshot, imported_modules
from zscope.ui.component_scripts import COMPONENTS, EVERYWHERE, JOINED, META

__all__ = ["preload_links"]

_OTHER_NAMES = {"interpolate": "paths", "train": "film"}  # page → its component, if their names differ
_SHEETS, _NAME = re.compile(r"\bmounting\(\w+, \[([^\]]*)\]"), re.compile(r'"(\w+)"')  # in a `mount.js`
_STATIC = Path(st.__file__).parent / "static"
# Parts of Streamlit that its script loads when the first element of their kind arrives.
_STREAMLIT_PARTS = ("BidiComponent", "Selectbox", "Button", "Html")


@lru_cache(64)
def preload_links(snapshot: Snapshot, base: str, page: str) -> str:
    """Return the links of a page and the address of its scripts, as HTML for its head.

    Args:
        snapshot: our scripts and styles.
        base: path of the app, "" or "/path".
        page: name of the page.
    """
    address = f"assets/v/{snapshot.version}"
    component = _OTHER_NAMES.get(page, page)
    own = [component] if component in COMPONENTS else []

    def read(path: str) -> str | None:
        content = snapshot.files.get(path)
        return None if content is None else content.decode()

    starts = [*(COMPONENTS[name] for name in own), *(f"js/{name}/mount.js" for name in EVERYWHERE)]
    sheets = [name for path in starts for found in _SHEETS.findall(read(path) or "") for name in _NAME.findall(found)]
    joined = own[0] if own else "everywhere"
    if f"{JOINED}/{joined}.js" in snapshot.files:
        scripts = [f"{JOINED}/{joined}.js"]
    else:
        joined, scripts = "", imported_modules(starts, read)
    return "\n".join(
        [
            f'<meta name="{META}" content="{address}" data-joined="{joined}">',
            *(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in _parts_of_streamlit()),
            *(f'<link rel="modulepreload" fetchpriority="low" href="{base}/{address}/{path}">' for path in scripts),
            # Not `rel="preload"`: Chromium warns about what is not used soon after the page was loaded.
            *(
                f'<link rel="stylesheet" media="not all" href="{base}/{address}/css/{name}.css">'
                for name in dict.fromkeys(sheets)
            ),
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
