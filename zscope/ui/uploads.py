"""Limits the memory of uploaded files, which Streamlit keeps until the tab is closed and without a total limit."""

import os
import re
from collections import Counter
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

__all__ = ["UploadQuota", "release_uploads"]

_UPLOAD = re.compile(r".*/_stcore/upload_file/([^/]+)/[^/]+")
_NO_ROOM = "Not enough memory for this file. Close other uploads, or try again later."
_CLOSE = {"connection": "close", "retry-after": "60"}  # the rest of the file is not read
_SESSION_BYTES = 1 << 30  # limit of one tab: twice the largest file
_TOTAL_BYTES = int(os.environ.get("ZSCOPE_UPLOAD_MEMORY_MB") or 2000) << 20  # limit of all tabs


class UploadQuota:
    """ASGI middleware that refuses uploads beyond the limits of one tab and of all tabs together.

    Args:
        app: the application that receives the uploads.
        session_bytes, total_bytes: the limits.
    """

    def __init__(self, app: ASGIApp, session_bytes: int = _SESSION_BYTES, total_bytes: int = _TOTAL_BYTES):
        self._app = app
        self._session_bytes = session_bytes
        self._total_bytes = total_bytes
        self._arriving: Counter[str] = Counter()  # bytes of incomplete uploads, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = _UPLOAD.fullmatch(unquote(scope.get("path", "")))
        if scope["type"] != "http" or scope["method"] != "PUT" or path is None:
            await self._app(scope, receive, send)
            return
        announced = Request(scope).headers.get("content-length", "")
        size = int(announced) if announced.isdecimal() else 0
        if not self._has_room(path[1], size):
            await PlainTextResponse(_NO_ROOM, 503, _CLOSE)(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            part = len(message.get("body", b""))
            if part and not self._has_room(path[1], part):
                raise HTTPException(503, _NO_ROOM, _CLOSE)
            self._arriving[path[1]] += part
            arrived += part
            return message

        try:
            await self._app(scope, counted, send)
        finally:
            self._arriving[path[1]] -= arrived
            self._arriving += Counter()  # removes sessions with 0 bytes

    def _has_room(self, session_id: str, size: int) -> bool:
        """Return whether `size` more bytes are within the limits."""
        held = _kept_bytes() + self._arriving
        return held[session_id] + size <= self._session_bytes and held.total() + size <= self._total_bytes


def release_uploads() -> None:
    """Delete the files that this tab has uploaded, when a dialog no longer needs them."""
    context = get_script_run_ctx()
    if context is not None and runtime.exists():
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def _kept_bytes() -> Counter[str]:
    """Bytes of complete uploads, by session."""
    if not runtime.exists():
        return Counter()
    manager = cast("MemoryUploadedFileManager", runtime.get_instance().uploaded_file_mgr)  # Streamlit's only one
    storage = manager.file_storage
    return Counter({id: sum(len(file.data) for file in list(files.values())) for id, files in list(storage.items())})
