"""A process that only saves checkpoints, until it is killed: `python killed_saver.py FOLDER`.

It resumes from the saved state and prints each step after it is saved. Without a framework, it starts in half a second.
"""

import sys
from pathlib import Path

import numpy as np

from zscope.jobs.runs.checkpoints import CheckpointStore

SIDE = 400


def arrays_of(step: int) -> dict[str, np.ndarray]:
    """Return half a megabyte of arrays that depend only on the step."""
    return {"weights/a": np.random.default_rng(step).standard_normal((SIDE, SIDE)).astype(np.float32)}


if __name__ == "__main__":
    store = CheckpointStore(Path(sys.argv[1]))
    found = store.load()
    step = found.record.step if found else 0
    print(step, flush=True)
    while True:
        step += 1
        store.save(arrays_of(step), {"step": step}, step, 0)
        print(step, flush=True)
