"""A network that onnxruntime runs inside functions that Keras compiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime

from vae.batching import map_batches
from vae.errors import BundleError
from vae.models.host_function import host_function
from vae.models.imported_config import ONNX_ROWS, OnnxPart
from vae.models.networks.part_network import OpaqueNetwork

__all__ = ["OnnxNetwork"]

# Step of the finite differences, for codes of scale 1: rounding and truncation errors in float32 are about equal.
_STEP = 1e-2


class OnnxNetwork(OpaqueNetwork):
    """Called like a Keras model: takes one tensor, float32 `(n, …)`, and returns one or a list of them.

    The gradient comes from central differences, which take two runs for each number of the input. It is meant for
    decoders, whose inputs are codes.

    Args:
        data: the ONNX file, checked by `vae.formats.bundle.onnx_file`.
        part: shapes of its inputs and outputs.
        name: for error messages.

    Raises:
        BundleError: onnxruntime cannot open it.
    """

    def __init__(self, data: bytes, part: OnnxPart, name: str):
        self.name, self.part = name, part
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False  # an arena would keep the memory of the largest run
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other engines need the cores
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=_providers())
        except Exception as error:  # onnxruntime does not document what it raises
            raise BundleError(f"onnxruntime cannot open the {name}: {_short(error)}", "Export it again.") from error
        self._names = [f"output_{i}" for i in range(len(part.output_shapes))]
        self._call = host_function(self.run, part.output_shapes, _STEP)

    def __call__(self, x: Any, training: bool = False) -> Any:
        outputs = self._call(x)
        return outputs if len(outputs) > 1 else outputs[0]

    def run(self, x: np.ndarray) -> Sequence[np.ndarray]:
        """Compute the outputs.

        Args:
            x: float32 `(n, *input_shape)`.

        Returns:
            float32 `(n, …)` each.

        Raises:
            BundleError: onnxruntime fails, or returns other shapes than the part declares.
        """
        x = np.ascontiguousarray(x, np.float32)
        # Batches of the sizes that the import tested: others could take more memory.
        return map_batches(self._run, x, largest=ONNX_ROWS, only=self.part.batch)

    def _run(self, x: np.ndarray) -> Sequence[np.ndarray]:
        try:
            outputs = [np.asarray(output) for output in self._session.run(self._names, {"input": x})]
        except Exception as error:
            raise BundleError(f"The {self.name} fails: {_short(error)}", "Export it again.") from error
        for output, shape in zip(outputs, self.part.output_shapes, strict=True):
            if output.shape != (len(x), *shape):
                raise BundleError(
                    f"The {self.name} returned {output.shape} for {len(x)} rows of {shape}.", "Export it again."
                )
        return outputs


def _providers() -> list[str]:
    """Prefer the GPU if onnxruntime has one."""
    available = onnxruntime.get_available_providers()
    return [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in available]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
