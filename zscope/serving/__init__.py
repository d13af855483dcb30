"""The live channel: binary frames over a WebSocket, newest wins, batches across clients.

The flow of one request, one file a step:

    endpoint → opening → connection → frames → engine (pending → computing) → connection → outbox

`docs/live-protocol.md` describes what goes over the wire. Nothing here imports Streamlit or a deep-learning framework.
"""

from .client import LiveClient
from .endpoint import live_route
from .engine import Engine
from .faults import ConnectionLostError
from .hub import Hub
from .protocol import Operation
from .servable import Servable

__all__ = ["ConnectionLostError", "Engine", "Hub", "LiveClient", "Operation", "Servable", "live_route"]
