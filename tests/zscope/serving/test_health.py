"""The routes for those who run the server."""

import pytest

from tests.zscope.serving.asgi import getter
from tests.zscope.serving.linear_servable import LinearServable
from zscope.jobs.cluster.server import ClusterFigures
from zscope.serving.health import health_routes
from zscope.serving.hub import Hub

_MODEL = 'linear?a="1"\\n'


@pytest.fixture
def hub():
    hub = Hub(LinearServable)
    yield hub
    hub.close()


def test_it_is_ready_while_its_first_model_is_loaded(hub):
    get = getter(health_routes(hub, "linear"))
    assert get("/healthz")[0] == 200
    assert (get("/readyz")[0], get("/readyz")[2]) == (503, b"loading")
    hub.engine("linear")
    status, headers, body = get("/readyz")
    assert (status, body, headers["cache-control"]) == (200, b"ready", "no-store")


@pytest.mark.parametrize("cluster", [None, ClusterFigures(workers=3, lost=2)])
def test_the_figures_have_the_openmetrics_format(hub, cluster):
    hub.engine("linear").attach("a client")
    hub.engine(_MODEL)
    routes = health_routes(hub, "linear", cluster=lambda: cluster)
    status, headers, body = getter(routes)("/metrics")
    lines = body.decode().split("\n")
    assert status == 200 and headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert lines[-2:] == ["# EOF", ""]
    assert 'zscope_requests_total{model="linear"} 0' in lines
    assert 'zscope_clients{model="linear"} 1' in lines
    assert ("zscope_cluster_workers 3" in lines, "zscope_cluster_workers_lost_total 2" in lines) == (bool(cluster),) * 2
    assert 'zscope_clients{model="linear?a=\\"1\\"\\\\n"} 0' in lines
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(set(families)) == len(families)
    for line in lines:
        name = line.partition("{")[0].partition(" ")[0].removesuffix("_total")
        assert line.startswith("#") or not line or name in families
