"""Serves the live channel alone with uvicorn: `python -m bench.live_server PORT batching|single`."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from zscope.serving import Hub, live_route


def main() -> None:
    port, mode = int(sys.argv[1]), sys.argv[2]
    from zscope.library.open_models import load_model

    # `base` of a model is None alone, and may be any servable in the protocol.
    hub = Hub(load_model, warm_up=True, batching=mode == "batching")  # pyright: ignore[reportArgumentType]
    hub.engine("mnist-16").warm_up()
    health = Route("/_stcore/health", lambda request: PlainTextResponse("ok"))
    app = Starlette(routes=[live_route(hub), health])
    uvicorn.run(app, host="127.0.0.1", port=port, ws="websockets-sansio", log_level="warning")


main()
