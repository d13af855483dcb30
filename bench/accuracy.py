"""Seconds of training until a kNN vote reaches 95 %: the quick preset against Keras' VAE example.

Both start from scratch on the same images with the same latent size. The clock runs while they train, compilation
included, and stands still while their codes are judged: the share of 2,000 validation images whose class ten of 10,000
training codes vote for.
"""

import json
import subprocess
import sys
import time
from typing import Any

import numpy as np

LATENT_DIM = 16
GOAL = 0.95
ROUNDS = 3
EVERY = 60  # steps between two looks, five times as many after the tenth
MOST = 3000  # steps: eight epochs
BATCH = 128


def run() -> dict:
    found: dict[str, list[dict]] = {"ours": [], "keras_example": []}
    for seed in range(ROUNDS):
        for who, results in found.items():
            done = subprocess.run(
                [sys.executable, "-m", "bench.accuracy", who, str(seed)], capture_output=True, text=True, check=True
            )
            results.append(json.loads(done.stdout.splitlines()[-1]))
    ours, example = (np.array([result["seconds"] for result in found[who]]) for who in ("ours", "keras_example"))
    return {
        "goal": GOAL,
        "latent_dim": LATENT_DIM,
        "most_steps": MOST,
        **found,
        # Where the example did not arrive, its time is a lower bound, and so is this.
        "times_faster": round(float(np.median(example / ours)), 1),
    }


def _measure(who: str, seed: int) -> dict:
    import keras

    from vae.data import load_dataset

    keras.utils.set_random_seed(seed)
    dataset = load_dataset("mnist")
    advance, encode = (_ours if who == "ours" else _example)(dataset, seed)
    seconds, accuracy, step = 0.0, 0.0, 0
    for step in range(1, MOST + 1):
        start = time.perf_counter()
        advance()
        seconds += time.perf_counter() - start
        if step % (EVERY if step <= 10 * EVERY else 5 * EVERY) == 0:
            accuracy = _accuracy(encode, dataset)
            print(step, round(seconds, 1), accuracy, file=sys.stderr)
            if accuracy >= GOAL:
                break
    return {"seconds": round(seconds, 1), "steps": step, "accuracy": accuracy}


def _accuracy(encode, dataset) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    train, validation = dataset.train, dataset.validation
    votes = KNeighborsClassifier(10).fit(encode(train.images[:10_000]), train.labels[:10_000])
    return float(votes.score(encode(validation.images[:2000]), validation.labels[:2000]))


def _ours(dataset, seed: int):
    from vae.inference.codec import Codec
    from vae.training import Trainer
    from vae.training.presets import PRESETS

    model, training = PRESETS["quick"].configs(dataset.info, len(dataset.train), seed)
    trainer = Trainer(dataset, model, training)
    codec = Codec(trainer.vae)  # the weights themselves, as the example's

    def advance():
        trainer.advance()
        if trainer.step % EVERY == 0:
            trainer.running_means()  # waits for the device

    return advance, lambda images: codec.encode(images)[0]


def _example(dataset, seed: int):
    """Train with `train_on_batch`, so that the model can be measured between steps; this costs 1 ms a step."""
    from bench.keras_example import ExampleVAE

    vae: Any = ExampleVAE(LATENT_DIM)
    vae.compile(optimizer="adam")
    floats = dataset.train.images.astype(np.float32) / 255
    rng = np.random.default_rng(seed)

    def advance():
        vae.train_on_batch(floats[rng.integers(0, len(floats), BATCH)])

    return advance, lambda images: np.asarray(vae.encoder.predict(images.astype(np.float32) / 255, verbose=0)[0])


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
