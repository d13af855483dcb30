"""Unknown digits: ten small trainings, each without one class of MNIST.

Each is a data set of its own, made of the train images of the other nine digits and parted as any own set is: a model
learns from four sixths of them, another sixth is what new pictures are compared with. Scored are MNIST's test images,
of which neither has seen any.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

PRESET = "quick"
SCORES = ("unusual", "likelihood")


def run() -> dict:
    digits = []
    for digit in range(10):
        done = subprocess.run(
            [sys.executable, "-m", "bench.left_out", str(digit)], capture_output=True, text=True, check=True
        )
        digits.append(json.loads(done.stdout.splitlines()[-1]))
        print(digits[-1], flush=True)  # it takes a while
    found = {score: np.array([told[score] for told in digits]) for score in SCORES}
    return {
        "preset": PRESET,
        "digits": digits,
        **{
            score: {
                "mean": round(float(values.mean()), 4),
                "standard_error": round(float(values.std(ddof=1) / np.sqrt(len(values))), 4),
            }
            for score, values in found.items()
        },
    }


def _measure(digit: int) -> dict:
    """Train once and measure the scores, in a separate process with a temporary folder of user data sets."""
    from vae.data import load_dataset
    from vae.evaluation.bounds import Elbo
    from vae.formats.bundle import load_bundle
    from vae.inference.loaded_model import LoadedModel
    from vae.pictures.reconstruction import Reader

    test = load_dataset("mnist").test
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZSCOPE_OWN_DATA"] = f"{folder}/data"
        dataset = _others(digit)
        seconds = _publish(dataset, digit, Path(folder, f"without-{digit}"))
        model = LoadedModel(f"without-{digit}", load_bundle(Path(folder, f"without-{digit}")))
        unusual = Reader(model).unusual(test.images)
    bound = Elbo(model.bundle.vae)(test.images, test.labels, np.random.default_rng(0))
    strange = test.labels == digit
    return {
        "digit": digit,
        "trained_on": len(dataset.train),
        "compared_with": len(dataset.test),
        "outside": int(strange.sum()),
        "inside": int((~strange).sum()),
        "unusual": round(float(roc_auc_score(strange, unusual)), 4),
        "likelihood": round(float(roc_auc_score(strange, bound.kl - bound.reconstruction)), 4),
        "training_seconds": round(seconds, 1),
    }


def _others(digit: int):
    """Add the train images of the other nine digits as a user data set."""
    from vae.data import load_dataset
    from vae.data.intake import IntakeReport, Prepared
    from vae.data.staging import Staging
    from vae.data.user_data import user_data_folder

    whole = load_dataset("mnist")
    images = np.concatenate([whole.train.images, whole.validation.images])
    labels = np.concatenate([whole.train.labels, whole.validation.labels])
    images, labels = images[labels != digit], labels[labels != digit]
    report = IntakeReport(
        source="MNIST",
        found=len(labels),
        read=len(labels),
        refused=(),
        class_names=tuple(name for name in whole.info.class_names if name != str(digit)),
        class_counts=tuple(np.unique(labels, return_counts=True)[1].tolist()),
        notes=(),
    )
    labels -= labels > digit  # the classes behind it move up
    prepared = Prepared(
        report,
        images,
        labels,
        attributes=np.zeros((len(labels), 0), np.float32),
        groups=np.arange(len(labels)),
        seed=digit,
        staging=Staging(user_data_folder()),
    )
    return load_dataset(prepared.save(f"MNIST without {digit}").id)


def _publish(dataset, seed: int, folder: Path) -> float:
    """Train and write the bundle; return the seconds of training."""
    from vae.formats.publish import publish
    from vae.training.fit import train
    from vae.training.presets import PRESETS

    model, training = PRESETS[PRESET].configs(dataset.info, len(dataset.train), seed)
    start = time.perf_counter()
    vae, history = train(dataset, model, training)
    seconds = time.perf_counter() - start
    publish(
        vae,
        folder,
        title=dataset.info.title,
        dataset=dataset,
        train_config=training,
        history=history,
        seconds=seconds,
        command=f"python -m bench.left_out {seed}",
        iwae_samples=1,  # as little as can be: no figure of the card is read
        iwae_images=1,
        report=lambda what, done, total: None,
    )
    return seconds


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
