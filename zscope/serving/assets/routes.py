"""The route of scripts and styles at versioned addresses."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from zscope.serving.assets.files import AssetFiles
from zscope.serving.routes import FOREVER

__all__ = ["asset_routes"]

_VERSION = re.compile(r"[0-9a-f]{16}")


def asset_routes(files: AssetFiles, prefix: str = "/assets") -> list[BaseRoute]:
    """Return the routes, for a Starlette application.

    `{prefix}/v/{version}/{path}`
        A file. With the version of the files it is cached for good. With any other version, the answer is the file as
        it is now and is not cached: a page that was opened before the files changed still loads what it needs.

    Paths are keys of a dictionary: nothing else on the disk can be read.
    """

    async def asset(request: Request) -> Response:
        version, path = request.path_params["version"], request.path_params["path"]
        snapshot = files.latest()
        if not _VERSION.fullmatch(version) or path not in snapshot.files:
            return PlainTextResponse("There is no such file.", 404, headers={"cache-control": "no-store"})
        headers = {"cache-control": FOREVER if version == snapshot.version else "no-cache", "vary": "accept-encoding"}
        packs = "gzip" in request.headers.get("accept-encoding", "")
        if packs:
            headers["content-encoding"] = "gzip"
        content = snapshot.packed(path) if packs else snapshot.files[path]
        return Response(content, headers=headers, media_type=snapshot.media_type(path))

    return [Route(f"{prefix}/v/{{version}}/{{path:path}}", asset)]
