"""Workers of a real cluster on this computer, in processes of their own."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import vae
from vae.errors import BadRequestError
from zscope.jobs.cluster.model import cluster_model
from zscope.jobs.cluster.pool import WorkerPool
from zscope.jobs.cluster.settings import ClusterSettings
from zscope.library.open_models import load_model

pytestmark = pytest.mark.full

ray_workers = pytest.importorskip("zscope.jobs.cluster.ray_workers")
MODEL = "mnist-2d"
CODES = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def joined():
    pytest.importorskip("ray", reason="an optional package; `make test-all` installs it")
    ray_workers.connect(ClusterSettings("local", 1, 4))
    yield
    ray_workers.disconnect()


@pytest.fixture
def pool(joined):
    pool = WorkerPool(ray_workers.start_worker, smallest=2, largest=2)
    assert pool.wait(2, 120), pool.failure
    yield pool
    pool.close()


def pid_of(worker):
    import ray  # pyright: ignore[reportMissingImports]

    return int(ray.get(worker.actor.pid.remote()))


def test_workers_are_other_processes_and_compute_the_same(pool):
    model = load_model(MODEL)
    served = cluster_model(model, pool)
    pixels = model.decode_pixels(CODES)
    assert np.array_equal(served.decode_pixels(CODES), pixels)
    for own, other in zip(model.encode(pixels), served.encode(pixels), strict=True):
        assert np.allclose(own, other, atol=1e-5)
    pids = {pid_of(worker) for worker in pool.workers}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert ray_workers.cluster_status().nodes == 1


def test_a_killed_worker_is_replaced_and_no_batch_is_lost(pool):
    served, stopped, errors = cluster_model(load_model(MODEL), pool), threading.Event(), []
    expected = served.model.decode_pixels(CODES)

    def ask():
        while not stopped.is_set():
            try:
                assert np.array_equal(served.decode_pixels(CODES), expected)
            except BaseException as error:
                errors.append(error)
                raise

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(3):
        os.kill(pid_of(pool.workers[0]), signal.SIGKILL)
        deadline = time.monotonic() + 60
        while pool.lost <= turn or not pool.wait(2, 0.1):
            assert time.monotonic() < deadline
    stopped.set()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert pool.lost == 3


def test_an_error_of_a_batch_comes_back_as_it_is(pool):
    served = cluster_model(load_model(MODEL), pool)
    with pytest.raises(BadRequestError, match="NaN or infinity"):
        served.decode_pixels(np.full((1, 2), np.nan, np.float32))
    assert pool.lost == 0


def test_a_worker_of_other_versions_is_refused(joined):
    class OtherVersion:  # a local class travels by value, since workers do not import this file
        def __init__(self, variables):
            pass

        def versions(self):
            return {"numpy": "0.1", "onnxruntime": "0.2", "zscope": "0.3"}

    with pytest.raises(ray_workers.ClusterError, match=r"other versions than this computer: numpy 0\.1"):
        ray_workers.start_worker(maker=OtherVersion)


@pytest.fixture
def head(tmp_path):
    """The address of a cluster of two nodes that another program started, with a token."""
    pytest.importorskip("ray", reason="an optional package; `make test-all` installs it")
    program = (
        "from ray.cluster_utils import Cluster\n"
        "cluster = Cluster(initialize_head=True, head_node_args={'num_cpus': 1, 'include_dashboard': False})\n"
        "cluster.add_node(num_cpus=2)\n"
        "print('ADDRESS', cluster.address, flush=True)\n"
        "input()\n"
    )
    token = tmp_path / "token"
    token.write_text("a" * 64)
    environment = os.environ | {"RAY_AUTH_TOKEN_PATH": str(token), "RAY_AUTH_MODE": "token"}
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout and process.stdin
        line = next(line for line in process.stdout if line.startswith("ADDRESS"))
        yield line.split()[1], environment
        process.stdin.close()
        process.wait(60)


def status(address, environment):
    words = [sys.executable, "-m", "vae", "cluster", "status", "--json"]
    return subprocess.run(
        words, env=environment | {"ZSCOPE_CLUSTER": address}, capture_output=True, text=True, check=False
    )


def test_the_command_joins_a_cluster_of_two_nodes_with_its_token_only(head, tmp_path):
    address, environment = head
    found = status(address, environment)
    assert found.returncode == 0, found.stderr
    assert '"nodes": 2, "cpus": 3.0' in found.stdout
    other = tmp_path / "other"
    other.write_text("b" * 64)
    refused = status(address, environment | {"RAY_AUTH_TOKEN_PATH": str(other)})
    assert refused.returncode == 1
    assert re.search(r"The cluster (refuses this computer|at .* cannot be reached)", refused.stderr), refused.stderr


def test_a_cluster_that_ended_is_one_line(head, tmp_path):
    _, environment = head
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections, and never answers
        port = silent.getsockname()[1]
        found = status(f"127.0.0.1:{port}", environment)
    assert found.returncode == 1
    assert "cannot be reached" in found.stderr


def test_no_cluster_at_an_address_is_one_line():
    pytest.importorskip("ray", reason="an optional package; `make test-all` installs it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = status(f"127.0.0.1:{port}", dict(os.environ))
    assert found.returncode == 1
    assert "cannot be reached" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_commands_of_the_document_lead_to_a_cluster_of_two_nodes_and_back(tmp_path):
    """Two nodes on this computer; `ray stop` ends all clusters on it, so no other test may have one at that time."""
    pytest.importorskip("ray", reason="an optional package; `make test-all` installs it")
    text = (Path(vae.__file__).resolve().parents[1] / "docs" / "scaling.md").read_text()
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    others = ("pip", "ZSCOPE_CLUSTER=local", "zscope encode")  # they have tests of their own
    mode, token, head, node, told, server, stop = (line for line in commands if not line.startswith(others))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"HOME": str(tmp_path), "ZSCOPE_CLUSTER": server.split()[0].partition("=")[2]}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(line: str) -> str:
        found = subprocess.run(shlex.split(line), env=environment, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stderr
        return found.stdout

    assert server == "ZSCOPE_CLUSTER=auto zscope"
    name, _, value = mode.removeprefix("export ").partition("=")
    environment[name] = value
    run(token)
    assert (tmp_path / ".ray" / "auth_token").stat().st_size
    try:
        run(head.replace("6379", str(port)))
        run(re.sub(r"[\d.]+:6379", f"127.0.0.1:{port}", node))
        assert "2 nodes" in run(told.replace("zscope", f"{sys.executable} -m vae"))
    finally:
        assert stop == "ray stop"
        run(stop)
    assert status(f"127.0.0.1:{port}", environment).returncode == 1
