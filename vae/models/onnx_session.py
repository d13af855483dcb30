"""A network that ONNX Runtime runs: one session with options fit for a server."""

import os
import re
from collections.abc import Callable, Sequence

import numpy as np

# ONNX Runtime 1.32 and newer write statistics of use to the user's cache folder and send them to Microsoft. It reads
# this when it is imported. A sandboxed process cannot set it; its parent did.
if "ORT_DISABLE_TELEMETRY" not in os.environ:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

from vae.batching import map_batches
from vae.errors import BundleError
from vae.message import message
from vae.models.imported_config import ONNX_ROWS, OnnxPart

__all__ = ["THREADS", "OnnxSession", "reason_of", "run_part"]

THREADS = "ZSCOPE_THREADS"  # environment variable: threads that compute one batch; for several processes on one machine


class OnnxSession:
    """Runs an ONNX file with the input `taken` and the outputs `given`.

    Args:
        data: the ONNX file.
        name: of the network, for error messages.
        taken: name of the input.
        given: names of the outputs, and the shape of each without the batch axis.

    Raises:
        BundleError: ONNX Runtime cannot open the file.
    """

    def __init__(self, data: bytes, name: str, taken: str, given: dict[str, tuple[int, ...]]):
        self.name = name
        self._taken, self._given = taken, given
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = int(os.environ.get(THREADS) or 0)  # 0: as many as there are cores
        options.enable_cpu_mem_arena = False  # an arena would keep the memory of the largest run
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other threads need the cores
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=_providers())
        except Exception as error:  # ONNX Runtime does not document what it raises
            raise BundleError(
                message("ONNX Runtime cannot open the {name}: {reason_of}", name=name, reason_of=reason_of(error)),
                "Export it again.",
            ) from error

    @property
    def device(self) -> str:
        """ "GPU" or "CPU"."""
        return "GPU" if "CUDAExecutionProvider" in self._session.get_providers() else "CPU"

    def __call__(self, x: np.ndarray) -> Sequence[np.ndarray]:
        """Compute the outputs of one batch.

        Args:
            x: float32 `(n, …)`.

        Returns:
            float32 `(n, …)` each.

        Raises:
            BundleError: ONNX Runtime fails, or returns other shapes than `given`.
        """
        try:
            outputs = [np.asarray(output) for output in self._session.run([*self._given], {self._taken: x})]
        except Exception as error:
            raise BundleError(
                message("The {name} fails: {reason_of}", name=self.name, reason_of=reason_of(error)), "Export it again."
            ) from error
        for output, shape in zip(outputs, self._given.values(), strict=True):
            if output.shape != (len(x), *shape):
                raise BundleError(
                    message(
                        "The {name} returned {shape} for {n} rows of {shape2}.",
                        name=self.name,
                        shape=output.shape,
                        n=len(x),
                        shape2=shape,
                    ),
                    "Export it again.",
                )
        return outputs


def run_part(
    session: Callable[[np.ndarray], Sequence[np.ndarray]], part: OnnxPart, x: np.ndarray
) -> Sequence[np.ndarray]:
    """Run an imported network in batches of the sizes that the import tested; others could take more memory."""
    return map_batches(session, np.ascontiguousarray(x, np.float32), largest=ONNX_ROWS, only=part.batch)


def _providers() -> list[str]:
    """Prefer the GPU if ONNX Runtime has one."""
    available = onnxruntime.get_available_providers()
    return [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in available]


def reason_of(error: Exception) -> str:
    """Return what ONNX Runtime says, in one line, without the places in its source."""
    text = " ".join(str(error)[:2000].split())
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    text = re.sub(r"/\S+\.(?:cc|cpp|h|hpp):\d+ (?:.*?\) )?(?=[A-Za-z\"'\[])", "", text)
    return text[:300].rstrip(". ")
