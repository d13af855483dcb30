"""The live channel and the HTTP routes.

A live request passes these modules in order:

    endpoint → handshake → connection → frames → engine (scheduler → dispatch) → connection → outbox

The newest request of a client replaces older ones, and requests of several clients are computed in one batch. An HTTP
request passes:

    http_api → routes → parameters or bodies → workers → content, maps, pictures, … → routes or streams

Both describe errors as `http_errors` does. `docs/live-protocol.md` describes the messages of the live channel.
Importing this package loads neither Streamlit nor a deep-learning framework.
"""

from zscope.serving.client import LiveClient
from zscope.serving.endpoint import live_route
from zscope.serving.engine import Engine
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.hub import Hub
from zscope.serving.protocol import Operation
from zscope.serving.servable import Servable

__all__ = ["ConnectionLostError", "Engine", "Hub", "LiveClient", "Operation", "Servable", "live_route"]
