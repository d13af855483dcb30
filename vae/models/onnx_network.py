"""A network that onnxruntime runs, inside functions that Keras compiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime

from vae.batching import map_batches
from vae.errors import BundleError
from vae.models.host_function import host_function
from vae.models.imported_config import ONNX_ROWS, OnnxPart

__all__ = ["OnnxNetwork"]

# What differences a gradient is taken by, of codes whose scale is 1: float32's rounding and the curve's bend are alike.
_STEP = 1e-2


class OnnxNetwork:
    """Called like a Keras model: one tensor in, float32 `(n, …)`; one out, or a list of them.

    Its gradient is taken by central differences, twice as many runs as its input has numbers: it is for decoders, whose
    inputs are codes.

    Args:
        data: the file, checked (`vae.formats.bundle.onnx_file`).
        part: what it takes and gives.
        name: for errors.

    Attributes:
        variables, trainable_variables, layers: empty, as Keras knows none of its weights.

    Raises:
        BundleError: onnxruntime cannot open it.
    """

    variables: tuple[()] = ()
    trainable_variables: tuple[()] = ()
    layers: tuple[()] = ()

    def __init__(self, data: bytes, part: OnnxPart, name: str):
        self.name, self.part = name, part
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False  # what a run took is given back: an arena keeps the most it ever had
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other engines need the cores
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=_providers())
        except Exception as error:  # what another library raises is no promise of theirs
            raise BundleError(f"onnxruntime cannot open the {name}: {_short(error)}", "Export it again.") from error
        self._names = [f"output_{i}" for i in range(len(part.output_shapes))]
        self._call = host_function(self.run, part.output_shapes, _STEP)

    def __call__(self, x: Any, training: bool = False) -> Any:
        outputs = self._call(x)
        return outputs if len(outputs) > 1 else outputs[0]

    def run(self, x: np.ndarray) -> Sequence[np.ndarray]:
        """Compute.

        Args:
            x: float32 `(n, *input_shape)`.

        Returns:
            float32 `(n, …)` each.

        Raises:
            BundleError: onnxruntime fails, or gives other shapes than announced.
        """
        x = np.ascontiguousarray(x, np.float32)
        # Batches of the sizes that it was tried with: others could take more memory than its trial showed.
        return map_batches(self._run, x, largest=ONNX_ROWS, only=self.part.batch)

    def _run(self, x: np.ndarray) -> Sequence[np.ndarray]:
        try:
            outputs = self._session.run(self._names, {"input": x})
        except Exception as error:
            raise BundleError(f"The {self.name} fails: {_short(error)}", "Export it again.") from error
        for output, shape in zip(outputs, self.part.output_shapes, strict=True):
            if output.shape != (len(x), *shape):
                raise BundleError(
                    f"The {self.name} gave {output.shape} for {len(x)} rows of {shape}.", "Export it again."
                )
        return outputs


def _providers() -> list[str]:
    """The GPU where Keras and onnxruntime both have one."""
    there = onnxruntime.get_available_providers()
    return [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in there]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
