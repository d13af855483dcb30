"""Tells Streamlit's page where the server is, so that a page that is opened directly does not search for it.

At `/map`, Streamlit's script requests `/map/_stcore/health` before `/_stcore/health`. That costs time and leaves two
errors in the browser's console. It reads the address from `window.__streamlit`, if a script has set it before.
"""

import json

__all__ = ["address_script"]

_SCRIPT = """<script>
  (() => {
    const page = new RegExp("/(" + PAGES.join("|") + ")/?$");
    if (!page.test(location.pathname)) return;
    const BACKEND_BASE_URL = location.origin + location.pathname.replace(page, "/");
    window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL };
  })();
</script>"""  # a proxy may add a prefix to the path, so it is taken from the address


def address_script(pages: tuple[str, ...]) -> str:
    """Return the script, for the head of a page.

    Args:
        pages: names of the pages, as in their addresses.
    """
    return _SCRIPT.replace("PAGES", json.dumps(pages))
