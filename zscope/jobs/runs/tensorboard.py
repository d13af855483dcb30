"""Writes the TensorBoard log of a run with the event writer of tensorboardX.

It writes in the calling thread. tensorboardX's `SummaryWriter` has its own thread, which a full disk ends without an
error in the run, and for which the run then waits forever.
"""

import io
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image
from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter

# Protocol buffers define their messages at import, so a type checker does not find them in the source.
from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore[reportAttributeAccessIssue]
from tensorboardX.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]

__all__ = ["TensorBoardLog"]


class TensorBoardLog:
    """One event file of a run; each process of the run writes a new one.

    Args:
        folder: of the log; created if needed.
        step: first step of this process; entries of earlier processes for later steps are void.

    Raises:
        OSError: the file cannot be written, also from every method.
    """

    def __init__(self, folder: Path, step: int):
        folder.mkdir(parents=True, exist_ok=True)
        # With nanoseconds, since two processes that start in one second must not share a file.
        self._writer = EventsWriter(str(folder / "events"), f".{time.time_ns()}.{os.getpid()}")
        start = SessionLog(status=SessionLog.START)
        self._write(Event(step=step + 1, session_log=start))  # discards entries of later steps
        self._writer.flush()

    def log(
        self, step: int, scalars: dict[str, float], kl_per_dimension: np.ndarray | None, pictures: dict[str, bytes]
    ) -> None:
        """Write the figures and pictures of one epoch, and flush the file.

        Args:
            kl_per_dimension: `(latent_dim,)`.
            pictures: PNG files.
        """
        for tag, value in scalars.items():
            self._write_summary(step, summary.scalar(tag, value))
        if kl_per_dimension is not None and np.isfinite(kl_per_dimension).all():
            self._write_summary(step, summary.histogram("kl/dimensions", kl_per_dimension, bins=30))
        for tag, png in pictures.items():
            width, height = Image.open(io.BytesIO(png), formats=("PNG",)).size
            image = Summary.Image(height=height, width=width, encoded_image_string=png)
            value = Summary.Value(tag=f"film/{tag}", image=image)
            self._write_summary(step, Summary(value=[value]))
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()

    def _write_summary(self, step: int, content) -> None:
        self._write(Event(step=step, summary=content))

    def _write(self, event) -> None:
        event.wall_time = time.time()
        self._writer.write_event(event)
