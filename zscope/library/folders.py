"""The folder of training runs, and the name of the lock under which a run writes its model."""

import os
from pathlib import Path

__all__ = ["PUBLISH_LOCK", "runs_folder"]

PUBLISH_LOCK = "publish.lock"  # held while a model of the run's id is written


def runs_folder() -> Path:
    """Return the folder of training runs: `ZSCOPE_RUNS`, else `~/.zscope/runs`."""
    return Path(os.environ.get("ZSCOPE_RUNS") or Path.home() / ".zscope" / "runs")
