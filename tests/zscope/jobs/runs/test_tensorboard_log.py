"""The TensorBoard log, read back with TensorFlow's own record reader."""

import errno
import io
import os

import numpy as np
import pytest
from PIL import Image
from tensorboardX.proto import event_pb2

from zscope.jobs.runs.listing import find_run
from zscope.jobs.runs.tensorboard import TensorBoardLog


def read(folder) -> list:
    """Return all events in the order of writing, without those that a later `START` discards, as TensorBoard does."""
    import tensorflow as tf

    kept = []
    for path in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = event_pb2.Event.FromString(record)
            if event.session_log.status == event_pb2.SessionLog.START:
                kept = [one for one in kept if one.step < event.step]
            kept.append(event)
    return kept


def scalars(events) -> dict[str, dict[int, float]]:
    found = {}
    for event in events:
        for value in event.summary.value:
            if value.WhichOneof("value") == "simple_value":
                assert event.step not in found.setdefault(value.tag, {}), "one value a step"
                found[value.tag][event.step] = value.simple_value
    return found


@pytest.mark.full
def test_a_run_s_figures_and_pictures_are_in_it(ask_for, train_here, runs_home):
    train_here(ask_for(epochs=2))
    events = read(runs_home / "mine" / "tensorboard")
    epochs = find_run("mine").progress.epochs
    logged = scalars(events)
    assert logged.keys() == {f"{part}/{split}" for part in ("loss", "reconstruction", "kl")
                           for split in ("train", "validation")} | {"speed/images_per_second"}  # fmt: skip
    for name, key in (("loss/train", "loss"), ("kl/validation", "val_kl")):
        assert logged[name] == pytest.approx({epoch.step: epoch.figures[key] for epoch in epochs}, rel=1e-4)
    pictures = {
        (event.step, value.tag): value.image.encoded_image_string
        for event in events
        for value in event.summary.value
        if value.HasField("image")
    }
    assert pictures.keys() == {(step, f"film/{what}") for step in (0, 5, 10) for what in ("codes", "reconstructions")}
    for (step, tag), png in pictures.items():
        name = f"{step // 5:05d}-{tag.removeprefix('film/')}.png"
        assert png == (runs_home / "mine" / "film" / name).read_bytes()
        Image.open(io.BytesIO(png)).load()
    histograms = [value.histo for event in events for value in event.summary.value if value.HasField("histo")]
    assert [histogram.num for histogram in histograms] == [3, 3]
    assert histograms[-1].sum == pytest.approx(sum(epochs[-1].kl_per_dimension), rel=1e-3)


@pytest.mark.full
def test_a_run_that_went_back_does_not_contradict_itself(ask_for, train_here, runs_home):
    class Killed(BaseException):
        pass

    def kill(done):
        if done == 17:
            raise Killed

    with pytest.raises(Killed):
        train_here(ask_for(checkpoint_seconds=1000.0, checkpoint_steps=8), kill)  # goes back to step 16, after epoch 3
    train_here("mine")
    logged = scalars(read(runs_home / "mine" / "tensorboard"))
    assert list(logged["loss/train"]) == [5, 10, 15, 20]
    assert len(list((runs_home / "mine" / "tensorboard").iterdir())) == 2


def test_two_processes_of_one_second_share_no_file(tmp_path):
    for step in range(3):
        log = TensorBoardLog(tmp_path, step)
        log.log(step, {"loss/train": 1.0}, None, {})
        log.close()
    assert len(list(tmp_path.iterdir())) == 3
    assert scalars(read(tmp_path)) == {"loss/train": {0: 1.0, 1: 1.0, 2: 1.0}}


def test_a_figure_that_is_not_finite_does_not_end_the_run(tmp_path):
    log = TensorBoardLog(tmp_path, 0)
    log.log(1, {"loss/train": float("nan")}, np.array([np.nan]), {})
    log.close()
    assert np.isnan(scalars(read(tmp_path))["loss/train"][1])


def test_a_full_disk_is_heard_at_once(tmp_path, monkeypatch):
    """tensorboardX's own writer would lose the error in a thread."""
    log = TensorBoardLog(tmp_path, 0)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        log.log(1, {"loss/train": 1.0}, None, {})
