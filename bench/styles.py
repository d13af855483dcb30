"""Training speed: one epoch of one architecture with TensorFlow's training styles and with Zscope.

Every style runs in a process of its own (`python -m bench.styles NAME`), so that its peak memory is its own, and they
take turns, so that a busy moment of the machine hits all alike.
"""

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

STYLES = ("eager", "function", "xla", "fit", "ours")
ROUNDS = 3
BATCH = 128
EAGER_SHARE = 8  # of the epoch: eager mode would take minutes, and its rate does not change


def run() -> dict:
    rates: dict[str, list[float]] = {style: [] for style in STYLES}
    memory: dict[str, list[float]] = {style: [] for style in STYLES}
    images = 0
    for _ in range(ROUNDS):
        for style in STYLES:
            done = subprocess.run(
                [sys.executable, "-m", "bench.styles", style], capture_output=True, text=True, check=True
            )
            measured = json.loads(done.stdout.splitlines()[-1])
            rates[style].append(measured["images_per_second"])
            memory[style].append(measured["peak_mb"])
            images = max(images, measured["images"])
    ours = np.array(rates["ours"])
    return {
        "images": images,
        "styles": {
            style: {
                "images_per_second": round(float(np.median(rates[style]))),
                "peak_mb": round(float(np.median(memory[style]))),
                "ours_times_faster": round(float(np.median(ours / np.array(rates[style]))), 2),
            }
            for style in STYLES
        },
    }


def _measure(style: str) -> dict:
    """One epoch after a few steps that compile; the same network, optimizer, batches and loss in every style."""
    from vae.data import load_dataset
    from vae.models.config import ModelConfig, TrainConfig

    dataset = load_dataset("mnist")
    model = ModelConfig(widths=(16, 32), dense_units=256, activation="silu")
    training = TrainConfig(epochs=2, batch_size=BATCH)
    if style == "ours":
        rate, images = _ours(dataset, model, training)
    else:
        rate, images = _with_tensorflow(style, dataset.train.images, model)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"images_per_second": rate, "images": images, "peak_mb": peak}


def _ours(dataset, model, training) -> tuple[float, int]:
    from vae.training import Trainer

    trainer = Trainer(dataset, model, training)
    for _ in range(5):
        trainer.advance()
    trainer.running_means()
    start = time.perf_counter()
    for _ in range(trainer.steps_per_epoch):
        trainer.advance()
    trainer.running_means()
    seconds = time.perf_counter() - start
    images = trainer.steps_per_epoch * BATCH
    return images / seconds, images


def _with_tensorflow(style: str, images: np.ndarray, config) -> tuple[float, int]:
    """Train as in tutorials: float32 images, a shuffled `tf.data` pipeline, Adam, the gradient of −ELBO."""
    import keras
    import tensorflow as tf

    from vae.models.elbo import kl_divergence, reparameterize
    from vae.models.vae import VAE

    ops: Any = keras.ops  # Keras has no types
    vae = VAE(config)
    noise = keras.random.SeedGenerator(0)
    optimizer = keras.optimizers.Adam(1e-3, global_clipnorm=1.0)

    def loss(x):
        z_mean, z_log_var = vae.encoder(x)
        z = reparameterize(z_mean, z_log_var, keras.random.normal(ops.shape(z_mean), seed=noise))
        log_likelihood = vae.likelihood.log_prob(x, vae.decoder(z))
        return ops.mean(ops.sum(kl_divergence(z_mean, z_log_var), axis=-1) - log_likelihood)

    floats = images.astype(np.float32) / 255
    batches = tf.data.Dataset.from_tensor_slices(floats).shuffle(10_000, seed=0).batch(BATCH, drop_remainder=True)
    batches = batches.prefetch(tf.data.AUTOTUNE)
    count = len(images) // BATCH

    if style == "fit":

        class Fitted(keras.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = vae.encoder, vae.decoder

            def call(self, x):
                return x

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return loss(x)

        model: Any = Fitted()
        model.compile(optimizer)
        model.fit(batches.take(5), verbose=0)
        start = time.perf_counter()
        model.fit(batches, epochs=1, verbose=0)
        return count * BATCH / (time.perf_counter() - start), count * BATCH

    variables = vae.trainable_variables
    optimizer.build(variables)

    def step(x):
        with tf.GradientTape() as tape:
            value = loss(x)
        gradients = tape.gradient(value, [variable.value for variable in variables])
        optimizer.apply(gradients, variables)
        return value

    if style != "eager":
        step = tf.function(step, autograph=False, jit_compile=style == "xla")
    for x in batches.take(5):
        step(x)
    if style == "eager":
        count //= EAGER_SHARE
    start = time.perf_counter()
    value = 0.0
    for x in batches.take(count):
        value = step(x)
    float(value)
    return count * BATCH / (time.perf_counter() - start), count * BATCH


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
