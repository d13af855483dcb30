"""Long training: time that steps wait for images, and growth of memory."""

import json
import resource
import subprocess
import sys
import time

EPOCHS = 10


def run() -> dict:
    done = subprocess.run([sys.executable, "-m", "bench.epochs"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _measure() -> dict:
    """Train the quick preset's network on MNIST in a separate process. The first epoch compiles and is not counted."""
    import dataclasses

    from vae.data import load_dataset
    from vae.training import Trainer
    from vae.training.presets import PRESETS

    dataset = load_dataset("mnist")
    model, training = PRESETS["quick"].configs(dataset.info, len(dataset.train))
    trainer = Trainer(dataset, model, dataclasses.replace(training, epochs=EPOCHS))
    seconds, waited, peaks = [], [], []
    for _ in range(EPOCHS):
        start, before = time.perf_counter(), trainer.seconds_waited
        for _ in range(trainer.steps_per_epoch):
            trainer.advance()
        trainer.running_means()  # waits for the device
        seconds.append(time.perf_counter() - start)
        waited.append(trainer.seconds_waited - before)
        trainer.finish_epoch()
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {
        "epochs": EPOCHS,
        "images": len(dataset.train),
        "waited_share": round(sum(waited[1:]) / sum(seconds[1:]), 4),
        "peak_mb_after_second": round(peaks[1]),
        "peak_mb_after_last": round(peaks[-1]),
    }


if __name__ == "__main__":
    print(json.dumps(_measure()))
