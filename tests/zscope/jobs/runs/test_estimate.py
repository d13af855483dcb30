"""How long a run will take: what a speed is measured for, how often, and what is remembered."""

import dataclasses
import json
import threading
import time
from types import SimpleNamespace

import pytest

from zscope.jobs.runs.estimate import Estimates, estimates, run_seconds

TRAINING = {"learning_rate": 0.01, "epochs": 7, "seed": 3, "beta": 2.0, "keep": "last", "dataset": "mnist"}


@pytest.fixture
def configs(ask_for):
    """`configs(latent_dim=2, batch_size=9)` → (ModelConfig, TrainConfig) of a tiny model."""

    def make(**change):
        request = ask_for(**change)
        return request.model, request.training

    return make


@pytest.fixture
def file(tmp_path):
    return tmp_path / "runs" / "speeds.json"


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


def measured(known: Estimates, *configs) -> float | None:
    """The speed, after it was asked for and measured."""
    known.images_per_second(*configs)
    until(lambda: not known.is_measuring(*configs), seconds=180)  # a probe's own process takes its time
    return known.images_per_second(*configs)


def must_not_measure(model, training):
    raise AssertionError("measured though it was known")


def kept(file) -> list[float]:
    """The speeds in the file, once there is one."""
    return until(lambda: file.exists() and list(json.loads(file.read_bytes()).values()))


class TestRunSeconds:
    def test_epochs_and_images_count_alike_and_validation_a_little(self, configs):
        _, training = configs(epochs=30)
        # 30 epochs of 1,000 images and a fifteenth for validation, ten seconds' start.
        fewer = dataclasses.replace(training, epochs=10)
        assert run_seconds(1000, training, 1000) - run_seconds(1000, fewer, 1000) == pytest.approx(
            20 * 1.0667, rel=1e-3
        )

    def test_the_final_figures_cost_what_there_is_to_measure(self, configs):
        _, training = configs(epochs=1)
        finish = {n: run_seconds(100, training, n) - 10 - n * (1 + 1 / 15) / 100 for n in (36, 1000, 50_000)}
        assert finish[36] < 10, "of seven test images, not of a thousand"
        assert finish[36] < finish[1000] / 20 < finish[1000] < finish[50_000]
        assert finish[50_000] == pytest.approx(1000, rel=0.05)

    def test_twice_the_speed_is_half_the_time_but_for_the_start(self, configs):
        _, training = configs()
        slow, fast = (run_seconds(speed, training, 60_000) for speed in (500, 1000))
        assert slow - 10 == pytest.approx(2 * (fast - 10))
        assert fast > 10


class TestEstimates:
    def test_there_is_no_speed_until_it_is_measured(self, configs, file):
        go = threading.Event()
        known = Estimates(file, lambda model, training: go.wait(60) and 123.0)
        asked = configs()
        assert not known.is_measuring(*asked), "nobody has asked yet"
        assert known.images_per_second(*asked) is None
        assert known.is_measuring(*asked)
        assert known.images_per_second(*asked) is None
        go.set()
        until(lambda: not known.is_measuring(*asked))
        assert known.images_per_second(*asked) == 123.0

    def test_one_at_a_time_each_once_in_the_order_of_asking(self, configs, file):
        at_work, most, order = [], [], []
        lock = threading.Lock()

        def probe(model, training):
            with lock:
                at_work.append(model)
                most.append(len(at_work))
            time.sleep(0.02)  # time for a second one to get in, were it let
            with lock:
                at_work.remove(model)
            order.append(model.latent_dim)
            return 10.0 * model.latent_dim

        known = Estimates(file, probe)
        asked = [configs(latent_dim=dim) for dim in (4, 2, 9)]
        for _ in range(3):  # as a page that is drawn again and again
            for one in asked:
                known.images_per_second(*one)
        until(lambda: not any(known.is_measuring(*one) for one in asked))
        assert order == [4, 2, 9]
        assert max(most) == 1
        assert [known.images_per_second(*one) for one in asked] == [40.0, 20.0, 90.0]

    @pytest.mark.parametrize("setting", TRAINING)
    def test_what_costs_no_time_is_not_measured_again(self, configs, file, setting):
        assert measured(Estimates(file, lambda *_: 50.0), *configs()) == 50.0
        kept(file)
        same = configs(**{setting: TRAINING[setting]})
        assert same != configs()
        assert Estimates(file, must_not_measure).images_per_second(*same) == 50.0

    @pytest.mark.parametrize(
        "change",
        [{"batch_size": 32}, {"latent_dim": 8}, {"widths": (13,)}, {"prior": "realnvp"}, {"importance_samples": 5},
         {"dropout": 0.0}, {"variational": False}],
        ids=str,
    )  # fmt: skip
    def test_another_step_is_measured_by_itself(self, configs, file, change):
        speeds = iter([50.0, 60.0])
        known = Estimates(file, lambda *_: next(speeds))
        assert measured(known, *configs()) == 50.0
        assert measured(known, *configs(**change)) == 60.0
        assert known.images_per_second(*configs()) == 50.0

    def test_the_next_server_remembers(self, configs, file):
        assert measured(Estimates(file, lambda *_: 50.5), *configs()) == 50.5
        assert kept(file) == [50.5]
        after = Estimates(file, must_not_measure)
        assert after.images_per_second(*configs()) == 50.5
        assert not after.is_measuring(*configs())

    def test_what_could_not_be_measured_is_over_for_now_and_tried_again_later(self, configs, file, monkeypatch):
        tries, now = [], [1000.0]
        monkeypatch.setattr("zscope.jobs.runs.estimate.time", SimpleNamespace(monotonic=lambda: now[0]))
        known = Estimates(file, lambda *_: tries.append(1))
        assert measured(known, *configs()) is None
        assert known.images_per_second(*configs()) is None
        assert not known.is_measuring(*configs()), "a page that waits for it would wait for ever"
        assert measured(known, *configs(latent_dim=7)) is None
        assert len(tries) == 2
        for wait, count in ((59, 2), (2, 3), (110, 3), (20, 4)):  # a minute, then two
            now[0] += wait
            assert measured(known, *configs()) is None
            assert len(tries) == count
        assert measured(Estimates(file, lambda *_: 7.0), *configs()) == 7.0

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "3", "null", '{"a": "x"}', '{"a": null}', '{"a": [1]}', "\udcff"], ids=repr
    )  # fmt: skip
    def test_a_damaged_file_is_as_none(self, configs, file, text):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode(errors="surrogateescape"))
        assert measured(Estimates(file, lambda *_: 50.0), *configs()) == 50.0
        until(lambda: file.read_bytes() != text.encode(errors="surrogateescape"))
        assert kept(file) == [50.0]

    @pytest.mark.parametrize("nonsense", ["0", "-5", "NaN"])
    def test_a_speed_that_is_none_is_not_believed(self, configs, file, nonsense):
        assert measured(Estimates(file, lambda *_: 50.0), *configs()) == 50.0
        kept(file)
        (key,) = json.loads(file.read_bytes())
        file.write_text(f'{{"{key}": {nonsense}}}')
        known = Estimates(file, lambda *_: 60.0)
        assert known.images_per_second(*configs()) is None
        assert measured(known, *configs()) == 60.0

    def test_where_nothing_can_be_kept_it_is_known_all_the_same(self, configs, file):
        file.parent.rmdir()
        file.parent.write_text("a file where the folder should be")
        known = Estimates(file, lambda model, training: 5.0 * model.latent_dim)
        assert measured(known, *configs()) == 15.0
        assert measured(known, *configs(latent_dim=4)) == 20.0, "and the next one is still measured"


class TestTheProbesProcess:
    @pytest.mark.full
    def test_it_measures_the_very_model(self, configs, file):
        known = Estimates(file)
        # Labels, a flow and a second bound: what a probe could forget to make.
        speed = measured(known, *configs(classes=10, prior="realnvp", prior_blocks=2, prior_units=8))
        assert 1 < speed < 1e9
        assert kept(file) == [speed]

    def test_one_that_takes_too_long_is_given_up(self, configs, file, monkeypatch):
        monkeypatch.setattr("zscope.jobs.runs.estimate._TIMEOUT", 0.01)
        known = Estimates(file)
        assert measured(known, *configs()) is None

    def test_one_that_cannot_start_or_says_nonsense_is_none(self, configs, file, monkeypatch, tmp_path):
        for number, what in enumerate(["exit 3", "echo no number", "true"]):
            python = tmp_path / f"python-{number}"
            python.write_text(f"#!/bin/sh\n{what}\n")
            python.chmod(0o755)
            monkeypatch.setattr("zscope.jobs.runs.estimate.sys.executable", str(python))
            assert measured(Estimates(file), *configs(latent_dim=1 + number)) is None
        monkeypatch.setattr("zscope.jobs.runs.estimate.sys.executable", str(tmp_path / "no-such"))
        assert measured(Estimates(file), *configs()) is None
        assert not file.exists() or not json.loads(file.read_bytes())


def test_a_process_has_one_per_runs_folder(runs_home, monkeypatch, tmp_path):
    here = estimates()
    assert estimates() is here
    monkeypatch.setenv("ZSCOPE_RUNS", str(tmp_path / "elsewhere"))
    assert estimates() is not here
    monkeypatch.setenv("ZSCOPE_RUNS", str(runs_home))
    assert estimates() is here
