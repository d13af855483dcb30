"""The routes of rooms: a page for phones, and the WebSockets of speakers and phones."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from vae.assets import ASSETS
from zscope.languages import ENGLISH, LANGUAGES
from zscope.serving.audience.model import RoomModel, describe_model
from zscope.serving.audience.phone import PhoneEndpoint
from zscope.serving.audience.rooms import Rooms
from zscope.serving.audience.speaker import SpeakerEndpoint
from zscope.serving.hub import Hub
from zscope.serving.origins import AllowedOrigin
from zscope.serving.routes import NEVER

__all__ = ["audience_routes"]

# The page chooses among the languages by those of the phone's browser.
_PAGE = (
    (ASSETS / "audience.html")
    .read_text(encoding="utf-8")
    .replace("{{languages}}", " ".join(tag for tag in LANGUAGES if tag != ENGLISH))
)
_HEADERS = {
    "cache-control": NEVER,
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",  # the address contains the token
    "x-content-type-options": "nosniff",
}


def audience_routes(
    hub: Hub,
    rooms: Rooms,
    prefix: str = "/audience",
    *,
    describe: Callable[[str], RoomModel] = describe_model,
    listening: Callable[[], str] = lambda: "",
    allowed_origin: AllowedOrigin | None = None,
) -> list[BaseRoute]:
    """Return the routes, for a Starlette application.

    `{prefix}/{token}`
        The page for phones. Without such a room, it says so, with the status 404.
    `{prefix}/{token}/follow`
        The WebSocket of phones.
    `{prefix}`
        The WebSocket of speakers.

    Args:
        hub: the engines of the models.
        rooms: the open rooms.
        prefix: of the routes.
        describe, listening: see `SpeakerEndpoint`.
        allowed_origin: see `zscope.serving.endpoint.live_route`.
    """

    async def page(request: Request) -> Response:
        status = 200 if rooms.find(request.path_params["token"]) else 404
        return HTMLResponse(_PAGE, status, headers=_HEADERS)

    return [
        Route(f"{prefix}/{{token}}", page),
        WebSocketRoute(f"{prefix}/{{token}}/follow", PhoneEndpoint(rooms, allowed_origin)),
        WebSocketRoute(prefix, SpeakerEndpoint(hub, rooms, describe, listening, allowed_origin)),
    ]
