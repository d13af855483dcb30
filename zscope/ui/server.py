"""Serves the live channel and our assets beside Streamlit's pages, and prepares the server."""

import logging
import os
import socket
import stat
import sys
import threading
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from vae.assets import ASSETS
from vae.data import load_test_split
from vae.errors import ZscopeError
from vae.inference.pool import POOL
from zscope.jobs.cluster.server import server_cluster
from zscope.jobs.networks.host import isolate_networks
from zscope.languages import FOLDER
from zscope.library.model_cache import drop_cached
from zscope.library.registry import fingerprint, list_models
from zscope.serving import Hub, live_route
from zscope.serving.assets import AssetFiles, asset_routes
from zscope.serving.audience import Rooms, audience_routes
from zscope.serving.audience.addresses import is_loopback
from zscope.serving.audience.links import Reach, reach_of
from zscope.serving.first_picture import decode_at_once
from zscope.serving.gradients import end_gradients
from zscope.serving.health import health_routes
from zscope.serving.http_api import http_routes
from zscope.serving.remote import remote_route
from zscope.serving.routes import FOREVER
from zscope.serving.servable import Servable
from zscope.serving.uvicorn_limits import limit_connections
from zscope.ui.component_scripts import joined_scripts
from zscope.ui.freed_memory import ReleasedMemory
from zscope.ui.garbage import Spared
from zscope.ui.links import DEFAULT_MODEL
from zscope.ui.listening import listening_address

__all__ = ["ASSET_FILES", "audience_reach", "base_path", "decoded", "lifespan", "routes"]

LOGGER = logging.getLogger(__name__)
ASSET_FILES = AssetFiles(ASSETS, ("js", "css"), joined_scripts)
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def routes() -> list[BaseRoute]:
    """Return the routes: live channel, HTTP content, rooms, remote control, scripts, styles, catalogues, Learn."""
    base, token = base_path(), os.environ.get("ZSCOPE_REMOTE_TOKEN")
    return [
        live_route(_HUB, f"{base}/live"),
        *audience_routes(_HUB, _ROOMS, f"{base}/audience", listening=listening_address),
        remote_route(f"{base}/remote", token=token or None, is_public=lambda: not is_loopback(listening_address())),
        *http_routes(f"{base}/content"),
        *health_routes(_HUB, DEFAULT_MODEL, base, _CLUSTER.figures),
        Route(f"{base}/assets/vendor/plotly.min.js", _plotly),
        *asset_routes(ASSET_FILES, f"{base}/assets"),
        Mount(f"{base}/assets/js", _Revalidated(directory=ASSETS / "js")),
        Mount(f"{base}/assets/css", _Revalidated(directory=ASSETS / "css")),
        Mount(f"{base}/assets/languages", _Revalidated(directory=FOLDER)),
        Mount(f"{base}/assets/learn", _Revalidated(directory=ASSETS / "learn")),
    ]


def base_path() -> str:
    """Return the prefix of our routes: "", or "/path" if the app is served below a path (`server.baseUrlPath`)."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


def audience_reach() -> Reach:
    """Return who could open the links of an audience that the page of this run starts."""
    return reach_of(st.context.headers.get("host") or "", listening_address())


def decoded(model_id: str, z: np.ndarray) -> np.ndarray | None:
    """Return the picture of a code, see `zscope.serving.first_picture.decode_at_once`."""
    return decode_at_once(_HUB, model_id, z)


@asynccontextmanager
async def lifespan(app):
    """Load the framework and the first model while the browser still loads the page."""
    # By default a page's script holds the interpreter for 5 ms at a time, longer than one step of a drag takes.
    sys.setswitchinterval(0.0005)
    _warn_if_public()
    limit_connections(f"{base_path()}/live", audience_path=f"{base_path()}/audience")
    _disable_nagle()
    spared, released = Spared(), ReleasedMemory()
    spared.start()
    released.start()
    _CLUSTER.start()
    threading.Thread(target=_warm_up, name="zscope-warm-up", daemon=True).start()
    try:
        yield
    finally:
        released.stop()
        spared.stop()
        _ROOMS.close()
        _HUB.close()
        _CLUSTER.close()
        end_gradients()


def _warn_if_public() -> None:
    """Log a warning if other computers can connect; Streamlit prints only the address of this one."""
    address = listening_address()
    if not is_loopback(address):
        LOGGER.warning("Zscope listens on %s: everyone who can reach this port can use it.", address or "all addresses")


class _Revalidated(StaticFiles):
    """Files that a browser revalidates at each request, so that it never uses scripts of an older server."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


async def _plotly(request: Request) -> Response:
    """Return Plotly's script from the installed package, not from another host. Its URL contains the version."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"cache-control": FOREVER})


def _load(id: str) -> Servable:
    """Load a model by its id, or a map by the model's id and the map's settings (docs/live-protocol.md)."""
    # Imported here, since the framework takes seconds to load and the pages must not wait for it.
    if "?" in id:
        from zscope.library.maps.loaded_map import load_map

        return load_map(id, _load_model)
    return _load_model(id)


def _load_model(id: str) -> Any:
    from zscope.library.open_models import load_model

    return _CLUSTER.served(load_model(id))


def _fingerprint(id: str) -> str:
    return fingerprint(id.partition("?")[0])


def _disable_nagle() -> None:
    """Disable Nagle's algorithm for all connections.

    asyncio does so only for sockets whose protocol is set to TCP, and Streamlit's is not. Head and body of a response
    are two packets. With Nagle's algorithm, the second waits 40 ms until the browser has acknowledged the first, ten
    times as long as a small file takes. Connections inherit the setting from the listening socket.
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
    ASSET_FILES.current()
    # A client that requests this model gets the error; the server serves the other models.
    with suppress(ZscopeError):
        _HUB.engine(DEFAULT_MODEL)
    # What takes longest when another bundled model is opened. The data sets are read once.
    for entry in list_models():
        if entry.shipped:
            with suppress(ZscopeError):
                load_test_split(entry.manifest.dataset)


_MEMORY_MB = int(os.environ.get("ZSCOPE_MODEL_MEMORY_MB") or 1000)
_HUB = Hub(_load, fingerprint=_fingerprint, pinned=[DEFAULT_MODEL], warm_up=True)
_ROOMS = Rooms()
_CLUSTER = server_cluster()
isolate_networks()
POOL.limit(_MEMORY_MB * 1_000_000, pinned=[DEFAULT_MODEL])
POOL.on_shortage(_HUB.unload_idle)
POOL.on_shortage(drop_cached)
