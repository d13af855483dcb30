"""The sending side of remote control: a program's connection to a running app."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect

from vae.errors import BadRequestError
from vae.message import message
from zscope.serving.http_errors import ConnectionLostError

__all__ = ["RemoteSender"]

_SECONDS = 10.0  # to connect, and for the answer to the opening


class RemoteSender:
    """Sends changes of the point to the pages that follow.

    Args:
        url: of the app, "http://host:port".
        token: of the server, if it needs one.

    Raises:
        ConnectionLostError: there is no server, or it refuses.
    """

    def __init__(self, url: str, token: str = ""):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            raise BadRequestError(
                message("{url} is not the address of an app.", url=repr(url)), "Use http://host:port."
            )
        scheme, path = "wss" if parts.scheme == "https" else "ws", parts.path.rstrip("/") + "/remote"
        try:
            self._socket = connect(urlunsplit((scheme, parts.netloc, path, "", "")), open_timeout=_SECONDS).__enter__()
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise ConnectionLostError(
                message("No app answers at {url}: {error}.", url=url, error=error),
                "Start the app, or give its address with --app.",
            ) from error
        try:
            self._socket.send(json.dumps({"role": "send", "token": token}))
            self.followers = int(json.loads(self._socket.recv(_SECONDS))["followers"])
        except (ConnectionClosed, TimeoutError, ValueError, KeyError) as error:
            self.close()
            raise _lost(error) from None

    def __enter__(self) -> "RemoteSender":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def send(self, change: dict[str, Any]) -> None:
        """Send a change, see `zscope.serving.remote.checked_change`.

        Raises:
            ConnectionLostError: the connection is lost, or the server refuses the change.
        """
        try:
            self._socket.send(json.dumps(change))
        except ConnectionClosed as error:
            raise _lost(error) from None

    def reports(self) -> Iterator[dict[str, float]]:
        """Yield the distance from the data that pages report, until the connection is closed."""
        with suppress(ConnectionClosed):
            while True:
                yield json.loads(self._socket.recv())

    def close(self) -> None:
        """Close the connection. May be called twice."""
        self._socket.__exit__(None, None, None)


def _lost(error: Exception) -> ConnectionLostError:
    close = error.rcvd if isinstance(error, ConnectionClosed) else None
    return ConnectionLostError(
        message(
            "The app has closed the connection{value}.", value=f": {close.reason}" if close and close.reason else ""
        ),
        "Connect again.",
    )
