"""A model whose batches a pool of workers computes. Here they are in this process, without the transport."""

import threading

import numpy as np
import pytest

from vae.errors import BadRequestError
from zscope.jobs.cluster.model import ClusterModel, cluster_model
from zscope.jobs.cluster.pool import ModelMissingError, WorkerLostError, WorkerPool
from zscope.jobs.cluster.server import ClusterFigures, server_cluster
from zscope.jobs.cluster.worker import ModelWorker, Refusal, versions
from zscope.library.maps.loaded_map import load_map
from zscope.library.open_models import load_model
from zscope.serving import Engine

MODEL = "mnist-2d"
CODES = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)


class Local:
    """A worker of the cluster in this process, without the transport."""

    def __init__(self):
        self.worker = ModelWorker({})
        self.batches = 0
        self.lost = False

    def run(self, task):
        if self.lost:
            raise WorkerLostError("ended")
        self.batches += 1
        answer = self.worker.run(task.model_id, task.version, task.operation, task.batch)
        if isinstance(answer, Refusal):
            error = answer.error()
            raise ModelMissingError(str(error)) if answer.opening else error
        return answer

    def end(self):
        pass


@pytest.fixture(autouse=True)
def same_process(monkeypatch):
    """A worker isolates networks and limits memory of its process, which is this one here."""
    from vae.inference import pool
    from zscope.jobs.networks import host

    monkeypatch.setattr(host, "isolate_networks", lambda: None)
    monkeypatch.setattr(pool, "POOL", pool.RuntimePool())


@pytest.fixture
def local():
    return Local()


@pytest.fixture
def served(local):
    workers = WorkerPool(lambda: local, smallest=1, largest=1)
    assert workers.wait(1, 10)
    yield cluster_model(load_model(MODEL), workers)
    workers.close()


def test_workers_compute_what_this_process_would(served, local):
    model = served.model
    assert np.array_equal(served.decode_pixels(CODES), model.decode_pixels(CODES))
    pixels = model.decode_pixels(CODES)
    for own, other in zip(served.encode(pixels), model.encode(pixels), strict=True):
        assert np.array_equal(own, other)
    assert local.batches == 2
    assert served.device == "cluster"


def test_an_engine_serves_it_with_several_batches_in_flight(served, local):
    engine = Engine(served)
    engine.warm_up()
    assert engine.servable.in_flight == served.pool.most_in_flight == 2
    assert local.batches > 4
    engine.close()


def test_the_same_object_serves_a_model_while_it_is_in_use(served):
    assert cluster_model(served.model, served.pool) is served
    made = load_map(f"{MODEL}?method=pca&images=test&axes=0,1", lambda id: served)
    assert made.base is served
    assert made.device == "cluster"
    assert made.in_flight == served.in_flight


def test_this_process_computes_while_there_is_no_worker(served, local):
    local.lost = True
    assert np.array_equal(served.decode_pixels(CODES), served.model.decode_pixels(CODES))
    served.pool.close()
    assert served.device == served.model.device == "CPU"
    assert np.array_equal(served.decode_pixels(CODES), served.model.decode_pixels(CODES))


def test_an_error_of_a_batch_is_the_same_as_here(served):
    wrong = np.full((1, 2), np.nan, np.float32)
    with pytest.raises(BadRequestError) as here:
        served.model.decode_pixels(wrong)
    with pytest.raises(BadRequestError) as there:
        served.decode_pixels(wrong)
    assert str(there.value) == str(here.value)
    assert there.value.message.template == here.value.message.template


def test_a_model_that_workers_cannot_open_is_computed_here(served, local, caplog):
    served.version = "another"
    assert np.array_equal(served.decode_pixels(CODES), served.model.decode_pixels(CODES))
    assert served.device == "CPU"
    assert caplog.text.count("cannot open mnist-2d") == 1
    served.decode_pixels(CODES)
    assert local.batches == 1  # the workers are not asked again at once


def test_a_worker_drops_models_when_memory_is_short():
    worker = ModelWorker({})
    hashes = {id: load_model(id).bundle.manifest.networks_hash for id in (MODEL, "mnist-16")}
    worker.run(MODEL, hashes[MODEL], "decode_pixels", CODES)
    worker.run("mnist-16", hashes["mnist-16"], "decode_pixels", np.zeros((1, 16), np.float32))
    assert [key[0] for key in worker._models] == [MODEL, "mnist-16"]
    worker.run(MODEL, hashes[MODEL], "decode_pixels", CODES)
    assert worker._drop_one()
    assert [key[0] for key in worker._models] == [MODEL]
    assert worker._drop_one()
    assert not worker._drop_one()


def test_several_threads_share_it(served):
    expected, results = served.model.decode_pixels(CODES), []
    threads = [threading.Thread(target=lambda: results.append(served.decode_pixels(CODES))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(results) == 8
    assert all(np.array_equal(one, expected) for one in results)


def test_versions_name_the_packages_that_compute():
    assert set(versions()) == {"numpy", "onnxruntime", "zscope"}


def test_the_server_has_workers_before_the_first_is_ready(monkeypatch):
    monkeypatch.setenv("ZSCOPE_CLUSTER", "local")
    cluster, gate = server_cluster(), threading.Event()
    monkeypatch.setattr(cluster, "_worker", lambda: gate.wait(20) and Local())
    monkeypatch.setattr("zscope.jobs.cluster.ray_workers.disconnect", lambda: None)
    assert cluster.figures() is None
    cluster.start()
    assert cluster.figures() == ClusterFigures(workers=0, lost=0)
    served = cluster.served(load_model(MODEL))
    assert isinstance(served, ClusterModel)
    assert served.device == "CPU"
    gate.set()
    assert served.pool.wait(1, 10)
    assert served.device == "cluster"
    assert cluster.figures() == ClusterFigures(workers=1, lost=0)
    cluster.close()
    assert served.device == "CPU"
