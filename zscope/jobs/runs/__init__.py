"""Runs: trainings as folders, each trained by a process of its own; pages and commands only read the folder.

run.json              what was asked for (`folder.RunRequest`)
run.lock              held by the run's process while it lives: the kernel frees it, whatever ends the process
progress.jsonl        what happened so far, a JSON line each (`progress`)
checkpoints/          the last two states to go on from, and their manifest (`checkpoints`)
film/                 pictures of the same images and codes after each epoch (`film`)
tensorboard/          the same figures for TensorBoard (`tensorboard`)
request               what a person asks of the process: "pause" or "stop" (`control`)
output.log            what the process printed

A run is called as the model that it makes.
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
