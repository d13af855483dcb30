"""Seconds of training until the codes of MNIST name the digit: our quick preset against Keras' own example.

Both start from scratch on the same images with the same latent size. The clock runs while they train, compilation
included, and stands still while their codes are judged: the share of 2,000 validation images whose class ten of 10,000
training codes vote for.
"""

import json
import subprocess
import sys
import time

import numpy as np

LATENT_DIM = 16
GOAL = 0.95
ROUNDS = 3
EVERY = 60  # steps between two looks
MOST = 6000  # steps
BATCH = 128


def run() -> dict:
    seconds: dict[str, list[float]] = {"ours": [], "keras_example": []}
    for seed in range(ROUNDS):
        for who, times in seconds.items():
            done = subprocess.run(
                [sys.executable, "-m", "bench.accuracy", who, str(seed)], capture_output=True, text=True, check=True
            )
            times.append(json.loads(done.stdout.splitlines()[-1])["seconds"])
    ours, example = (np.array(seconds[who], float) for who in ("ours", "keras_example"))
    return {
        "goal": GOAL,
        "latent_dim": LATENT_DIM,
        "ours_seconds": [round(value, 1) for value in ours],
        "keras_example_seconds": [round(value, 1) for value in example],
        "times_faster": round(float(np.median(example / ours)), 1),
    }


def _measure(who: str, seed: int) -> dict:
    import keras

    from vae.data import load_dataset

    keras.utils.set_random_seed(seed)
    dataset = load_dataset("mnist")
    advance, encode = (_ours if who == "ours" else _example)(dataset, seed)
    seconds = 0.0
    for step in range(1, MOST + 1):
        start = time.perf_counter()
        advance()
        seconds += time.perf_counter() - start
        if step % EVERY == 0:
            accuracy = _accuracy(encode, dataset)
            print(step, round(seconds, 1), accuracy, file=sys.stderr)
            if accuracy >= GOAL:
                return {"seconds": seconds, "steps": step, "accuracy": accuracy}
    raise SystemExit(f"{who} did not reach {GOAL} in {MOST} steps.")


def _accuracy(encode, dataset) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    train, validation = dataset.train, dataset.validation
    votes = KNeighborsClassifier(10).fit(encode(train.images[:10_000]), train.labels[:10_000])
    return float(votes.score(encode(validation.images[:2000]), validation.labels[:2000]))


def _ours(dataset, seed: int):
    from vae.codec import Codec
    from vae.presets import PRESETS
    from vae.training import Trainer

    model, training = PRESETS["quick"].configs(dataset.info, len(dataset.train), seed)
    trainer = Trainer(dataset, model, training)
    codec = Codec(trainer.vae)  # the weights themselves, as the example's

    def advance():
        trainer.advance()
        if trainer.step % EVERY == 0:
            trainer.running_means()  # waits for the device

    return advance, lambda images: codec.encode(images)[0]


def _example(dataset, seed: int):
    """`train_on_batch`, not `fit`, so that it can be looked at between two steps; its own cost is 1 ms a step."""
    from bench.keras_example import ExampleVAE

    vae = ExampleVAE(LATENT_DIM)
    vae.compile(optimizer="adam")
    floats = dataset.train.images.astype(np.float32) / 255
    rng = np.random.default_rng(seed)

    def advance():
        vae.train_on_batch(floats[rng.integers(0, len(floats), BATCH)])

    return advance, lambda images: np.asarray(vae.encoder.predict(images.astype(np.float32) / 255, verbose=0)[0])


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))
