"""The list of all HTTP routes of the application."""

from starlette.routing import BaseRoute

from zscope.serving.comparing import comparing_routes
from zscope.serving.content import content_routes
from zscope.serving.exports import export_routes
from zscope.serving.films import film_routes
from zscope.serving.maps import map_routes
from zscope.serving.movies import movie_routes
from zscope.serving.paths import path_routes
from zscope.serving.pictures import picture_routes
from zscope.serving.samples import sample_routes

__all__ = ["http_routes"]


def http_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return all routes, for a Starlette application.

    `zscope.serving.routes.error_response` answers every error.
    """
    families = (
        comparing_routes,
        content_routes,
        export_routes,
        film_routes,
        map_routes,
        movie_routes,
        path_routes,
        picture_routes,
        sample_routes,
    )
    return [route for family in families for route in family(prefix)]
