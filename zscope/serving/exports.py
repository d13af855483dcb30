"""Exported files over plain HTTP: the browser takes a file of any size to disk, and no session holds it in memory."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from zscope.jobs.exports import find_export
from zscope.serving.workers import QUICK

__all__ = ["export_routes"]


def export_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/exports/{key}`: the file of a finished export, to be saved; see `zscope.jobs.exports`."""
    return [Route(f"{prefix}/exports/{{key}}", _file)]


async def _file(request: Request) -> Response:
    export = await QUICK.run(find_export, request.path_params["key"])
    if export is None or export.report is None:
        said = "This export is not there any more. Reload the model's page and prepare it again."
        return PlainTextResponse(said, 404)
    file = export.report.file
    headers = {"cache-control": "no-store"}
    return FileResponse(file, media_type="application/octet-stream", filename=file.name, headers=headers)
