"""The log that TensorBoard reads, through the format's own writer in tensorboardX.

Written at once and in this thread: tensorboardX's `SummaryWriter` writes in a thread of its own, which a full disk ends
without a word to the run, and which then waits for ever.
"""

import io
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image
from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter

# Protocol buffers make their messages when the module is imported: a type checker finds none in its source.
from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore[reportAttributeAccessIssue]
from tensorboardX.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]

__all__ = ["TensorBoardLog"]


class TensorBoardLog:
    """One event file of a run; each process of the run writes its own.

    Args:
        folder: the log's folder, made if it is not there.
        step: where this process goes on; what earlier ones logged at later steps is to be ignored.

    Raises:
        OSError: it cannot be written, here and in every method.
    """

    def __init__(self, folder: Path, step: int):
        folder.mkdir(parents=True, exist_ok=True)
        # The nanoseconds: two processes of one second must not share a file.
        self._writer = EventsWriter(str(folder / "events"), f".{time.time_ns()}.{os.getpid()}")
        start = SessionLog(status=SessionLog.START)
        self._write(Event(step=step + 1, session_log=start))  # discards all of that step and later
        self._writer.flush()

    def log(
        self, step: int, scalars: dict[str, float], kl_per_dimension: np.ndarray | None, pictures: dict[str, bytes]
    ) -> None:
        """Write one epoch's figures and pictures, and wait until the disk has them.

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
