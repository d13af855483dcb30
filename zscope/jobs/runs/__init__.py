"""Training runs as folders. A process trains each run; pages and commands only read its folder.

run.json              the request (`folder.RunRequest`)
run.lock              held by the run's process; the kernel frees it when the process ends
progress.jsonl        the events so far, one JSON line each (`progress`)
checkpoints/          the last two checkpoints and their manifest (`checkpoints`)
film/                 pictures of the same images and codes after each epoch (`film`)
tensorboard/          the same figures for TensorBoard (`tensorboard`)
request               a requested action, "pause" or "stop" (`zscope.jobs.control`)
output.log            output of the process

A run has the id of the model that it makes.
"""

from zscope.jobs.runs.folder import RunRequest, free_id, new_request, runs_folder
from zscope.jobs.runs.launch import delete, pause, resume, start, stop
from zscope.jobs.runs.listing import Run, find_run, list_runs
from zscope.jobs.runs.progress import Epoch, Progress, read_progress
from zscope.jobs.runs.snapshot import snapshot

__all__ = [
    "Epoch",
    "Progress",
    "Run",
    "RunRequest",
    "delete",
    "find_run",
    "free_id",
    "list_runs",
    "new_request",
    "pause",
    "read_progress",
    "resume",
    "runs_folder",
    "snapshot",
    "start",
    "stop",
]
