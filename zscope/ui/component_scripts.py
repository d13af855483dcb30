"""The scripts of components: which modules belong together, and how a component loads them."""

import logging
import os
from collections.abc import Mapping

from zscope.serving.assets import join_modules

__all__ = ["COMPONENTS", "EVERYWHERE", "JOINED", "META", "joined_scripts", "loader"]

LOGGER = logging.getLogger(__name__)
META = "zscope-assets"  # name of the element in a page's head with the address of our files, relative to the app's path
JOINED = "js/joined"  # folder of the joined modules
EVERYWHERE = ("stage", "tray", "tour", "language")  # components of all pages
# Component of one page → its module.
COMPONENTS = {
    **{name: f"js/{name}/mount.js" for name in ("explore", "map", "paths", "reconstruct", "compare", "learn")},
    "film": "js/train/film.js",
}
_ALL = COMPONENTS | {name: f"js/{name}/mount.js" for name in EVERYWHERE}
# The components of all pages are in the module of the page that was opened; modules of later pages share their state. A
# blob module cannot import by relative path, so the address is absolute.
_LOADER = """
const meta = document.querySelector("meta[name=META]");
const joined = EVERYWHERE ? meta?.dataset.joined : meta?.dataset.joined && "NAME";
const path = joined ? `JOINED/${joined}.js` : "PATH";

export default function (component) {
  const data = DATA;
  const address = new URL(`${data.base}/${meta?.content ?? "assets"}/${path}`, location.origin).href;
  const module = import(address).then((loaded) => (joined ? loaded.NAME : loaded));
  module
    .then(({ mount }) => mount({ ...component, data }))
    .catch((error) => {
      const root = component.parentElement.querySelector(".root");
      root.textContent = data.failure.replace("{error}", () => error);
    });
  return () => module.then(({ unmount }) => unmount(component.parentElement)).catch(() => {});
}
"""


def loader(name: str, data: str = "JSON.parse(component.data.json)") -> str:
    """Return the script that Streamlit runs for a component. It loads the component's module and mounts it.

    The module has the version with which the page was opened, also if the server was updated since.

    Args:
        name: key of `COMPONENTS`, or one of `EVERYWHERE`.
        data: a JavaScript expression for the component's data, which contain `base` and `failure`.
    """
    parts = {
        "META": META,
        "EVERYWHERE": "true" if name in EVERYWHERE else "false",
        "JOINED": JOINED,
        "PATH": _ALL[name],
        "NAME": name,
        "DATA": data,
    }
    text = _LOADER
    for word, value in parts.items():
        text = text.replace(word, value)
    return text


def joined_scripts(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Join the modules of each page: that of its own component, if it has one, and those of all pages.

    Args:
        files: path → content, of all scripts.

    Returns:
        path → content. Empty if the modules cannot be joined, or if `ZSCOPE_JOIN_SCRIPTS` is 0, which is useful for
        debugging: pages then load each module.
    """
    if os.environ.get("ZSCOPE_JOIN_SCRIPTS") == "0":
        return {}
    joined: dict[str, bytes] = {}
    for own in ((), *((name,) for name in COMPONENTS)):
        entries = [(name, _ALL[name]) for name in (*own, *EVERYWHERE)]
        try:
            text = join_modules(entries, lambda path: files[path].decode())
        except (ValueError, KeyError) as error:
            LOGGER.warning("The scripts are not joined: %s", error)
            return {}
        joined[f"{JOINED}/{own[0] if own else 'everywhere'}.js"] = text.encode()
    return joined
