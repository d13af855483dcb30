"""Jobs: the lock, the status and the stop request in the folder, and the process that writes them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vae.errors import TrainingError
from zscope.jobs.control import request_action
from zscope.jobs.job import LOCK_FILE, Job, read_job, sweep, write_status
from zscope.jobs.worker import Reporter
from zscope.library.locks import Lock, is_held

ROOT = Path(__file__).resolve().parents[3]
WORK = """
import sys, time
from pathlib import Path
from vae.errors import BadRequestError
from zscope.jobs.worker import work_on

def task(reporter):
    {settings}
    reporter.progress("counting", 1, 2)
    {task}

print("here", flush=True)
work_on(Path(sys.argv[1]), "test", int(sys.argv[2]), task)
"""


def job_in(folder: Path) -> Job:
    job = read_job(folder, "test")
    assert job is not None
    return job


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "jobs" / "a").mkdir(parents=True)
    return tmp_path / "jobs" / "a"


@pytest.fixture
def work(folder):
    """`work("time.sleep(9)")` starts the process of a job; it ends with the test."""
    started = []

    def begin(task: str, **settings) -> subprocess.Popen:
        said = "; ".join(f"reporter.{name} = {value}" for name, value in settings.items())
        lock = Lock.take_new(folder / LOCK_FILE)
        write_status(folder, Job("test", "a"))
        process = subprocess.Popen(
            [sys.executable, "-c", WORK.format(task=task, settings=said or "pass"), str(folder), str(lock.descriptor)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            pass_fds=[lock.descriptor],
        )  # fmt: skip
        lock.release()
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def until_state(folder, *states) -> Job:
    end = time.monotonic() + 60
    while (job := read_job(folder, "test")) is None or job.state not in states:
        assert time.monotonic() < end, job
        time.sleep(0.01)
    return job


class TestReading:
    def test_none_where_there_never_was_one(self, folder):
        assert read_job(folder / "nothing", "test") is None
        assert read_job(folder, "test") is None

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"what": "encoding"}', '{"kind": "test"}'], ids=repr)
    def test_a_status_that_cannot_be_read_is_as_none_yet(self, folder, text):
        (folder / "status.json").write_text(text)
        assert read_job(folder, "test") is None
        with Lock.take_new(folder / LOCK_FILE):
            assert read_job(folder, "test") == Job("test", "a", "queued", "starting")

    @pytest.mark.parametrize("state", ["queued", "running", "done", "failed", "stopped"])
    def test_reads_the_written_status_and_a_dead_process_has_failed(self, folder, state):
        job = Job("test", "a", state, "encoding", 3, 5, 7.0, "why" if state == "failed" else "")
        with Lock.take_new(folder / LOCK_FILE):
            write_status(folder, job)
            assert read_job(folder, "test") == job
        dead = job_in(folder)
        if job.active:
            assert (dead.state, dead.active) == ("failed", False) and "ended its process" in dead.error
        else:
            assert dead == job

    def test_a_job_with_a_stop_request_counts_as_stopped(self, folder):
        with Lock.take_new(folder / LOCK_FILE):
            write_status(folder, Job("test", "a", "running"))
            request_action(folder, "stop")
            assert job_in(folder).state == "stopped"
        assert job_in(folder).state == "stopped", "and its process did not fail"
        write_status(folder, Job("test", "a", "done"))
        assert job_in(folder).state == "done", "it had ended before"

    def test_reports_a_request_that_cannot_be_written(self, folder):
        with pytest.raises(TrainingError, match=r"Can\'t stop .*: No such file.*Free some space"):
            request_action(folder / "nothing", "stop")


class TestTheProcess:
    def test_a_job_reports_its_progress_and_its_end(self, work, folder):
        process = work("time.sleep(1)")
        job = until_state(folder, "running")
        assert abs(job.started - time.time()) < 60
        assert until_state(folder, "done").error == ""
        assert process.wait(20) == 0 and not is_held(folder / LOCK_FILE)

    @pytest.mark.parametrize(
        ("task", "error", "status"),
        [
            ("raise BadRequestError('This is wrong.', 'Correct it.')", "This is wrong. Correct it.", 0),
            ("raise OSError(28, 'No space left')", "Can't write a file: No space left. Free some space.", 1),
            ("raise KeyError('x')", "An internal error: the server's log has the trace.", 1),
        ],
    )
    def test_reports_the_reason_of_a_failure(self, work, folder, task, error, status):
        process = work(task)
        assert until_state(folder, "failed").error == error
        _, printed = process.communicate(timeout=20)
        assert process.returncode == status and ("Traceback" in printed) == bool(status)

    @pytest.mark.full
    def test_a_stop_kills_what_does_not_listen(self, work, folder):
        process = work("time.sleep(60)")
        until_state(folder, "running")
        request_action(folder, "stop")
        assert process.wait(10) == -9
        assert job_in(folder).state == "stopped"

    def test_a_job_that_checks_for_a_stop_can_end_itself(self, work, folder):
        process = work("reporter.stopped.wait(60)", grace=30)
        until_state(folder, "running")
        request_action(folder, "stop")
        assert process.wait(10) == 0
        assert json.loads((folder / "status.json").read_bytes())["state"] == "stopped"

    @pytest.mark.full
    def test_ends_a_job_after_its_time_limit(self, work, folder):
        process = work("time.sleep(60)", seconds=0.3)
        assert until_state(folder, "failed").error.startswith("It took longer than")
        assert process.wait(10) == -9

    def test_one_at_a_time_and_who_waits_can_be_stopped(self, work, folder):
        with Lock.take_new(_slot(folder)):
            process = work("pass")
            end = time.monotonic() + 60
            while job_in(folder).step != "waiting" and time.monotonic() < end:
                time.sleep(0.01)
            assert job_in(folder).state == "queued"
            request_action(folder, "stop")
            assert process.wait(10) == -9

    def test_another_open_file_than_its_lock_is_refused(self, work, folder, tmp_path):
        (folder / "other").touch()
        with (folder / "other").open() as other:
            done = subprocess.run(
                [sys.executable, "-c", WORK.format(task="pass", settings="pass"), str(folder), str(other.fileno())],
                cwd=ROOT, pass_fds=[other.fileno()], capture_output=True, text=True,
            )  # fmt: skip
        assert done.returncode == 1 and "lock" in done.stderr


def _slot(folder: Path) -> Path:
    (folder.parent / ".queue").mkdir()
    return folder.parent / ".queue" / "slot-0"


def test_the_first_end_is_the_last(folder):
    reporter = Reporter(folder, "test")
    reporter.set_state("running")
    reporter.set_state("failed", "too long")
    reporter.set_state("done")
    reporter.progress("more")
    assert json.loads((folder / "status.json").read_bytes())["error"] == "too long"


def test_removes_folders_of_old_ended_jobs(tmp_path):
    for name in ("old", "alive", "young"):
        (tmp_path / name).mkdir()
    lock = Lock.take_new(tmp_path / "alive" / LOCK_FILE)
    for name in ("old", "alive"):
        os.utime(tmp_path / name, (0, 0))
    sweep(tmp_path.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alive", "young"]
    lock.release()
