"""A training run in memory: the model, its moving average, the optimizer, and the progress."""

import math
import time
from collections.abc import Iterator

import numpy as np

from vae.backend import compile_train_step
from vae.data.dataset import Dataset
from vae.errors import TrainingError
from vae.message import N_, message
from vae.models.config import ModelConfig, TrainConfig, check_together
from vae.models.vae import VAE
from vae.training.augmentation import Augmentation
from vae.training.batches import ahead, shuffled_batches
from vae.training.objective import Objective
from vae.training.optimizer import average_momentum, make_optimizer
from vae.training.validation import Validation

__all__ = ["Trainer", "kept_epoch", "lost_patience"]

_PARTS = ("loss", "reconstruction", "kl")
# Steps whose results are read together, because reading waits for the device.
_READ_EVERY = 20
# Training has diverged if the loss is this many times that of the first step.
_EXPLODED = 1000.0
_BEST = "best/"  # how `Trainer.state` names the weights of the best epoch


class Trainer:
    """Trains a model step by step. Its whole state can be saved and restored.

    It trains on `dataset.train`, validates on `dataset.validation`, and never uses `dataset.test`.

    Args:
        dataset: images of `model_config.image_shape`.
        weights: initial weights by name; drawn with the seed when None.

    Attributes:
        vae: the weights being trained.
        average: a model with the moving average of those weights, which is validated and shown.
        step, steps: finished optimisation steps, and all of the run.
        epoch: finished epochs.
        history: for each finished epoch, in nats per image: `loss` (with the KL weighted by β), `reconstruction` and
            `kl`, means over the training steps; and the same with the prefix `val_`, of the average model on the
            validation images, with the final β. And `val_mse`, see `vae.training.validation.Validation.measure`.
        best: weights of the average, by name, after the epoch with the lowest validation loss; empty before the first
            epoch is finished, and if the config keeps the last epoch.
        kl_per_dimension: float `(latent_dim,)`, nats, on the validation images after the last finished epoch.
        seconds_waited: time that steps of this process have waited for their images.

    Raises:
        TrainingError: the images do not fit the model, or there are too few.
        BadRequestError: the two configurations do not fit together.
    """

    def __init__(
        self,
        dataset: Dataset,
        model_config: ModelConfig,
        train_config: TrainConfig,
        weights: dict[str, np.ndarray] | None = None,
    ):
        check_together(model_config, train_config)
        _check_fit(dataset, model_config)
        self.dataset = dataset
        self.model_config = model_config
        self.train_config = train_config
        self.batch_size = min(train_config.batch_size, len(dataset.train))
        self.steps_per_epoch = len(dataset.train) // self.batch_size
        self.steps = self.steps_per_epoch * train_config.epochs
        self.step = 0
        self.history: dict[str, list[float]] = {}
        self.best: dict[str, np.ndarray] = {}
        self.kl_per_dimension = np.zeros(model_config.latent_dim)
        self.seconds_waited = 0.0

        self.vae = VAE(model_config, seed=train_config.seed, dropout=train_config.dropout)
        if weights is None:
            self.vae.set_output_bias(_mean_pixel(dataset))
        else:
            self.vae.assign(weights)
        self.average = VAE(model_config)
        self._named, self._averaged = self.vae.named_weights(), self.average.named_weights()
        self.average.assign({name: weight.numpy() for name, weight in self._named.items()})
        self._objective = Objective(self.vae, train_config, self.steps)
        self._optimizer = make_optimizer(train_config, self.steps)
        self._optimizer.build(self.vae.trainable_variables)
        pairs = [(self._averaged[name], weight) for name, weight in self._named.items()]
        self._run = compile_train_step(
            self._objective,
            self.vae.trainable_variables,
            [*self.vae.variables, *self._objective.variables],
            self._optimizer,
            pairs,
            average_momentum(train_config, self.steps),
        )
        config = train_config
        self._validation = Validation(self.average, config.seed, config.beta, config.importance_samples)
        self._batches: Iterator | None = None
        self._unread: list = []  # results of the latest steps, still on the device
        self._sums = np.zeros(len(_PARTS))  # of this epoch
        self._first_loss: float | None = None

    @property
    def epoch(self) -> int:
        return self.step // self.steps_per_epoch

    @property
    def stopped_early(self) -> bool:
        """Whether the validation loss has not become lower for `TrainConfig.patience` epochs."""
        return self.step % self.steps_per_epoch == 0 and lost_patience(self.history, self.train_config)

    @property
    def done(self) -> bool:
        """Whether there is nothing more to train: the last step is finished, or the patience has ended."""
        return self.step == self.steps or self.stopped_early

    def advance(self) -> None:
        """Train one step.

        Raises:
            TrainingError: the loss is not a finite number, or has diverged.
        """
        if self._batches is None:
            config = self.train_config
            augmentation = Augmentation(config.shift, config.mirror, config.epochs)
            self._batches = ahead(
                shuffled_batches(self.dataset.train, self.batch_size, config.seed, self.step, augmentation)
            )
        start = time.perf_counter()
        images, labels = next(self._batches)
        self.seconds_waited += time.perf_counter() - start
        self._unread.append(self._run(images, labels))
        self.step += 1
        if len(self._unread) == _READ_EVERY:
            self._read()

    def running_means(self) -> dict[str, float]:
        """Return the means of `loss`, `reconstruction` and `kl` in the current epoch so far."""
        self._read()
        done = self.step - (self.step - 1) // self.steps_per_epoch * self.steps_per_epoch if self.step else 0
        return {name: float(total / max(1, done)) for name, total in zip(_PARTS, self._sums, strict=True)}

    def finish_epoch(self) -> dict[str, float]:
        """Validate, and return the epoch's figures, which are added to `history`. Call it after an epoch's last step.

        Raises:
            TrainingError: see `advance`.
        """
        means = self.running_means()
        self._sums[:] = 0
        means |= {f"val_{name}": value for name, value in self._validate().items()}
        if not all(map(math.isfinite, means.values())):  # the last step can be the one that diverges
            raise self._diverged(N_("the validation loss is not a number"))
        for name, value in means.items():
            self.history.setdefault(name, []).append(value)
        if self.train_config.keep == "best" and kept_epoch(self.history) == self.epoch:
            self.best = {name: np.array(weight.numpy()) for name, weight in self._averaged.items()}
        return means

    @property
    def kept_epoch(self) -> int:
        """The epoch of the weights of `kept()`, from 1, an unfinished one included; 0 before the first step."""
        return kept_epoch(self.history) if self.best else math.ceil(self.step / self.steps_per_epoch)

    def kept(self) -> VAE:
        """Return the model of the best or the last epoch, as `TrainConfig.keep` says."""
        if not self.best:
            return self.average
        vae = VAE(self.model_config)
        vae.assign(self.best)
        return vae

    def state(self) -> tuple[dict[str, np.ndarray], dict]:
        """Return the state, from which `restore` continues, even within an epoch: named arrays, and values for JSON.

        Raises:
            TrainingError: a weight is not a finite number.
        """
        self._read()
        arrays = {name: np.asarray(variable.numpy()) for name, variable in self._state_variables().items()}
        arrays |= {f"{_BEST}{name}": weight for name, weight in self.best.items()}
        for name, array in arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise self._diverged(message("the weight {name} is not a number", name=name))
        rest = {
            "step": self.step,
            "sums": self._sums.tolist(),
            "first_loss": self._first_loss,
            "history": {name: list(values) for name, values in self.history.items()},
            "kl_per_dimension": self.kl_per_dimension.tolist(),
        }
        return arrays, rest

    def restore(self, arrays: dict[str, np.ndarray], rest: dict) -> None:
        """Continue from a state that `state` returned, in this or another process.

        Raises:
            TrainingError: the state does not fit this run.
        """
        variables = self._state_variables()
        shapes = {name: tuple(variable.shape) for name, variable in variables.items()}
        best = {name.removeprefix(_BEST): array for name, array in arrays.items() if name.startswith(_BEST)}
        if best:
            shapes |= {f"{_BEST}{name}": tuple(weight.shape) for name, weight in self._averaged.items()}
        if shapes != {name: array.shape for name, array in arrays.items()} or not 0 <= rest["step"] <= self.steps:
            raise TrainingError("This checkpoint belongs to another architecture.", "Start the run again.")
        for name, variable in variables.items():
            variable.assign(arrays[name])
        self.best = best
        self.step = rest["step"]
        self._sums = np.array(rest["sums"])
        self._first_loss = rest["first_loss"]
        self.history = {name: list(values) for name, values in rest["history"].items()}
        self.kl_per_dimension = np.array(rest["kl_per_dimension"])
        self._batches, self._unread = None, []

    def _state_variables(self) -> dict:
        others = [variable for variable in self.vae.variables if not any(variable is w for w in self._named.values())]
        return (
            {f"weights/{name}": variable for name, variable in self._named.items()}
            | {f"average/{name}": variable for name, variable in self._averaged.items()}
            | {f"optimizer/{index}": variable for index, variable in enumerate(self._optimizer.variables)}
            | {f"noise/{index}": variable for index, variable in enumerate([*others, *self._objective.variables])}
        )

    def _read(self) -> None:
        """Read the results of the latest steps, and add them up."""
        if not self._unread:
            return
        values = np.array([[float(part) for part in result] for result in self._unread])
        self._unread = []
        loss = values[:, 0].mean()
        if self._first_loss is None:
            self._first_loss = float(abs(values[0, 0]))
        if not math.isfinite(loss):
            raise self._diverged(N_("the loss is not a number"))
        # The loss of a density can start near 0 by chance, so the limit is at least a nat per pixel value.
        if loss > _EXPLODED * max(math.prod(self.model_config.image_shape), self._first_loss):
            raise self._diverged(message("the loss has grown to {loss}", loss=f"{loss:.3g}"))
        for row in values:  # one by one: the sum must not depend on how steps are grouped
            self._sums += row

    def _diverged(self, what: str) -> TrainingError:
        epoch = max(0, self.step - 1) // self.steps_per_epoch  # the epoch of the latest step
        return TrainingError(
            message("Training diverged in epoch {epoch}: {what}.", epoch=epoch + 1, what=what),
            "Use a lower learning rate (a third of it), a longer warm-up or a smaller clip_norm.",
        )

    def _validate(self) -> dict[str, float]:
        figures, self.kl_per_dimension = self._validation.measure(self.dataset.validation)
        return figures


def kept_epoch(history: dict[str, list[float]]) -> int:
    """Return the epoch with the lowest validation loss, from 1; the first one if there are several."""
    return int(np.argmin(history["val_loss"])) + 1


def lost_patience(history: dict[str, list[float]], config: TrainConfig) -> bool:
    """Return whether a training ends after these epochs, although more are configured.

    The epochs of the KL warm-up do not count: while β rises, the model is trained for another loss than is validated.
    """
    done = len(history.get("val_loss", ()))
    if not config.patience or not done:
        return False
    warm = math.ceil(config.kl_warmup * config.epochs)
    return done - max(kept_epoch(history), warm) >= config.patience


def _check_fit(dataset: Dataset, config: ModelConfig) -> None:
    info = dataset.info
    if info.image_shape != config.image_shape:
        raise TrainingError(
            message(
                "{title} has images of {image_shape}, the model expects {image_shape2}.",
                title=info.title,
                image_shape=info.image_shape,
                image_shape2=config.image_shape,
            ),
            "Set the model's image_shape to the data's.",
        )
    if config.classes and config.classes != len(info.class_names):
        raise TrainingError(
            message(
                "The model expects {classes} classes, {title} has {value}.",
                classes=config.classes,
                title=info.title,
                value=len(info.class_names) or "none",
            ),
            message("Set classes to {n}.", n=len(info.class_names))
            if len(info.class_names) > 1
            else "Set classes to 0.",
        )


def _mean_pixel(dataset: Dataset) -> float:
    """Return the mean pixel in [0, 1], of at most 2,000 images, so that a large data set need not be read."""
    images = dataset.train.images
    return float(images[:: max(1, len(images) // 2000)].mean() / 255)
