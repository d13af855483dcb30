"""What the server serves beside Streamlit's own pages, and what it starts with."""

import logging
import os
import socket
import stat
import sys
import threading
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vae.assets import ASSETS
from vae.errors import ZscopeError
from zscope.library.registry import fingerprint
from zscope.serving import Hub, live_route
from zscope.serving.http_api import http_routes
from zscope.serving.routes import FOREVER
from zscope.serving.uvicorn_limits import limit_connections
from zscope.ui.garbage import Spared
from zscope.ui.links import DEFAULT_MODEL

__all__ = ["base_path", "lifespan", "routes"]

LOGGER = logging.getLogger(__name__)
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def routes() -> list[BaseRoute]:
    """Live channel, its bulk content, and our own scripts and style sheets."""
    base = base_path()
    return [
        live_route(_HUB, f"{base}/live"),
        *http_routes(f"{base}/content"),
        Route(f"{base}/assets/vendor/plotly.min.js", _plotly),
        Mount(f"{base}/assets/js", _Revalidated(directory=ASSETS / "js")),
        Mount(f"{base}/assets/css", _Revalidated(directory=ASSETS / "css")),
    ]


def base_path() -> str:
    """What our routes begin with: "" or, where the app is served below a path (`server.baseUrlPath`), "/that/path"."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


@asynccontextmanager
async def lifespan(app):
    """Load the framework and the first model while the person's browser still loads the page."""
    # A page's script is pure Python and holds the interpreter for 5 ms at a time by default: longer than a whole drag's
    # step takes. At half a millisecond the drag hardly notices it.
    sys.setswitchinterval(0.0005)
    _warn_of_others()
    limit_connections(f"{base_path()}/live")
    _send_at_once()
    spared = Spared()
    spared.start()
    threading.Thread(target=_warm_up, name="zscope-warm-up", daemon=True).start()
    try:
        yield
    finally:
        spared.stop()
        _HUB.close()


def _warn_of_others() -> None:
    """Say so where other computers can connect: the address that Streamlit prints is that of this one."""
    address = st.get_option("server.address") or ""
    if address != "localhost" and not address.startswith("127.") and address != "::1":
        LOGGER.warning("Zscope listens on %s: whoever reaches this port can use it.", address or "all addresses")


class _Revalidated(StaticFiles):
    """Files with an ETag that a browser asks about each time: an upgraded server is never met with old scripts."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


async def _plotly(request: Request) -> Response:
    """Plotly's own script, from the installed package: no other host is asked. Its address carries the version."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"cache-control": FOREVER})


def _load(id: str):
    """A model's id alone, or with a map's settings behind it (docs/live-protocol.md)."""
    # Imported here: the framework takes seconds, and the pages must not wait for it.
    if "?" in id:
        from zscope.library.maps.loaded_map import load_map

        return load_map(id)
    from zscope.library.open_models import load_model

    return load_model(id)


def _fingerprint(id: str) -> str:
    return fingerprint(id.partition("?")[0])


def _send_at_once() -> None:
    """Turn Nagle's algorithm off for every connection to come.

    asyncio does so for sockets that say they are TCP; the one that Streamlit binds does not say it. An answer's head
    and body go out as two packets, and the second would wait 40 ms until the browser has acknowledged the first: each
    small file and picture would take ten times as long. Connections inherit the setting from the listening socket.
    """
    descriptors = Path("/dev/fd")
    if not descriptors.is_dir():
        return  # Windows
    for name in [path.name for path in descriptors.iterdir()]:
        with suppress(OSError):  # closed meanwhile
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as found:
                if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _warm_up() -> None:
    # What is wrong with it is said to whoever asks for it; the server serves the others.
    with suppress(ZscopeError):
        _HUB.engine(DEFAULT_MODEL)


_MEMORY_MB = int(os.environ.get("ZSCOPE_MODEL_MEMORY_MB") or 1000)
_HUB = Hub(_load, fingerprint=_fingerprint, budget=_MEMORY_MB * 1_000_000, pinned=[DEFAULT_MODEL], warm_up=True)
