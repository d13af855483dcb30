"""The app, a page of one slider and one canvas on its live channel, and an echo: `streamlit run bench/bare_app.py`."""

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.assets import PACKAGES
from zscope.ui.server import lifespan, routes

PAGE = Path(__file__).with_name("bare.html")


async def _bare(request: Request) -> Response:
    return FileResponse(PAGE)


async def _echo(websocket: WebSocket) -> None:
    """Answer each frame with as many bytes as its first four bytes say."""
    await websocket.accept()
    try:
        while True:
            frame = await websocket.receive_bytes()
            await websocket.send_bytes(bytes(int.from_bytes(frame[:4], "little")))
    except WebSocketDisconnect:
        pass


app = st.App(
    PACKAGES / "zscope" / "ui" / "shell.py",
    routes=[*routes(), Route("/bench/bare", _bare), WebSocketRoute("/bench/echo", _echo)],
    lifespan=lifespan,
)
