"""Where the server listens and for whom, from Streamlit's options and environment variables."""

import os
from pathlib import Path

import streamlit as st

from zscope.serving.audience.addresses import is_loopback
from zscope.serving.security_headers import parse_ancestors, script_hashes
from zscope.ui.page_address import address_script

__all__ = ["allowed_hosts", "frame_ancestors", "inline_scripts", "is_local_browser", "listening_address"]

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def listening_address() -> str:
    """Return the address that the server listens on; "" means all."""
    return st.get_option("server.address") or ""


def allowed_hosts() -> list[str]:
    """Return the host names that the server answers for besides its own (`ZSCOPE_ALLOWED_HOSTS`).

    Streamlit's `server.allowedHosts` counts too. It limits Streamlit's socket alone, and there it excludes addresses.
    """
    return [
        *os.environ.get("ZSCOPE_ALLOWED_HOSTS", "").replace(",", " ").split(),
        *st.get_option("server.allowedHosts"),
    ]


def frame_ancestors() -> tuple[str, ...]:
    """Return the origins whose pages may show the app in a frame (`ZSCOPE_EMBED`).

    Raises:
        BadRequestError: see `parse_ancestors`.
    """
    return parse_ancestors(os.environ.get("ZSCOPE_EMBED", ""))


def inline_scripts(pages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hashes of the scripts in the HTML of pages: Streamlit's and ours.

    Args:
        pages: names of the pages, as in their addresses.
    """
    html = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    return script_hashes(html + address_script(pages))


def is_local_browser() -> bool:
    """Return whether the browser runs on the server's computer. Only then can the user choose a folder on it.

    A proxy on this computer makes everyone look local. So this is never the case if other computers can connect, or if
    a proxy says that it forwards.
    """
    if not is_loopback(listening_address()) or any(name in st.context.headers for name in _FORWARDED):
        return False
    return st.context.ip_address in (None, "127.0.0.1", "::1")
