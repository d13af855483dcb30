"""The last checkpoint of a run can be opened as a model; the finished model replaces it."""

import numpy as np
import pytest

from vae.errors import TrainingError
from vae.formats.bundle import load_bundle
from zscope.jobs.control import request_action
from zscope.jobs.runs.folder import PUBLISH_LOCK
from zscope.jobs.runs.launch import create
from zscope.jobs.runs.listing import find_run
from zscope.jobs.runs.snapshot import snapshot
from zscope.library.locks import Lock
from zscope.library.registry import find_model, open_model


@pytest.fixture
def paused(ask_for, train_here, runs_home):
    """A run that is paused after seven of twenty steps."""
    request = ask_for(title="A title so long that the words after it do not find their place behind it")
    train_here(request, lambda done: done == 7 and request_action(runs_home / "mine", "pause"))
    return request


def test_it_is_the_average_of_the_last_checkpoint(paused, final_state):
    assert snapshot("mine") == "mine"
    bundle = open_model("mine")
    assert bundle.manifest.title == "A title so long that the words after it do not find their place … (epoch 1 of 4)"
    assert len(bundle.card.training.history["loss"]) == 1
    state = final_state("mine")
    for name, weight in bundle.weights.items():
        np.testing.assert_array_equal(weight, state[f"average/{name}"])
    assert find_run("mine").state == "paused", "the run is not touched"


@pytest.mark.full
def test_the_finished_model_takes_its_place(paused, train_here):
    snapshot("mine")
    snapshot("mine")
    train_here("mine")
    assert load_bundle(paused.bundle).manifest.title == paused.title
    before = (paused.bundle / "model.json").read_bytes()
    assert snapshot("mine") == "mine"
    assert (paused.bundle / "model.json").read_bytes() == before, "a finished run has its model already"


@pytest.mark.full
def test_it_works_while_the_run_does(ask_for, train_here, runs_home):
    request = ask_for()
    train_here(request, lambda done: done == 11 and snapshot("mine"))
    assert find_model("mine").title == "mine"
    assert find_run("mine").state == "finished"


def test_a_model_that_is_not_the_run_s_is_not_replaced(paused, tmp_path):
    paused.bundle.mkdir(parents=True)
    with pytest.raises(TrainingError, match="will replace a model that still exists"):
        snapshot("mine")


def test_a_run_without_a_checkpoint(ask_for):
    create(ask_for()).release()
    with pytest.raises(TrainingError, match="no checkpoint yet"):
        snapshot("mine")


def test_not_while_the_finished_model_is_being_saved(paused, runs_home):
    with Lock.take(runs_home / "mine" / PUBLISH_LOCK), pytest.raises(TrainingError, match="being saved right now"):
        snapshot("mine")
    assert not paused.bundle.exists()
