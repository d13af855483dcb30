"""The log of a run: growing, truncated, and after a fallback to an older checkpoint."""

import json
from dataclasses import replace

import pytest

from zscope.jobs.runs.progress import Progress, ProgressLog, ProgressReader, read_progress

FIGURES = {"loss": 3.0, "val_loss": 4.0}


@pytest.fixture
def log(tmp_path):
    return ProgressLog(tmp_path)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr("zscope.jobs.runs.progress.time.time", lambda: Clock.now)
    return Clock


def begin(log, step=0, epoch=0, resumed=False, fallback=""):
    log.write(
        "started", device="CPU", backend="tensorflow", images=100, step=step, steps=40, epoch=epoch, epochs=4,
        resumed=resumed, fallback=fallback,
    )  # fmt: skip


def epoch(log, number, loss=3.0):
    log.write(
        "epoch", epoch=number, step=10 * number, figures=FIGURES | {"loss": loss}, kl_per_dimension=[0.5, 0.25],
        seconds=2.0, images_per_second=50.0, input_wait=0.125,
    )  # fmt: skip


def step(log, number, loss=3.0):
    log.write("step", step=number, epoch=number // 10, loss=loss, images_per_second=70.0)


def test_a_missing_log_gives_empty_progress(tmp_path):
    assert read_progress(tmp_path) == Progress()


def test_a_run_from_start_to_finish(log, tmp_path):
    seen = []
    for write in (
        lambda: log.write("starting", pid=7),
        lambda: log.write("queued", position=2),
        lambda: begin(log),
        lambda: step(log, 5),
        lambda: epoch(log, 1),
        lambda: log.write("checkpoint", step=10, epoch=1),
        lambda: log.write("publishing", what="IWAE", done=1, total=2),
        lambda: log.write("finished", step=40, stopped=False, seconds=9.5, patience=3),
    ):
        write()
        seen.append(read_progress(tmp_path))
    states = [progress.state for progress in seen]
    assert states == ["starting", "queued", *["training"] * 4, "publishing", "finished"]
    end = seen[-1]
    assert (end.pid, end.device, end.images, end.steps, end.epoch, end.epoch_count) == (7, "CPU", 100, 40, 1, 4)
    assert (end.step, end.seconds, end.stopped, end.patience, end.pca_mse) == (40, 9.5, False, 3, None)
    assert (end.checkpoint_step, end.checkpoint_epoch) == (10, 1)
    (only,) = end.epochs
    assert (only.epoch, only.step, only.figures, only.kl_per_dimension) == (1, 10, FIGURES, (0.5, 0.25))
    assert (only.seconds, only.images_per_second, only.input_wait) == (2.0, 50.0, 0.125)
    assert seen[3].loss == 3.0 and seen[3].step == 5 and seen[3].images_per_second == 70.0


def test_the_baseline_changes_nothing_else(log, tmp_path):
    begin(log)
    before = read_progress(tmp_path)
    log.write("baseline", pca_mse=0.0625)
    after = read_progress(tmp_path)
    assert (after.pca_mse, after.state) == (0.0625, "training")
    assert replace(after, pca_mse=None, updated=before.updated) == before


def test_logs_of_earlier_versions_have_no_patience(log, tmp_path):
    log.write("finished", step=40, stopped=True, seconds=9.5)
    assert read_progress(tmp_path).patience == 0


def test_epochs_after_the_step_a_run_goes_back_to_are_void(log, tmp_path):
    begin(log)
    for number in (1, 2, 3):
        epoch(log, number)
    log.write("checkpoint", step=30, epoch=3)
    begin(log, step=20, epoch=2, resumed=True, fallback="The newer one is damaged.")
    progress = read_progress(tmp_path)
    assert [one.epoch for one in progress.epochs] == [1, 2]
    assert (progress.step, progress.epoch, progress.checkpoint_step) == (20, 2, 20)
    assert progress.fallback == "The newer one is damaged."
    epoch(log, 3, loss=9.0)
    assert [one.figures["loss"] for one in read_progress(tmp_path).epochs] == [3.0, 3.0, 9.0]
    begin(log)
    assert read_progress(tmp_path).epochs == ()
    assert read_progress(tmp_path).checkpoint_step is None


def test_a_torn_last_line_waits_for_its_rest(log, tmp_path):
    begin(log)
    step(log, 5)
    path = tmp_path / "progress.jsonl"
    whole = path.read_bytes()
    reader = ProgressReader(path)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        assert reader.read().step in (0, 5), cut
        assert ProgressReader(path).read().step == (5 if cut == len(whole) else 0)
    assert reader.read().step == 5


def test_a_torn_line_in_the_middle_is_passed_over(log, tmp_path):
    begin(log)
    with (tmp_path / "progress.jsonl").open("ab") as file:
        file.write(b'{"event":"step","time":1,"st')
    step(log, 6)
    assert read_progress(tmp_path).step == 6


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"null", b"[]", b'{"event":"step"}', b'{"event":"later version","time":2}', b"[" * 100_000, b'"x"'],
)
def test_a_strange_line_changes_nothing(log, tmp_path, line):
    begin(log)
    step(log, 6)
    before = read_progress(tmp_path)
    with (tmp_path / "progress.jsonl").open("ab") as file:
        file.write(line + b"\n")
    assert read_progress(tmp_path) == before
    step(log, 7)
    assert read_progress(tmp_path).step == 7


def test_parses_only_the_new_lines(log, tmp_path, monkeypatch):
    begin(log)
    for number in range(1, 30):
        step(log, number)
    parsed = []
    real = json.loads
    monkeypatch.setattr("zscope.jobs.runs.progress.json.loads", lambda line: parsed.append(line) or real(line))
    read_progress(tmp_path)
    assert len(parsed) == 30
    step(log, 30)
    read_progress(tmp_path)
    assert len(parsed) == 31


def test_a_new_run_of_the_same_name_is_read_anew(log, tmp_path):
    begin(log)
    step(log, 30)
    assert read_progress(tmp_path).step == 30
    (tmp_path / "progress.jsonl").rename(tmp_path / "old")
    begin(log)
    assert read_progress(tmp_path).step == 0


def test_numbers_that_json_lacks_are_none(log, tmp_path):
    begin(log)
    step(log, 3, loss=float("inf"))
    assert read_progress(tmp_path).loss is None
    assert "Infinity" not in (tmp_path / "progress.jsonl").read_text()


def test_reads_the_message_and_hint_of_a_failure(log, tmp_path):
    log.write("failed", message="It is full.", mend="Free it.")
    progress = read_progress(tmp_path)
    assert (progress.state, progress.message, progress.mend) == ("failed", "It is full.", "Free it.")
    log.write("starting", pid=1)
    assert (read_progress(tmp_path).message, read_progress(tmp_path).mend) == ("", "")


class TestTimeLeft:
    def test_it_is_taken_from_the_rate_of_the_last_minute(self, log, tmp_path, clock):
        begin(log)
        assert read_progress(tmp_path).seconds_left is None
        clock.now += 30
        step(log, 1)  # that compiles
        assert read_progress(tmp_path).seconds_left is None
        clock.now += 10
        step(log, 6)  # half a step a second
        assert read_progress(tmp_path).seconds_left == pytest.approx(68)
        clock.now += 100
        step(log, 10)
        clock.now += 10
        step(log, 20)  # one a second by now
        assert read_progress(tmp_path).seconds_left == pytest.approx(20)

    def test_a_pause_is_not_counted(self, log, tmp_path, clock):
        begin(log)
        clock.now += 10
        step(log, 10)
        log.write("paused", step=10)
        assert read_progress(tmp_path).seconds_left is None
        clock.now += 100_000
        log.write("starting", pid=1)
        begin(log, step=10, epoch=1, resumed=True)
        clock.now += 50
        step(log, 10)
        clock.now += 10
        step(log, 20)
        assert read_progress(tmp_path).seconds_left == pytest.approx(20)
