"""What we add to the HTML of Streamlit's pages."""

from collections.abc import Callable

from zscope.ui.page_address import address_script
from zscope.ui.page_head import Additions
from zscope.ui.preloads import preload_links
from zscope.ui.server import ASSET_FILES, base_path

__all__ = ["page_additions"]


def page_additions(pages: tuple[str, ...]) -> Callable[[str], Additions]:
    """Return a function: name of a page → what to add to its HTML.

    Args:
        pages: names of the pages, as in their addresses.
    """
    script = address_script(pages)

    def additions(page: str) -> Additions:
        files = ASSET_FILES.current()
        # After Streamlit's styles, which it adds to the head.
        styles = f"<style>{files.files['css/shell.css'].decode()}</style>"
        return Additions(script, preload_links(files, base_path(), page), styles)

    return additions
