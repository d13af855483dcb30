"""Estimates of a run's duration: which speeds are measured, how often, and which are stored."""

import dataclasses
import time

import pytest

from zscope.jobs import process
from zscope.jobs.job import Job, read_job, write_status
from zscope.jobs.runs.estimate import Estimates, estimates, measure_requested, run_seconds, speed_key
from zscope.jobs.worker import Reporter
from zscope.library.locks import Lock

TRAINING = {"learning_rate": 0.01, "epochs": 7, "seed": 3, "beta": 2.0, "keep": "last", "dataset": "mnist"}


@pytest.fixture
def configs(ask_for):
    """`configs(latent_dim=2, batch_size=9)` → (ModelConfig, TrainConfig) of a tiny model."""

    def make(**change):
        request = ask_for(**change)
        return request.model, request.training

    return make


@pytest.fixture
def known(runs_home):
    return Estimates(runs_home)


class Probes:
    """Replaces the processes: each one waits until `end`.

    Attributes:
        keys: of those started, in their order.
    """

    def __init__(self):
        self.keys, self.locks = [], {}

    def start(self, arguments, *, environment, log, lock, name, on_end):
        self.keys.append(log.parent.name)
        self.locks[log.parent.name] = (log.parent, lock)

    def end(self, key: str, speed: float | None) -> None:
        folder, lock = self.locks.pop(key)
        if speed is not None:
            Estimates(folder.parents[1]).remember(key, speed)
        started = read_job(folder, "estimate").started
        write_status(folder, Job("estimate", key, "failed" if speed is None else "done", started=started))
        lock.release()


@pytest.fixture
def probes(monkeypatch):
    found = Probes()
    monkeypatch.setattr(process, "start", found.start)
    yield found
    for _, lock in found.locks.values():
        lock.release()


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


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
    def test_the_speed_is_unknown_until_it_is_measured(self, configs, known, probes):
        asked = configs()
        assert not known.is_measuring(*asked), "no speed was requested yet"
        assert known.images_per_second(*asked) is None
        assert known.is_measuring(*asked)
        assert known.images_per_second(*asked) is None
        (key,) = probes.keys
        assert key == speed_key(*asked)
        probes.end(key, 123.0)
        assert not known.is_measuring(*asked)
        assert known.images_per_second(*asked) == 123.0

    def test_one_at_a_time_each_once_in_the_order_of_asking(self, configs, known, probes):
        asked = [configs(latent_dim=dim) for dim in (4, 2, 9)]
        for number in range(3):
            for one in asked:  # as a page that is drawn again and again
                known.images_per_second(*one)
                known.images_per_second(*one)
            assert len(probes.keys) == number + 1
            assert [known.is_measuring(*one) for one in asked] == [False] * number + [True] * (3 - number)
            probes.end(probes.keys[-1], 10.0 * (number + 1))
        assert probes.keys == [speed_key(*one) for one in asked]
        assert [known.images_per_second(*one) for one in asked] == [10.0, 20.0, 30.0]

    @pytest.mark.parametrize("setting", TRAINING)
    def test_settings_without_effect_on_the_speed_share_a_key(self, configs, known, setting):
        same = configs(**{setting: TRAINING[setting]})
        assert same != configs() and speed_key(*same) == speed_key(*configs())

    @pytest.mark.parametrize(
        "change",
        [{"batch_size": 32}, {"latent_dim": 8}, {"widths": (13,)}, {"prior": "realnvp"}, {"importance_samples": 5},
         {"dropout": 0.0}, {"variational": False}],
        ids=str,
    )  # fmt: skip
    def test_another_step_is_measured_by_itself(self, configs, known, change):
        assert speed_key(*configs(**change)) != speed_key(*configs())

    def test_the_next_server_remembers(self, configs, known, probes, runs_home):
        known.remember(speed_key(*configs()), 50.5)
        after = Estimates(runs_home)
        assert after.images_per_second(*configs()) == 50.5
        assert not after.is_measuring(*configs()) and not probes.keys

    def test_a_failed_measurement_is_repeated_later(self, configs, known, probes):
        def ask_after(seconds: float) -> int:
            if probes.keys:
                folder = known._folder(probes.keys[0])
                job = read_job(folder, "estimate")
                write_status(folder, dataclasses.replace(job, started=job.started - seconds))
            assert known.images_per_second(*configs()) is None
            if probes.locks:
                probes.end(probes.keys[0], None)
            assert not known.is_measuring(*configs()), "a page that waits for it would wait for ever"
            return len(probes.keys)

        # A minute, then two, then four. Each probe begins a new count.
        assert [ask_after(seconds) for seconds in (0, 0, 50, 20, 110, 20, 230, 20)] == [1, 1, 1, 2, 2, 3, 3, 4]
        assert known.images_per_second(*configs(latent_dim=7)) is None
        assert len(probes.keys) == 5, "another one is not held up"

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "3", "null", '{"a": "x"}', '{"a": null}', '{"a": [1]}', "\udcff"], ids=repr
    )  # fmt: skip
    def test_a_damaged_file_is_as_none(self, configs, known, probes, runs_home, text):
        (runs_home / "speeds.json").write_bytes(text.encode(errors="surrogateescape"))
        assert known.images_per_second(*configs()) is None
        probes.end(probes.keys[0], 50.0)
        assert known.images_per_second(*configs()) == 50.0

    @pytest.mark.parametrize("nonsense", ["0", "-5", "NaN"])
    def test_a_speed_that_is_none_is_not_believed(self, configs, known, probes, runs_home, nonsense):
        (runs_home / "speeds.json").write_text(f'{{"{speed_key(*configs())}": {nonsense}}}')
        assert known.images_per_second(*configs()) is None
        assert probes.keys

    def test_there_is_no_estimate_if_the_folder_cannot_be_written(self, configs, runs_home, probes):
        runs_home.rmdir()
        runs_home.write_text("a file where the folder should be")
        known = Estimates(runs_home)
        assert known.images_per_second(*configs()) is None
        assert not known.is_measuring(*configs()) and not probes.keys


class TestTheProbe:
    def test_it_measures_the_very_model_and_keeps_the_speed(self, configs, known, probes):
        # Labels, a flow and a second bound, which a probe could leave out.
        asked = configs(classes=10, prior="realnvp", prior_blocks=2, prior_units=8)
        known.images_per_second(*asked)
        measure_requested(Reporter(known._folder(probes.keys[0]), "estimate"))
        assert 1 < known.images_per_second(*asked) < 1e9

    @pytest.mark.full
    def test_the_speed_is_measured_in_another_process(self, configs, known):
        known.images_per_second(*configs())
        until(lambda: not known.is_measuring(*configs()), seconds=180)
        assert 1 < known.images_per_second(*configs()) < 1e9

    def test_a_killed_probe_has_failed(self, configs, known, probes):
        known.images_per_second(*configs())
        probes.locks.pop(probes.keys[0])[1].release()
        assert not known.is_measuring(*configs())
        assert known.images_per_second(*configs()) is None and len(probes.keys) == 1

    def test_a_probe_that_cannot_start_gives_no_speed(self, configs, known, monkeypatch, tmp_path):
        monkeypatch.setattr("sys.executable", str(tmp_path / "no-such"))
        assert known.images_per_second(*configs()) is None
        assert not known.is_measuring(*configs())
        assert Lock.take(known._folder(speed_key(*configs())) / "lock"), "it is free"


def test_estimates_belong_to_the_folder_of_runs(runs_home, monkeypatch, tmp_path):
    assert estimates() == Estimates(runs_home)
    monkeypatch.setenv("ZSCOPE_RUNS", str(tmp_path / "elsewhere"))
    assert estimates() == Estimates(tmp_path / "elsewhere")
