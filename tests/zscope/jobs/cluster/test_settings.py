"""Which cluster the environment variables name."""

import subprocess
import sys

import pytest

from vae.errors import BadRequestError
from zscope.jobs.cluster.settings import ClusterSettings, cluster_settings


@pytest.fixture(autouse=True)
def none(monkeypatch):
    for name in ("ZSCOPE_CLUSTER", "ZSCOPE_CLUSTER_WORKERS"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_variable_there_is_no_cluster(monkeypatch):
    assert cluster_settings() is None
    monkeypatch.setenv("ZSCOPE_CLUSTER", " ")
    assert cluster_settings() is None


@pytest.mark.parametrize("address", ["local", "auto", "10.0.0.5:6379", "head.example.org:6379", "[::1]:6379"])
def test_addresses(monkeypatch, address):
    monkeypatch.setenv("ZSCOPE_CLUSTER", address)
    assert cluster_settings() == ClusterSettings(address, 1, 4)


@pytest.mark.parametrize("address", ["locl", "ray://head:10001", "10.0.0.5", "a b:1", "http://head:1"])
def test_other_addresses_are_refused(monkeypatch, address):
    monkeypatch.setenv("ZSCOPE_CLUSTER", address)
    with pytest.raises(BadRequestError, match="ZSCOPE_CLUSTER is"):
        cluster_settings()


@pytest.mark.parametrize(("text", "workers"), [("3", (3, 3)), ("1-8", (1, 8)), ("", (1, 4))])
def test_numbers_of_workers(monkeypatch, text, workers):
    monkeypatch.setenv("ZSCOPE_CLUSTER", "local")
    monkeypatch.setenv("ZSCOPE_CLUSTER_WORKERS", text)
    found = cluster_settings()
    assert found
    assert (found.smallest, found.largest) == workers


@pytest.mark.parametrize("text", ["0", "5-2", "many", "1-", "-3", "2000"])
def test_other_numbers_are_refused(monkeypatch, text):
    monkeypatch.setenv("ZSCOPE_CLUSTER", "local")
    monkeypatch.setenv("ZSCOPE_CLUSTER_WORKERS", text)
    with pytest.raises(BadRequestError, match="ZSCOPE_CLUSTER_WORKERS is"):
        cluster_settings()


def test_the_server_goes_on_with_invalid_settings(monkeypatch, caplog):
    from zscope.jobs.cluster.server import server_cluster

    monkeypatch.setenv("ZSCOPE_CLUSTER", "nowhere")
    cluster = server_cluster()
    cluster.start()
    model = object()
    assert cluster.served(model) is model
    assert "ZSCOPE_CLUSTER is 'nowhere'" in caplog.text


def test_ray_is_not_imported_without_a_cluster(monkeypatch):
    program = (
        "import sys, zscope.ui.server, zscope.cli, zscope.jobs.cluster.ray_workers as workers\n"
        "assert zscope.ui.server._CLUSTER.start() is None\n"
        "zscope.ui.server._load('mnist-2d')\n"
        "assert not any(name.partition('.')[0] == 'ray' for name in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
