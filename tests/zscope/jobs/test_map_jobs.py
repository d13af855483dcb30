"""Maps in separate processes: progress, stopping, sharing and errors."""

import os
import signal
import time

import numpy as np
import pytest

from vae.errors import BadRequestError
from zscope.jobs.job import Job
from zscope.jobs.maps import find_job, frame_number, read_frame, start_job, stop_job
from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map

SPEC = MapSpec(method="tsne", perplexity=10.0)


def _wait(condition, seconds=300.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return value


def job_of(key: str) -> Job:
    job = find_job(key)
    assert job is not None
    return job


@pytest.mark.full
def test_simultaneous_requests_share_one_map_job(maps_home):
    key = start_job("digits-6", SPEC)
    assert start_job("digits-6", SPEC) == key
    assert job_of(key).active
    _wait(lambda: frame_number(key))
    frame = read_frame(key)
    number, places = np.frombuffer(frame[:4], "<u4")[0], np.frombuffer(frame[4:], "<f4").reshape(-1, 2)
    assert number >= 0 and len(places) == 297 and np.isfinite(places).all()
    _wait(lambda: not job_of(key).active)
    assert job_of(key).error == ""
    assert find_map("digits-6", SPEC).key == key


def test_a_stop_ends_it(maps_home):
    key = start_job("digits-6", SPEC)
    stop_job(key)
    _wait(lambda: not job_of(key).active)
    assert job_of(key).error == ""
    assert find_map("digits-6", SPEC) is None


@pytest.mark.full
def test_a_stopped_map_can_be_made_later(maps_home):
    key = start_job("digits-6", SPEC)
    stop_job(key)
    _wait(lambda: not job_of(key).active)
    start_job("digits-6", SPEC)
    _wait(lambda: not job_of(key).active)
    assert find_map("digits-6", SPEC) is not None


@pytest.mark.full
def test_reports_a_killed_map_and_can_make_it_again(maps_home):
    key = start_job("digits-6", SPEC)
    _wait(lambda: job_of(key).step == "encoding" or frame_number(key))
    lock = maps_home / ".jobs" / key / "lock"
    pids = [int(path.name) for path in _processes_with(lock)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    _wait(lambda: not job_of(key).active)
    assert "ended its process" in job_of(key).error
    start_job("digits-6", SPEC)
    _wait(lambda: not job_of(key).active)
    assert find_map("digits-6", SPEC) is not None


def _processes_with(file):
    """The processes, other than this one, that have a file open."""
    from pathlib import Path

    for process in Path("/proc").glob("[0-9]*"):
        try:
            opened = {str(link.readlink()) for link in (process / "fd").iterdir()}
        except OSError:
            continue
        if str(file) in opened and int(process.name) != os.getpid():
            yield process


@pytest.mark.full
def test_reports_the_error_of_a_failed_map(maps_home):
    key = start_job("digits-6", MapSpec(method="tsne", perplexity=250.0))
    _wait(lambda: not job_of(key).active)
    assert "Perplexity 250" in job_of(key).error


def test_finds_no_job_that_was_not_requested(maps_home):
    assert find_job("tsne-00000000000000000000") is None


@pytest.mark.parametrize("key", ["nothing", "../../tmp/x", "/tmp/x", "tsne-0000000000000000000g", "", None, 3])
def test_rejects_an_invalid_key(maps_home, key):
    for function in (find_job, stop_job, read_frame):
        with pytest.raises(BadRequestError, match="is not a map's key"):
            function(key)
    assert not list(maps_home.rglob("request"))


@pytest.mark.full
def test_one_is_made_at_a_time_and_who_waits_can_be_stopped(maps_home):
    first, second, third = (
        start_job("digits-6", MapSpec(method="tsne", perplexity=10.0, seed=seed)) for seed in range(3)
    )
    seen = set()

    def looked():
        jobs = [job_of(key) for key in (first, second, third)]
        seen.update(job.step for job in jobs)
        assert sum(job.active and job.step in ("encoding", "arranging", "calibrating") for job in jobs) <= 1
        return jobs

    stop_job(third)
    _wait(lambda: not any(job.active for job in looked()))
    assert "waiting" in seen
    assert [job_of(key).state for key in (first, second, third)] == ["done", "done", "stopped"]
