"""A full, read-only or broken disk, in every writer of a run: the run reports it, stops, and loses nothing."""

import errno
import os
import re

import pytest

from vae.errors import TrainingError, ZscopeError
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.listing import find_run

# What is patched to refuse, and what the run calls it. Each fails from the second epoch on.
WRITERS = {
    "checkpoint": "zscope.jobs.runs.checkpoints.write_file",
    "progress": "zscope.jobs.runs.progress.append_line",
    "film": "zscope.jobs.runs.film.write_file",
    "TensorBoard log": "tensorboardX.event_file_writer.EventsWriter.flush",
    "bundle": "vae.formats.bundle.write._write_through",
}


def _refusing(real, code, when):
    def refuse(*arguments, **settings):
        if when():
            raise OSError(code, os.strerror(code))
        return real(*arguments, **settings)

    return refuse


def _real(place: str):
    import importlib

    module, name = place.rsplit(".", 1)
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        module, holder = module.rsplit(".", 1)
        return getattr(getattr(importlib.import_module(module), holder), name)


FULL_DISK, *OTHERS = errno.ENOSPC, errno.EROFS, errno.EIO


@pytest.mark.parametrize("code", [FULL_DISK, *(pytest.param(code, marks=pytest.mark.full) for code in OTHERS)])
@pytest.mark.parametrize(
    "what", [one if one == "checkpoint" else pytest.param(one, marks=pytest.mark.full) for one in WRITERS]
)
def test_a_write_error_stops_the_run_with_a_message_and_it_can_be_resumed(
    ask_for, train_here, runs_home, monkeypatch, capsys, final_state, what, code
):
    steps, before = [0], {}

    def after_step(done):
        steps[0] = done
        if done >= 7:
            before.clear()
            before.update({path.name: path.read_bytes() for path in (runs_home / "mine" / "checkpoints").iterdir()})

    place = WRITERS[what]
    request = ask_for(epochs=2, checkpoint_seconds=1000.0, checkpoint_steps=3)
    with monkeypatch.context() as patch:
        patch.setattr(place, _refusing(_real(place), code, lambda: steps[0] >= 7))
        with pytest.raises(ZscopeError, match=os.strerror(code)) as caught:
            train_here(request, after_step)
    assert what in str(caught.value) and re.search("[Ff]ree (some )?space", caught.value.hint)
    run = find_run("mine")
    assert not run.alive
    if what == "progress":  # the log itself takes no line: the terminal or output.log has it
        assert run.state == "interrupted"
        assert os.strerror(code) in capsys.readouterr().out
    else:
        assert (run.state, run.progress.message, run.progress.mend) == (
            "failed", caught.value.message, caught.value.hint,
        )  # fmt: skip
    after = {path.name: path.read_bytes() for path in (runs_home / "mine" / "checkpoints").iterdir()}
    if what != "bundle":  # that comes after the last checkpoint
        assert after == before, "the last good checkpoint's bytes are unchanged"
    assert CheckpointStore(runs_home / "mine" / "checkpoints").load() is not None
    assert not request.bundle.exists()

    steps[0] = 0
    assert train_here("mine") is not None, "it resumes when there is space again"
    leftovers = [path for path in runs_home.rglob(".*") if path.name != ".queue"]
    assert leftovers == []
    assert len(list((runs_home / "mine" / "checkpoints").iterdir())) == 3


def test_a_queue_that_cannot_be_written(ask_for, train_here, runs_home):
    request = ask_for()
    (runs_home / ".queue").write_text("in the way")
    with pytest.raises(TrainingError, match=r"The run mine failed: .*File exists"):
        train_here(request)
    assert find_run("mine").state == "failed"


def test_a_defect_is_reported_as_one(ask_for, train_here, monkeypatch):
    def fault(*_):
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("zscope.jobs.runs.worker.load_dataset", fault)
    with pytest.raises(ZeroDivisionError):
        train_here(ask_for())
    progress = find_run("mine").progress
    assert (progress.state, progress.message) == ("failed", "ZeroDivisionError: of ours")
    assert "output.log" in progress.mend
