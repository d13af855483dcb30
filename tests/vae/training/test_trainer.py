"""A run learns, is repeatable bit by bit, uses only train and validation images, and stops if it diverges."""

import dataclasses
import gc
import threading
import tracemalloc

import keras
import numpy as np
import pytest

from vae.data.dataset import Split
from vae.errors import BadRequestError, TrainingError
from vae.inference.codec import Codec
from vae.models.config import ModelConfig, TrainConfig
from vae.training.fit import fit, train
from vae.training.trainer import Trainer, kept_epoch, lost_patience

# Dense compiles fastest. test_resume and test_zoo cover the other networks.
SMALL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(8,))
SHORT = TrainConfig(dataset="digits", epochs=2, batch_size=64, learning_rate=5e-3)


class TestLearning:
    def test_the_loss_falls_on_training_and_validation_images(self, trained):
        history = trained.history
        # During the warm-up of β, only the reconstruction loss must fall.
        assert history["reconstruction"][-1] < 0.85 * history["reconstruction"][0]
        assert history["val_loss"][-1] < 0.85 * history["val_loss"][0]
        assert abs(history["val_loss"][-1] - history["loss"][-1]) < 2.0

    def test_the_history_has_all_figures_of_all_epochs(self, trained):
        assert trained.history.keys() == {
            *(f"{part}{name}" for part in ("", "val_") for name in ("loss", "reconstruction", "kl")),
            "val_mse",
        }
        assert {len(values) for values in trained.history.values()} == {trained.train_config.epochs}
        assert all(type(value) is float for values in trained.history.values() for value in values)

    def test_the_kl_warms_up_over_a_fifth_and_ends_at_beta(self, trained):
        history = trained.history
        loss, reconstruction, kl = (np.array(history[name]) for name in ("loss", "reconstruction", "kl"))
        weight = (loss - reconstruction) / kl
        # 30 epochs of 19 steps; β rises over the first 114 steps, six epochs, each with its mean β.
        np.testing.assert_allclose(weight[:6], (np.arange(6) + 0.5) / 6, atol=0.03)
        np.testing.assert_allclose(weight[6:], 1.0, atol=1e-3)

    def test_validation_uses_the_final_beta_from_the_start(self, few_digits):
        _, history = train(few_digits, SMALL, dataclasses.replace(SHORT, beta=3.0, kl_warmup=0.99))
        val_loss, val_reconstruction, val_kl = (
            np.array(history[f"val_{name}"]) for name in ("loss", "reconstruction", "kl")
        )
        np.testing.assert_allclose(val_loss, val_reconstruction + 3 * val_kl, rtol=1e-6)
        assert (val_kl > 0).all()


def test_the_validation_error_is_that_of_the_decoded_means(few_digits):
    trainer = Trainer(few_digits, SMALL, SHORT)
    for _ in range(trainer.steps_per_epoch):
        trainer.advance()
    figures = trainer.finish_epoch()
    codec, images = Codec(trainer.average), few_digits.validation.images
    decoded = codec.decode(codec.encode(images)[0])
    assert figures["val_mse"] == pytest.approx(np.square(decoded - images / 255).mean(), rel=1e-5)


class TestPatience:
    CONFIG = dataclasses.replace(SHORT, epochs=20, kl_warmup=0.25, patience=3)  # β rises over five epochs

    @pytest.mark.parametrize(
        ("losses", "ends"),
        [
            ([], False),
            ([9, 8, 7, 6, 5, 4, 3, 2, 1], False),
            ([1, 2, 3, 4, 5, 6, 7], False),  # two epochs after the warm-up
            ([1, 2, 3, 4, 5, 6, 7, 8], True),
            ([9, 8, 7, 6, 5, 4, 5, 6], False),
            ([9, 8, 7, 6, 5, 4, 5, 6, 7], True),
            ([9, 8, 7, 6, 5, 4, 4, 4, 4], True),  # not lower is not better
        ],
    )
    def test_it_ends_after_so_many_epochs_without_a_lower_loss(self, losses, ends):
        history = {"val_loss": [float(loss) for loss in losses]}
        assert lost_patience(history, self.CONFIG) is ends
        assert not lost_patience(history, dataclasses.replace(self.CONFIG, patience=0))

    def test_without_warm_up_the_first_epoch_counts(self):
        config = dataclasses.replace(self.CONFIG, kl_warmup=0.0)
        assert lost_patience({"val_loss": [1.0, 2.0, 3.0, 4.0]}, config)
        assert not lost_patience({"val_loss": [1.0, 2.0, 3.0]}, config)

    def test_an_overfitting_run_ends_early_with_its_best_weights(self, few_digits, weights_of):
        config = dataclasses.replace(SHORT, epochs=40, learning_rate=0.02, kl_warmup=0.0, ema=0.5, patience=4)
        trainer = Trainer(few_digits, dataclasses.replace(SMALL, latent_dim=8), config)
        assert fit(trainer)
        assert trainer.stopped_early and trainer.done
        assert trainer.epoch == trainer.kept_epoch + 4 < 40
        assert not trainer.stopped_early or trainer.step < trainer.steps
        again = Trainer(few_digits, dataclasses.replace(SMALL, latent_dim=8), config)
        again.restore(*trainer.state())
        assert again.done and again.step == trainer.step
        assert fit(again)  # there is nothing more to train
        assert again.step == trainer.step
        for name, weight in weights_of(trainer.kept()).items():
            np.testing.assert_array_equal(weight, weights_of(again.kept())[name])

    def test_within_an_epoch_it_never_ends(self, few_digits):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, kl_warmup=0.0, patience=1))
        trainer.history = {"val_loss": [1.0, 2.0]}
        trainer.step = 2 * trainer.steps_per_epoch
        assert trainer.stopped_early
        trainer.step += 1
        assert not trainer.stopped_early


@pytest.fixture(scope="module")
def overfitted(few_digits, weights_of):
    """A run that overfits its few images, and its averages after each epoch."""
    config = dataclasses.replace(SHORT, epochs=40, learning_rate=0.02, kl_warmup=0.0, ema=0.5)
    trainer, averages = Trainer(few_digits, dataclasses.replace(SMALL, latent_dim=8), config), []
    while trainer.step < trainer.steps:
        trainer.advance()
        if trainer.step % trainer.steps_per_epoch == 0:
            trainer.finish_epoch()
            averages.append(weights_of(trainer.average))
    return trainer, averages


class TestKeptEpoch:
    def test_the_epoch_of_the_lowest_validation_loss_is_kept(self, overfitted, weights_of):
        trainer, averages = overfitted
        best = kept_epoch(trainer.history)
        losses = trainer.history["val_loss"]
        assert losses[best - 1] == min(losses) < losses[-1], "the data set is small enough for overfitting"
        for name, weight in weights_of(trainer.kept()).items():
            np.testing.assert_array_equal(weight, averages[best - 1][name])

    def test_it_survives_a_checkpoint(self, overfitted, few_digits, weights_of):
        trainer, _ = overfitted
        other = Trainer(few_digits, trainer.model_config, trainer.train_config)
        other.restore(*trainer.state())
        for name, weight in weights_of(other.kept()).items():
            np.testing.assert_array_equal(weight, trainer.best[name])

    def test_the_last_epoch_is_kept_if_configured(self, few_digits, weights_of):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, keep="last"))
        fit(trainer)
        assert trainer.kept() is trainer.average
        assert not any(name.startswith("best/") for name in trainer.state()[0])

    def test_before_the_first_epoch_ends_the_average_is_kept(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        trainer.advance()
        assert trainer.kept() is trainer.average


class TestSteps:
    def test_a_run_counts_whole_batches(self, few_digits):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, epochs=3, batch_size=100))
        assert (trainer.batch_size, trainer.steps_per_epoch, trainer.steps) == (100, 2, 6)
        assert (trainer.step, trainer.epoch, trainer.history) == (0, 0, {})
        for step in range(1, 4):
            trainer.advance()
            assert (trainer.step, trainer.epoch) == (step, step // 2)

    def test_running_means_cover_the_steps_of_the_epoch(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        seen = []
        run = trainer._run
        trainer._run = lambda *batch: seen.append([float(part) for part in run(*batch)]) or seen[-1]
        assert trainer.running_means() == {"loss": 0.0, "reconstruction": 0.0, "kl": 0.0}
        for count in (1, 2, 3):
            trainer.advance()
            expected = dict(zip(("loss", "reconstruction", "kl"), np.mean(seen, axis=0), strict=True))
            assert trainer.running_means() == pytest.approx(expected), count
        trainer.advance()
        trainer.finish_epoch()
        assert trainer.history["loss"] == [pytest.approx(np.mean(seen, axis=0)[0])]
        trainer.advance()
        assert trainer.running_means()["loss"] == pytest.approx(seen[4][0]), "a new epoch, a new mean"

    def test_figures_do_not_depend_on_when_results_are_read(self, few_digits):
        often, seldom = (Trainer(few_digits, SMALL, SHORT) for _ in range(2))
        for _ in range(often.steps_per_epoch):
            often.advance()
            often.running_means()
            seldom.advance()
        assert often.finish_epoch() == seldom.finish_epoch()

    def test_the_kl_of_each_dimension_adds_up_to_the_kl(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        fit(trainer)
        assert trainer.kl_per_dimension.shape == (2,)
        assert trainer.kl_per_dimension.sum() == pytest.approx(trainer.history["val_kl"][-1], rel=1e-4)

    def test_the_output_bias_starts_at_the_training_images_mean(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        mean = few_digits.train.images.mean() / 255
        for vae in (trainer.vae, trainer.average):
            bias = vae.decoder.get_layer("logits").bias.numpy()
            np.testing.assert_allclose(bias, np.log(mean / (1 - mean)), rtol=1e-5)


def _trained(dataset, weights_of, **settings):
    """Return the final average, the history, and the weights after each step."""
    trainer = Trainer(dataset, SMALL, dataclasses.replace(SHORT, **settings))
    steps = [weights_of(trainer.vae)]
    while trainer.step < trainer.steps:
        trainer.advance()
        steps.append(weights_of(trainer.vae))
        if trainer.step % trainer.steps_per_epoch == 0:
            trainer.finish_epoch()
    return weights_of(trainer.average), trainer.history, steps


class TestRepeatability:
    def test_the_seed_determines_every_bit(self, few_digits, weights_of):
        first, again, other = (_trained(few_digits, weights_of, seed=seed) for seed in (1, 1, 2))
        for name, weight in first[0].items():
            np.testing.assert_array_equal(weight, again[0][name])
        assert first[1] == again[1]
        assert all((weight != other[0][name]).any() for name, weight in first[0].items())

    def test_a_run_of_a_few_steps_is_not_averaged(self, few_digits, weights_of):
        final, _, steps = _trained(few_digits, weights_of)
        assert len(steps) == 1 + 2 * (256 // 64)
        for name, weight in final.items():
            np.testing.assert_array_equal(weight, steps[-1][name])

    @pytest.mark.parametrize(("ema", "momentum"), [(0.999, 1 - 20 / 80), (0.5, 0.5)])
    def test_the_weights_of_a_longer_run_are_averaged(self, few_digits, weights_of, ema, momentum):
        # With a constant learning rate, the average differs clearly from the last step.
        settings = {"epochs": 10, "batch_size": 32, "final_learning_rate": SHORT.learning_rate, "ema": ema}
        final, _, steps = _trained(few_digits, weights_of, **settings)
        assert len(steps) == 81
        distances = []
        for name in final:
            average = steps[0][name].astype(np.float64)
            for step in steps[1:]:
                average = momentum * average + (1 - momentum) * step[name]
            np.testing.assert_allclose(final[name], average, atol=1e-5)
            distances.append(np.abs(average - steps[-1][name]).max())
        assert max(distances) > 1e-4, "the average is not the last step"

    def test_without_an_average_the_last_weights_are_kept(self, few_digits, weights_of):
        final, _, steps = _trained(few_digits, weights_of, epochs=7, ema=0.0)
        for name, weight in final.items():
            np.testing.assert_array_equal(weight, steps[-1][name])

    def test_the_average_has_no_dropout(self, few_digits):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, dropout=0.5))
        x = few_digits.train.images[:8].astype(np.float32) / 255
        trained, average = (vae.encode(x, training=True)[0].numpy() for vae in (trainer.vae, trainer.average))
        assert (trained != average).any()
        np.testing.assert_array_equal(average, trainer.average.encode(x)[0].numpy())


class TestData:
    """The test split of `few_digits` raises when it is used."""

    def test_validation_images_are_measured_and_never_trained_on(self, few_digits, weights_of):
        """Other validation images change the figures but not the weights."""
        dark = Split(np.zeros((40, 8, 8, 1), np.uint8), np.zeros(40, np.int64))
        plain, history = train(few_digits, SMALL, SHORT)
        changed, other = train(dataclasses.replace(few_digits, validation=dark), SMALL, SHORT)
        for name, weight in weights_of(plain).items():
            np.testing.assert_array_equal(weight, weights_of(changed)[name])
        assert history["loss"] == other["loss"]
        assert other["val_reconstruction"][0] < 0.9 * history["val_reconstruction"][0]

    def test_it_is_the_average_that_is_validated(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        for _ in range(trainer.steps_per_epoch):
            trainer.advance()
        zeros = {name: np.zeros(weight.shape, np.float32) for name, weight in trainer.vae.named_weights().items()}
        trainer.average.assign(zeros)
        figures = trainer.finish_epoch()
        assert figures["val_reconstruction"] == pytest.approx(64 * np.log(2), rel=1e-5), "for logits of 0"
        assert figures["val_kl"] == 0.0

    def test_a_batch_has_at_most_all_images(self, few_digits):
        few = dataclasses.replace(few_digits, train=Split(few_digits.train.images[:50], few_digits.train.labels[:50]))
        trainer = Trainer(few, SMALL, dataclasses.replace(SHORT, batch_size=4096))
        assert (trainer.batch_size, trainer.steps) == (50, 2)
        assert fit(trainer)

    def test_it_trains_without_class_names(self, few_digits):
        info = dataclasses.replace(few_digits.info, class_names=())
        assert fit(Trainer(dataclasses.replace(few_digits, info=info), SMALL, dataclasses.replace(SHORT, epochs=1)))


class TestFaults:
    def test_images_of_another_size_are_refused_at_once(self, few_digits):
        with pytest.raises(TrainingError, match=r"\(8, 8, 1\).*\(28, 28, 1\).*image_shape"):
            Trainer(few_digits, ModelConfig(), SHORT)

    def test_another_number_of_classes_is_refused(self, few_digits):
        with pytest.raises(TrainingError, match=r"expects 7 classes, .* has 10\. Set classes to 10"):
            Trainer(few_digits, dataclasses.replace(SMALL, classes=7), SHORT)
        for names in ((), ("one",)):
            info = dataclasses.replace(few_digits.info, class_names=names)
            with pytest.raises(TrainingError, match=f"has {len(names) or 'none'}. Set classes to 0"):
                Trainer(dataclasses.replace(few_digits, info=info), dataclasses.replace(SMALL, classes=7), SHORT)

    def test_settings_that_do_not_fit_together_are_refused(self, few_digits):
        with pytest.raises(BadRequestError, match="has no KL"):
            Trainer(few_digits, dataclasses.replace(SMALL, variational=False), dataclasses.replace(SHORT, beta=2.0))


def _set_output_bias(trainer: Trainer, value: float) -> None:
    bias = trainer.vae.decoder.get_layer("logits").bias
    bias.assign(np.full(bias.shape, value))


class TestDivergence:
    @pytest.mark.parametrize(
        "model",
        [
            {"widths": (64,) * 4},
            pytest.param({"prior": "realnvp", "prior_blocks": 4, "prior_units": 8}, marks=pytest.mark.full),
            pytest.param({"network": "residual", "widths": (4,), "dense_units": 8}, marks=pytest.mark.full),
        ],
        ids=str,
    )
    def test_huge_steps_stop_the_run_with_advice(self, few_digits, model):
        """A real divergence: depending on the model, the loss grows, is NaN, or is NaN in validation."""
        settings = {"epochs": 20, "learning_rate": 1.0, "learning_rate_warmup": 0.0, "clip_norm": 1e9}
        trainer = Trainer(few_digits, dataclasses.replace(SMALL, **model), dataclasses.replace(SHORT, **settings))
        with pytest.raises(TrainingError, match=r"^Training diverged in epoch \d+: .* number|grown") as caught:
            fit(trainer)
        assert "lower learning rate" in caught.value.hint
        assert trainer.epoch < 20
        assert all(np.isfinite(values).all() for values in trainer.history.values())

    @pytest.mark.parametrize("at", [2, 4, 5])
    def test_nan_is_found_within_its_epoch(self, few_digits, at):
        trainer = Trainer(few_digits, SMALL, SHORT)
        for _ in range(at - 1):
            trainer.advance()
            if trainer.step % 4 == 0:
                trainer.finish_epoch()
        _set_output_bias(trainer, np.nan)
        trainer.advance()
        epoch = 1 if at <= 4 else 2
        with pytest.raises(TrainingError, match=f"in epoch {epoch}: the loss is not a number"):
            trainer.running_means()

    def test_nan_is_found_without_reading_the_means(self, few_digits):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, epochs=1, batch_size=8))
        _set_output_bias(trainer, np.nan)
        with pytest.raises(TrainingError, match="not a number"):
            for _ in range(20):
                trainer.advance()

    def test_an_exploding_loss_is_found_before_it_is_nan(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        trainer.advance()
        assert trainer.running_means()["loss"] < 100
        _set_output_bias(trainer, 1e6)
        trainer.advance()
        with pytest.raises(TrainingError, match=r"the loss has grown to [\d.]+e\+\d+"):
            trainer.running_means()

    def test_a_spike_after_a_loss_near_zero_is_no_divergence(self, few_digits):
        """The loss of a density can start near 0. The limit then uses a nat per pixel value."""
        trainer = Trainer(few_digits, SMALL, SHORT)
        losses = iter([0.01, 900.0, 60_000.0, 70_000.0])
        trainer._run = lambda *batch: (next(losses), 0.0, 0.0)
        for _ in range(3):
            trainer.advance()
            trainer.running_means()
        trainer.advance()
        with pytest.raises(TrainingError, match="grown to 7e"):
            trainer.running_means()

    def test_the_limit_uses_the_loss_of_the_first_step(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        losses = iter([-100.0, 90_000.0, 110_000.0])
        trainer._run = lambda *batch: (next(losses), 0.0, 0.0)
        for _ in range(2):
            trainer.advance()
        trainer.running_means()
        trainer.advance()
        with pytest.raises(TrainingError, match=r"grown to 1\.1e"):
            trainer.running_means()

    def test_weights_that_are_not_finite_are_not_saved(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        for vae in (trainer.vae, trainer.average):
            bias = vae.encoder.get_layer("z_mean").bias
            bias.assign([0.0, np.inf])
            with pytest.raises(TrainingError, match="z_mean/bias is not a number"):
                trainer.state()
            bias.assign([0.0, 0.0])
        trainer.state()

    def test_an_epoch_that_diverges_in_its_last_step_is_not_recorded(self, few_digits):
        trainer = Trainer(few_digits, SMALL, SHORT)
        for _ in range(trainer.steps_per_epoch):
            trainer.advance()
        trainer.average.encoder.get_layer("z_mean").bias.assign([np.nan, 0.0])
        with pytest.raises(TrainingError, match="in epoch 1: the validation loss is not a number"):
            trainer.finish_epoch()
        assert trainer.history == {}


class TestCost:
    def test_a_step_is_compiled_once_for_the_whole_run(self, few_digits, monkeypatch):
        from vae.models.vae import VAE

        traced = []
        log_prob_x = VAE.log_prob_x
        # Python code runs only while tracing, so each entry is a compilation.
        monkeypatch.setattr(VAE, "log_prob_x", lambda *args, **named: traced.append(1) or log_prob_x(*args, **named))
        train(few_digits, SMALL, dataclasses.replace(SHORT, epochs=5))
        assert len(traced) <= 4, "the step, at most twice, and validation"

    @pytest.mark.full
    def test_memory_and_threads_do_not_grow_over_epochs(self, few_digits):
        trainer = Trainer(few_digits, SMALL, dataclasses.replace(SHORT, epochs=24))
        held = []

        class Watch(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch in (3, 13, 23):
                    gc.collect()
                    held.append((tracemalloc.get_traced_memory()[0], threading.active_count(), len(gc.get_objects())))

        for _ in range(trainer.steps_per_epoch):  # without the compilation
            trainer.advance()
        trainer.finish_epoch()
        tracemalloc.start()
        try:
            assert fit(trainer, [Watch()])
        finally:
            tracemalloc.stop()
        memory, threads, objects = np.array(held).T
        # The batches of ten epochs take 160 kB, and the results of an epoch a hundred objects.
        assert memory[2] - memory[1] < 50_000
        assert threads[2] <= threads[0]
        assert objects[2] - objects[1] < 500

    def test_waiting_for_images_is_counted(self, few_digits, monkeypatch):
        import time

        import vae.training.trainer as module

        def slow(*arguments):
            while True:
                time.sleep(0.05)
                yield few_digits.train.images[:64], few_digits.train.labels[:64].astype(np.int32)

        monkeypatch.setattr(module, "shuffled_batches", slow)
        trainer = Trainer(few_digits, SMALL, SHORT)
        trainer.advance()
        assert trainer.seconds_waited >= 0.04
