"""The live channel: binary frames over a WebSocket, newest wins, batches across clients.

The flow of one request, one file a step:

    endpoint → opening → connection → frames → engine (pending → computing) → connection → outbox

`docs/live-protocol.md` describes what goes over the wire. Nothing here imports Streamlit or a deep-learning framework.
"""

from zscope.serving.client import LiveClient
from zscope.serving.endpoint import live_route
from zscope.serving.engine import Engine
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.hub import Hub
from zscope.serving.protocol import Operation
from zscope.serving.servable import Servable

__all__ = ["ConnectionLostError", "Engine", "Hub", "LiveClient", "Operation", "Servable", "live_route"]
