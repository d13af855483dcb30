"""A run learns, repeats itself bit by bit, and looks only at the images it may."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.data.dataset import Split
from vae.errors import TrainingError
from vae.training import shuffled_batches, train

SMALL = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(4,), dense_units=8)
SHORT = TrainConfig(dataset="digits", epochs=2, batch_size=128, learning_rate=5e-3)


def _weights(vae) -> dict[str, np.ndarray]:
    return {name: weight.numpy().copy() for name, weight in vae.named_weights().items()}


class Spy(keras.callbacks.Callback):
    """What a run's weights were at its start and after each step."""

    def on_train_begin(self, logs=None):
        self.steps = [_weights(self.model)]

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(_weights(self.model))


class TestLearning:
    def test_the_loss_falls_on_what_is_trained_and_what_is_not(self, trained):
        history = trained.history
        # The first epochs weigh the KL less, so reconstruction is what falls throughout.
        assert history["reconstruction"][-1] < 0.85 * history["reconstruction"][0]
        assert history["val_loss"][-1] < 0.85 * history["val_loss"][0]
        assert abs(history["val_loss"][-1] - history["loss"][-1]) < 2.0

    def test_the_history_has_every_figure_of_every_epoch(self, trained):
        assert trained.history.keys() == {
            f"{part}{name}" for part in ("", "val_") for name in ("loss", "reconstruction", "kl")
        }
        assert {len(values) for values in trained.history.values()} == {trained.train_config.epochs}
        assert all(type(value) is float for values in trained.history.values() for value in values)

    def test_the_kl_warms_up_over_a_fifth_and_ends_at_beta(self, trained):
        history = trained.history
        loss, reconstruction, kl = (np.array(history[name]) for name in ("loss", "reconstruction", "kl"))
        weight = (loss - reconstruction) / kl
        # 19 steps an epoch, 30 epochs, warm over the first 114 steps: six epochs, each at the mean of its own rise.
        np.testing.assert_allclose(weight[:6], (np.arange(6) + 0.5) / 6, atol=0.03)
        np.testing.assert_allclose(weight[6:], 1.0, atol=1e-3)

    def test_the_last_loss_is_the_negative_elbo(self, trained):
        history = trained.history
        assert history["val_loss"][-1] == pytest.approx(
            history["val_reconstruction"][-1] + history["val_kl"][-1], rel=1e-3
        )


@pytest.fixture(scope="module")
def runs(digits):
    runs = {}
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        spy = Spy()
        vae, history = train(digits, SMALL, dataclasses.replace(SHORT, seed=seed), [spy])
        runs[name] = (_weights(vae), history, spy.steps)
    return runs


class TestRepeatability:
    def test_the_same_seed_gives_the_same_bits(self, runs):
        first, again = runs["first"], runs["again"]
        for name, weight in first[0].items():
            np.testing.assert_array_equal(weight, again[0][name])
        assert first[1] == again[1]

    def test_another_seed_gives_another_model(self, runs):
        first, other = runs["first"][0], runs["other"][0]
        assert all((weight != other[name]).any() for name, weight in first.items())

    def test_a_run_of_a_few_steps_is_not_averaged(self, runs):
        final, _, steps = runs["first"]
        assert len(steps) == 1 + 2 * (1250 // 128)
        for name, weight in final.items():
            np.testing.assert_array_equal(weight, steps[-1][name])

    def test_a_longer_run_s_weights_are_averaged_over_its_end(self, digits):
        spy = Spy()
        # A rate that stays high keeps the weights moving, so that an average and a last step are far apart.
        config = dataclasses.replace(SHORT, epochs=4, batch_size=64, final_learning_rate=SHORT.learning_rate)
        vae, _ = train(digits, SMALL, config, [spy])
        momentum = 1 - 20 / (len(spy.steps) - 1)
        name = "encoder/hidden/kernel"
        average = spy.steps[0][name].astype(np.float64)
        for step in spy.steps[1:]:
            average = momentum * average + (1 - momentum) * step[name]
        np.testing.assert_allclose(_weights(vae)[name], average, atol=1e-5)
        assert np.abs(average - spy.steps[-1][name]).max() > 1e-3, "and that is not merely the last step"

    def test_without_an_average_the_last_weights_are_returned(self, digits):
        spy = Spy()
        vae, _ = train(digits, SMALL, dataclasses.replace(SHORT, epochs=4, batch_size=64, ema=0.0), [spy])
        for name, weight in _weights(vae).items():
            np.testing.assert_array_equal(weight, spy.steps[-1][name])


class TestData:
    def test_only_training_images_are_trained_on(self, digits):
        """Validation and test images may be anything: the weights do not notice."""
        rng = np.random.default_rng(0)
        noise = Split(rng.integers(0, 256, (40, 8, 8, 1), np.uint8), np.zeros(40, np.int64))
        config = dataclasses.replace(SHORT, epochs=1)
        plain, _ = train(digits, SMALL, config)
        changed, _ = train(dataclasses.replace(digits, validation=noise, test=noise), SMALL, config)
        for name, weight in _weights(plain).items():
            np.testing.assert_array_equal(weight, _weights(changed)[name])

    def test_the_validation_figures_are_of_the_validation_images(self, digits):
        dark = Split(np.zeros((40, 8, 8, 1), np.uint8), np.zeros(40, np.int64))
        config = dataclasses.replace(SHORT, epochs=1)
        _, plain = train(digits, SMALL, config)
        _, changed = train(dataclasses.replace(digits, validation=dark), SMALL, config)
        assert plain["loss"] == changed["loss"]
        assert changed["val_reconstruction"][0] < 0.9 * plain["val_reconstruction"][0]

    def test_the_output_bias_starts_at_the_training_images_mean(self, digits):
        spy = Spy()
        train(digits, SMALL, dataclasses.replace(SHORT, epochs=1), [spy])
        mean = digits.train.images.mean() / 255
        np.testing.assert_allclose(spy.steps[0]["decoder/logits/bias"], [np.log(mean / (1 - mean))], rtol=1e-5)

    def test_a_batch_larger_than_the_data_is_the_data(self, digits):
        few = dataclasses.replace(digits, train=Split(digits.train.images[:50], digits.train.labels[:50]))
        _, history = train(few, SMALL, dataclasses.replace(SHORT, epochs=1, batch_size=4096))
        assert np.isfinite(history["loss"]).all()


@pytest.fixture(scope="module")
def split():
    # Each image is its own number, so that a batch says which rows it is made of.
    numbers = np.arange(103, dtype=np.uint8)
    return Split(np.tile(numbers.reshape(-1, 1, 1, 1), (1, 2, 2, 1)), numbers.astype(np.int64))


class TestShuffledBatches:
    def _epochs(self, split, count, seed=0, first_epoch=0, batch_size=10):
        batches = shuffled_batches(split, batch_size, seed, first_epoch)
        per_epoch = len(split) // batch_size
        return [[batch[:, 0, 0, 0] for (batch,) in itertools.islice(batches, per_epoch)] for _ in range(count)]

    def test_an_epoch_shows_no_image_twice(self, split):
        for epoch in self._epochs(split, 5):
            rows = np.concatenate(epoch)
            assert len(rows) == len(set(rows.tolist())) == 100
            assert {len(batch) for batch in epoch} == {10}

    def test_the_images_left_over_are_others_each_time(self, split):
        left = [frozenset(range(103)) - set(np.concatenate(epoch).tolist()) for epoch in self._epochs(split, 5)]
        assert len(set(left)) > 1

    def test_where_batches_fit_evenly_all_images_are_shown(self, split):
        even = Split(split.images[:100], split.labels[:100])
        for epoch in self._epochs(even, 3):
            assert sorted(np.concatenate(epoch).tolist()) == list(range(100))

    def test_seed_and_epoch_decide_the_order(self, split):
        first, again, other = (np.array(self._epochs(split, 3, seed)) for seed in (7, 7, 8))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        assert (first[0] != first[1]).any()

    def test_a_resumed_run_goes_on_where_it_stopped(self, split):
        np.testing.assert_array_equal(self._epochs(split, 2, first_epoch=3), self._epochs(split, 5)[3:])

    def test_neighbours_of_one_batch_are_strangers_in_the_next_epoch(self, split):
        first, second = self._epochs(split, 2)
        assert max(len(set(one.tolist()) & set(other.tolist())) for one in first for other in second) < 8

    def test_a_batch_that_cannot_be_filled_is_refused_not_awaited(self, split):
        with pytest.raises(TrainingError, match="103 images do not fill a batch of 104"):
            next(shuffled_batches(split, 104, 0))

    def test_pixels_stay_bytes(self, split):
        (batch,) = next(shuffled_batches(split, 10, 0))
        assert batch.dtype == np.uint8


class TestFaults:
    def test_images_of_another_size_are_refused_at_once(self, digits):
        with pytest.raises(TrainingError, match=r"\(8, 8, 1\).*\(28, 28, 1\).*image_shape"):
            train(digits, ModelConfig(), SHORT)

    def test_a_loss_that_is_no_number_ends_the_run(self, digits):
        class Poison(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if batch == 3:
                    bias = self.model.decoder.get_layer("logits").bias
                    bias.assign(bias * float("nan"))

        with pytest.raises(TrainingError, match=r"epoch 1\. .*learning rate"):
            train(digits, SMALL, SHORT, [Poison()])
