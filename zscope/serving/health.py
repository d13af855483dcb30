"""Routes for those who run the server: whether it lives and is ready, and its figures in the OpenMetrics format.

See https://prometheus.io/docs/specs/om/open_metrics_spec/ for the format.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from vae.inference.pool import POOL
from zscope.jobs.cluster.server import ClusterFigures
from zscope.serving.hub import Hub
from zscope.serving.routes import NEVER

__all__ = ["health_routes", "metrics_text"]

_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_HEADERS = {"cache-control": NEVER}
_COUNTS = {
    "requests": "Requests of the live channel.",
    "replaced": "Requests that a newer request of the same client replaced.",
    "batches": "Batches that the model computed.",
    "rows": "Rows of these batches, without padding.",
    "failures": "Requests, or parts of one, that ended in an error.",
}


def health_routes(
    hub: Hub, model_id: str, prefix: str = "", cluster: Callable[[], ClusterFigures | None] | None = None
) -> list[BaseRoute]:
    """Return the routes, for a Starlette application.

    `{prefix}/healthz`
        200 as long as the server answers.
    `{prefix}/readyz`
        200 if the first model is loaded, else 503.
    `{prefix}/metrics`
        Counts of each loaded model, memory, and the workers of a cluster.

    Args:
        hub: the engines of the models.
        model_id: the first model.
        cluster: returns the figures of the cluster, None without one.
    """

    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok", headers=_HEADERS)

    async def ready(request: Request) -> Response:
        if model_id not in hub.loaded():
            return PlainTextResponse("loading", 503, _HEADERS)
        return PlainTextResponse("ready", headers=_HEADERS)

    async def metrics(request: Request) -> Response:
        return Response(metrics_text(hub, cluster() if cluster else None), media_type=_TYPE, headers=_HEADERS)

    return [
        Route(f"{prefix}/healthz", healthy),
        Route(f"{prefix}/readyz", ready),
        Route(f"{prefix}/metrics", metrics),
    ]


def metrics_text(hub: Hub, cluster: ClusterFigures | None = None) -> str:
    """Return the figures of the server in the OpenMetrics format."""
    engines = hub.loaded()
    counts = {model: asdict(engine.counters) for model, engine in engines.items()}
    lines: list[str] = []
    for name, help_text in _COUNTS.items():
        values = ((model, found[name]) for model, found in counts.items())
        lines += _family(f"zscope_{name}", "counter", help_text, values)
    clients = ((model, engine.clients) for model, engine in engines.items())
    lines += _family("zscope_clients", "gauge", "Open connections of the live channel.", clients)
    lines += [
        "# TYPE zscope_models_memory_bytes gauge",
        "# UNIT zscope_models_memory_bytes bytes",
        "# HELP zscope_models_memory_bytes Estimated memory of all opened models.",
        f"zscope_models_memory_bytes {POOL.held_bytes}",
    ]
    if cluster:
        lines += [
            "# TYPE zscope_cluster_workers gauge",
            "# HELP zscope_cluster_workers Workers of the cluster that are ready.",
            f"zscope_cluster_workers {cluster.workers}",
            "# TYPE zscope_cluster_workers_lost counter",
            "# HELP zscope_cluster_workers_lost Workers that ended before they had answered.",
            f"zscope_cluster_workers_lost_total {cluster.lost}",
        ]
    lines.append("# EOF")
    return "\n".join(lines) + "\n"


def _family(name: str, kind: str, help_text: str, values: Iterable[tuple[str, int]]) -> list[str]:
    sample = f"{name}_total" if kind == "counter" else name
    lines = [f'{sample}{{model="{_escaped(model)}"}} {value}' for model, value in values]
    return [f"# TYPE {name} {kind}", f"# HELP {name} {help_text}", *lines]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
