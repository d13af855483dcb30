"""A run from its request to its model: its files, and that a resumed run gives the same result, bit for bit."""

import io
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from vae.data import load_dataset
from vae.errors import TrainingError, ZscopeError
from vae.evaluation.pca import pca_errors
from vae.formats.bundle import load_bundle
from vae.inference.loaded_model import LoadedModel
from zscope.jobs.control import request_action
from zscope.jobs.runs.launch import claim, create, stop
from zscope.jobs.runs.listing import find_run
from zscope.jobs.runs.worker import Watcher
from zscope.library.locks import is_held

FIGURES = {f"{part}{name}" for part in ("", "val_") for name in ("loss", "reconstruction", "kl")}
STEPS = 5  # in an epoch


def events(runs_home, id="mine", kind=None) -> list[dict]:
    lines = (json.loads(line) for line in (runs_home / id / "progress.jsonl").read_text().splitlines())
    return [line for line in lines if kind in (None, line["event"])]


class Killed(BaseException):
    """Ends the run without any message, as a killed process does."""


def kill_after(steps):
    def after_step(done):
        if done == steps:
            raise Killed

    return after_step


_REFERENCE = []


@pytest.fixture
def uninterrupted(ask_for, train_here, final_state):
    """Return the results of a run of four epochs: the state's arrays, the model's weights, and all figures."""
    if not _REFERENCE:  # trained once: the fixtures it needs are a test's own
        request = ask_for("reference")
        train_here(request)
        figures = [epoch.figures for epoch in find_run("reference").progress.epochs]
        _REFERENCE.append((final_state("reference"), load_bundle(request.bundle).weights, figures))
    return _REFERENCE[0]


def assert_same(arrays, expected) -> None:
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array, err_msg=name)


class TestAWholeRun:
    def test_a_run_saves_a_model_its_progress_and_its_film(self, ask_for, train_here, runs_home):
        request = ask_for(title="Mine, all mine")
        card = train_here(request)
        bundle = load_bundle(request.bundle)
        assert bundle.card == card
        assert (bundle.manifest.id, bundle.manifest.title) == ("mine", "Mine, all mine")
        assert bundle.manifest.model == request.model
        assert card.training.config == request.training
        assert card.training.command == request.command

        run = find_run("mine")
        assert (run.state, run.alive) == ("finished", False)
        progress = run.progress
        assert (progress.step, progress.steps, progress.epoch, progress.epoch_count) == (20, 20, 4, 4)
        assert [epoch.epoch for epoch in progress.epochs] == [1, 2, 3, 4]
        for name in FIGURES:
            logged = [epoch.figures[name] for epoch in progress.epochs]
            np.testing.assert_allclose(logged, card.training.history[name], rtol=1e-3, atol=1e-3)
        assert all(len(epoch.kl_per_dimension) == 3 for epoch in progress.epochs)
        assert all(epoch.images_per_second > 0 and epoch.input_wait >= 0 for epoch in progress.epochs)
        assert [event["step"] for event in events(runs_home, kind="step")] == list(range(1, 21))
        assert (progress.device, progress.backend, progress.images) == ("CPU", "tensorflow", 1250)
        assert sorted(path.name for path in run.film.iterdir()) == [
            f"{epoch:05d}-{what}.png" for epoch in range(5) for what in ("codes", "reconstructions")
        ]

    def test_a_run_that_loses_its_patience_is_finished(self, ask_for, train_here, runs_home):
        card = train_here(ask_for(epochs=40, patience=1, kl_warmup=0.0, learning_rate=0.05))
        run = find_run("mine")
        assert (run.state, run.progress.stopped, run.progress.patience) == ("finished", False, 1)
        assert run.progress.epoch == run.progress.best_epoch + 1 == len(card.training.history["loss"]) < 40
        assert run.progress.checkpoint_epoch == run.progress.epoch

    def test_the_error_of_pca_is_on_the_card_and_in_the_log(self, ask_for, train_here, runs_home):
        card = train_here(ask_for(epochs=1))
        progress = find_run("mine").progress
        validation, test = load_dataset("digits").validation, load_dataset("digits").test
        assert progress.pca_mse == pytest.approx(pca_errors(load_dataset("digits"), 3, validation).mean(), rel=1e-4)
        assert card.metrics.pca_mse.value == pytest.approx(pca_errors(load_dataset("digits"), 3, test).mean())
        assert progress.epochs[0].figures["val_mse"] == pytest.approx(card.training.history["val_mse"][0], rel=1e-5)
        assert progress.patience == 0

    def test_the_lock_is_held_for_as_long_as_it_works(self, ask_for, train_here, runs_home):
        held = []
        train_here(ask_for(epochs=1), lambda _: held.append(is_held(runs_home / "mine" / "run.lock")))
        assert held == [True] * STEPS
        assert not is_held(runs_home / "mine" / "run.lock")

    @pytest.mark.full
    def test_two_workers_on_one_run_are_refused(self, ask_for, train_here):
        def second(done):
            if done > 1:
                return
            with pytest.raises(TrainingError, match=r"mine is running already\. Pause it first"):
                claim("mine")

        train_here(ask_for(epochs=1), second)

    def test_a_finished_run_does_not_go_on(self, ask_for, train_here):
        train_here(ask_for(epochs=1))
        with pytest.raises(TrainingError, match="mine is finished"):
            claim("mine")


class TestResume:
    """Four epochs in one part or several give the same result, bit for bit."""

    @pytest.mark.parametrize(
        "steps",
        [2 * STEPS + 3, *(pytest.param(steps, marks=pytest.mark.full) for steps in (1, 2 * STEPS, 4 * STEPS))],
    )
    def test_a_pause_costs_nothing(self, ask_for, train_here, final_state, uninterrupted, runs_home, steps):
        state, weights, figures = uninterrupted
        request = ask_for(checkpoint_seconds=1000.0)
        folder = runs_home / "mine"
        assert train_here(request, lambda done: done == steps and request_action(folder, "pause")) is None
        run = find_run("mine")
        assert (run.state, run.progress.step, run.progress.checkpoint_step) == ("paused", steps, steps)
        assert not request.bundle.exists()
        assert train_here("mine") is not None
        assert_same(final_state("mine"), state)
        assert_same(load_bundle(request.bundle).weights, weights)
        assert [epoch.figures for epoch in find_run("mine").progress.epochs] == figures, "and the same curves"

    @pytest.mark.parametrize(
        ("killed_at", "back_at"),
        [
            (2 * STEPS + 1, 2 * STEPS),
            pytest.param(3, 2, marks=pytest.mark.full),
            pytest.param(1, 0, marks=pytest.mark.full),
            pytest.param(STEPS, 4, marks=pytest.mark.full),
        ],
    )
    def test_a_kill_costs_at_most_one_interval(
        self, ask_for, train_here, final_state, uninterrupted, runs_home, killed_at, back_at
    ):
        request = ask_for(checkpoint_seconds=1000.0, checkpoint_steps=2)
        with pytest.raises(Killed):
            train_here(request, kill_after(killed_at))
        run = find_run("mine")
        assert (run.state, run.progress.step) == ("interrupted", killed_at)
        train_here("mine")
        (again,) = events(runs_home, kind="started")[1:]
        assert (again["step"], again["resumed"]) == (back_at, back_at > 0)
        assert_same(final_state("mine"), uninterrupted[0])

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(
        self, ask_for, train_here, final_state, uninterrupted, runs_home
    ):
        with pytest.raises(Killed):
            train_here(ask_for(checkpoint_steps=3, checkpoint_seconds=1000.0), kill_after(8))
        newest = max((runs_home / "mine" / "checkpoints").glob("*.safetensors"))
        newest.write_bytes(newest.read_bytes()[:-7])
        resumed = []
        request, lock = claim("mine")

        class Listens(Watcher):
            def resumed(self, step, steps, fallback):
                resumed.append((step, steps, fallback))

        from zscope.jobs.runs.worker import work

        work(request.id, lock, Listens())
        ((step, steps, fallback),) = resumed
        assert (step, steps) == (3, 20)
        assert "The checkpoint of step 6 is damaged" in fallback
        assert find_run("mine").progress.fallback == fallback
        assert_same(final_state("mine"), uninterrupted[0])

    @pytest.mark.full
    def test_the_film_loses_the_frames_after_its_checkpoint(self, ask_for, train_here, runs_home):
        with pytest.raises(Killed):
            train_here(ask_for(checkpoint_seconds=1000.0), kill_after(3 * STEPS + 1))
        film = runs_home / "mine" / "film"
        assert (film / "00003-codes.png").exists()
        seen = []
        train_here("mine", lambda done: seen.append({path.name[:5] for path in film.iterdir()}))
        assert seen[0] == {"00000"}
        assert seen[-1] == {f"{epoch:05d}" for epoch in range(4)}

    def test_other_images_than_it_began_with_are_refused(self, ask_for, train_here, monkeypatch, digits):
        import dataclasses

        from vae.data.dataset import Split

        with pytest.raises(Killed):
            train_here(ask_for(), kill_after(STEPS + 1))
        other = dataclasses.replace(digits, train=Split(digits.train.images[::-1], digits.train.labels[::-1]))
        monkeypatch.setattr("zscope.jobs.runs.worker.load_dataset", lambda *_: other)
        with pytest.raises(TrainingError, match=r"have changed since this run started\. Restore the images"):
            train_here("mine")
        assert find_run("mine").state == "failed"

    @pytest.mark.full
    def test_the_seconds_of_all_processes_count(self, ask_for, train_here, monkeypatch):
        clock = [0.0]
        monkeypatch.setattr("zscope.jobs.runs.worker.time.monotonic", lambda: clock[0])

        def tick(done):
            clock[0] += 10
            if clock[0] == 70:
                raise Killed

        with pytest.raises(Killed):
            train_here(ask_for(checkpoint_steps=1), tick)
        card = train_here("mine", tick)
        # The checkpoint of step 7 came before the seventh tick; thirteen steps were left.
        assert card.training.seconds == pytest.approx(60 + 10 * 13)


class TestControl:
    def test_stop_keeps_what_there_is(self, ask_for, train_here, runs_home):
        request = ask_for(epochs=50)
        card = train_here(request, lambda done: done == STEPS + 2 and request_action(runs_home / "mine", "stop"))
        run = find_run("mine")
        assert (run.state, run.progress.stopped, run.progress.step) == ("finished", True, STEPS + 2)
        assert len(card.training.history["loss"]) == 1
        assert load_bundle(request.bundle).card == card

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.usefixtures("heard_signals")
    def test_a_signal_pauses(self, ask_for, train_here, number):
        before = signal.getsignal(number)
        assert (
            train_here(ask_for(checkpoint_seconds=1000.0), lambda done: done == 7 and os.kill(os.getpid(), number))
            is None
        )
        run = find_run("mine")
        assert (run.state, run.progress.step, run.progress.checkpoint_step) == ("paused", 7, 7)
        assert signal.getsignal(number) is before

    @pytest.mark.usefixtures("heard_signals")
    def test_a_second_ctrl_c_does_not_wait(self, ask_for, train_here):
        def twice(done):
            if done == 7:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            train_here(ask_for(checkpoint_steps=6, checkpoint_seconds=1000.0), twice)
        run = find_run("mine")
        assert (run.state, run.progress.checkpoint_step) == ("interrupted", 6)

    @pytest.mark.usefixtures("heard_signals")
    def test_a_pause_while_the_model_is_measured(self, ask_for, runs_home, train_here):
        request = ask_for(epochs=1)

        class Pauses(Watcher):
            def report(self, what, done, total):
                os.kill(os.getpid(), signal.SIGTERM)

        from zscope.jobs.runs.launch import create
        from zscope.jobs.runs.worker import work

        assert work("mine", create(request), Pauses()) is None
        assert find_run("mine").state == "paused"
        assert not request.bundle.exists()
        assert train_here("mine") is not None
        assert [event["step"] for event in events(runs_home, kind="started")] == [0, STEPS], "nothing is trained twice"

    @pytest.mark.full
    def test_a_stop_before_the_first_step_keeps_nothing(self, ask_for, runs_home):
        from zscope.jobs.runs.launch import create
        from zscope.jobs.runs.worker import work

        request = ask_for()

        class Stops(Watcher):
            def loaded(self, dataset):
                request_action(runs_home / "mine", "stop")

        assert work("mine", create(request), Stops()) is None
        run = find_run("mine")
        assert run.state == "paused"
        assert run.progress.message == "It was stopped before its first step, so there was no model to save."
        assert not request.bundle.exists()
        # There is a checkpoint, of the weights as they were made: still nothing to keep.
        assert run.progress.checkpoint_step == 0 and not run.progress.has_learned
        with pytest.raises(TrainingError, match="there is no model to save"):
            stop("mine")
        assert work("mine", claim("mine")[1], Watcher()) is not None, "and it can be gone on from"
        assert find_run("mine").progress.message == ""

    def test_a_stop_while_queued_is_reported(self, ask_for, runs_home):
        from zscope.jobs.queue import wait_for_slot
        from zscope.jobs.runs.worker import work

        request = ask_for()

        class Stops(Watcher):
            def queued(self, position):
                request_action(runs_home / "mine", "stop")

        with wait_for_slot(runs_home, "other", lambda position: None, lambda: False):
            assert work("mine", create(request), Stops()) is None
        run = find_run("mine")
        assert run.state == "paused" and "no model to save" in run.progress.message


class TestDivergence:
    @pytest.mark.full
    def test_nan_weights_never_reach_a_checkpoint(self, ask_for, train_here, final_state, monkeypatch):
        from vae.training.trainer import Trainer

        real = Trainer.advance

        def poisoned(self):
            real(self)
            if self.step == 2 * STEPS + 2:
                weight = next(iter(self.vae.named_weights().values()))
                weight.assign(weight * float("nan"))

        monkeypatch.setattr(Trainer, "advance", poisoned)
        with pytest.raises(TrainingError, match=r"diverged.*learning rate"):
            train_here(ask_for())
        run = find_run("mine")
        assert run.state == "failed"
        assert "diverged" in run.progress.message and "learning rate" in run.progress.mend
        assert run.progress.checkpoint_step is not None
        assert all(np.isfinite(array).all() for array in final_state("mine").values() if array.dtype.kind == "f")
        monkeypatch.setattr(Trainer, "advance", real)
        assert train_here("mine") is not None, "and it can be gone on from"


class TestFrames:
    def sheet(self, runs_home, name):
        return Image.open(io.BytesIO((runs_home / "mine" / "film" / name).read_bytes()))

    @pytest.mark.full
    def test_originals_lie_above_what_is_made_of_them(self, ask_for, train_here, runs_home, digits):
        train_here(ask_for(epochs=1))
        sheet = np.asarray(self.sheet(runs_home, "00001-reconstructions.png"))
        assert sheet.shape == (2 * 9 + 1, 8 * 9 + 1, 3)
        for index in range(8):
            shown = sheet[1:9, 9 * index + 1 : 9 * index + 9]
            np.testing.assert_array_equal(shown, digits.validation.images[index].repeat(3, axis=-1))
        assert len(np.unique(sheet[10:18])) > 20, "pictures, not a background"

    @pytest.mark.parametrize(
        "change",
        [
            {"latent_dim": 2},
            pytest.param({"latent_dim": 2, "classes": 10}, marks=pytest.mark.full),
            pytest.param({"classes": 10}, marks=pytest.mark.full),
            {"prior": "realnvp", "prior_blocks": 2, "prior_units": 4},
            pytest.param({"variational": False}, marks=pytest.mark.full),
        ],
    )
    def test_codes_of_every_kind_of_model(self, ask_for, train_here, runs_home, change):
        train_here(ask_for(epochs=1, **change))
        sheet = np.asarray(self.sheet(runs_home, "00001-codes.png"))
        rows = 12 if change.get("latent_dim") == 2 else 2
        assert sheet.shape == (9 * rows + 1, 9 * 12 + 1, 3)
        before = np.asarray(self.sheet(runs_home, "00000-codes.png"))
        assert (before != sheet).any(), "the model has learned"

    def test_a_long_run_keeps_some(self, tmp_path, digits):
        from vae.models.config import ModelConfig
        from vae.models.vae import VAE
        from zscope.jobs.runs.film import Film

        vae = VAE(ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(4,)))
        wanted = {
            epochs: [
                epoch for epoch in range(epochs + 1) if Film(tmp_path, vae, digits.validation, 0, epochs).wants(epoch)
            ]
            for epochs in (1, 199, 200, 1001)
        }
        assert wanted[1] == [0, 1]
        assert len(wanted[199]) == 200
        assert all(len(epochs) <= 201 for epochs in wanted.values())
        assert all(epochs[0] == 0 and epochs[-1] == last for last, epochs in wanted.items())


class TestTheFilmsEnd:
    """The film ends with a frame of the saved model."""

    @pytest.fixture
    def frames(self, runs_home, monkeypatch):
        monkeypatch.setattr("zscope.jobs.runs.film._MOST_FRAMES", 2)  # every third epoch of four
        return lambda: sorted({int(path.name[:5]) for path in (runs_home / "mine" / "film").iterdir()})

    def kept(self, request) -> int | None:
        return find_run("mine").progress.kept_epoch(request.training.keep)

    @pytest.mark.full
    def test_the_best_epoch_of_a_long_run_has_a_frame(self, ask_for, train_here, runs_home, monkeypatch, frames):
        for name in ("vae.training.trainer", "zscope.jobs.runs.reporting"):
            monkeypatch.setattr(f"{name}.kept_epoch", lambda history: min(2, len(history["val_loss"])))
        request = ask_for()
        train_here(request)
        assert frames() == [0, 2, 3, 4] and self.kept(request) == 2
        shown = np.asarray(Image.open(runs_home / "mine" / "film" / "00002-reconstructions.png"))
        bundle = load_bundle(request.bundle)
        images = load_dataset("digits").validation.images[:8]
        mean, _ = LoadedModel("mine", bundle).encode(images)
        expected = LoadedModel("mine", bundle).decode_pixels(mean)
        for index in range(8):
            tile = shown[10:18, 9 * index + 1 : 9 * index + 9, :1].astype(int)
            assert np.abs(tile - expected[index]).max() <= 1

    @pytest.mark.parametrize(
        ("keep", "steps", "kept"),
        [
            ("best", 2, 1),
            *(pytest.param("last", *steps, marks=pytest.mark.full) for steps in ((STEPS + 2, 2), (STEPS, 1))),
        ],
    )
    def test_a_run_that_was_stopped_has_one_of_where_it_was(
        self, ask_for, train_here, runs_home, frames, keep, steps, kept
    ):
        request = ask_for(keep=keep)
        train_here(request, lambda done: done == steps and request_action(runs_home / "mine", "stop"))
        assert self.kept(request) == kept and frames() == [0, kept]


class TestBeginning:
    """A run that starts from a model's weights."""

    def test_a_run_starts_with_the_weights_of_the_model(self, ask_for, train_here):
        first = train_here(ask_for("first", epochs=6))
        anew = train_here(ask_for("anew", epochs=1, kl_warmup=0.0))
        on = train_here(ask_for("on", epochs=1, kl_warmup=0.0, start_from="first"))
        best = min(first.training.history["val_loss"])
        assert on.training.history["val_loss"][0] < best + 1 < anew.training.history["val_loss"][0]
        assert on.training.config.start_from == "first"

    @pytest.mark.full
    def test_a_checkpoint_takes_its_place(self, ask_for, train_here, runs_home, monkeypatch):
        train_here(ask_for("first", epochs=1))
        request = ask_for("on", epochs=2, start_from="first")

        def fail(step):
            if step == 6:
                raise RuntimeError

        with pytest.raises(RuntimeError):
            train_here(request, fail)
        monkeypatch.setattr("zscope.jobs.runs.worker.first_weights", lambda request: pytest.fail("it is under way"))
        first = load_bundle(runs_home.parent / "models" / "first").card.training
        assert train_here("on").training.began_with == first, "the card describes the origin of the first weights"

    @pytest.mark.parametrize(
        ("change", "message"),
        [({"start_from": "missing"}, "No model is called"), ({"start_from": "mnist-2d"}, "another architecture")],
    )
    def test_rejects_an_unsuitable_initial_model_before_the_start(self, ask_for, runs_home, change, message):
        with pytest.raises(ZscopeError, match=message):
            create(ask_for(**change))
        assert list(runs_home.iterdir()) == []
