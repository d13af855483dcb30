"""A network that onnxruntime runs inside functions that Keras compiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vae.inference.network_host import NetworkSession
from vae.models.host_function import host_function
from vae.models.imported_config import OnnxPart
from vae.models.networks.part_network import OpaqueNetwork
from vae.models.onnx_session import run_part

__all__ = ["OnnxNetwork"]

# Step of the finite differences, for codes of scale 1: rounding and truncation errors in float32 are about equal.
_STEP = 1e-2


class OnnxNetwork(OpaqueNetwork):
    """Called like a Keras model: takes one tensor, float32 `(n, …)`, and returns one or a list of them.

    The gradient comes from central differences, which take two runs for each number of the input. It is meant for
    decoders, whose inputs are codes.

    Args:
        session: runs the ONNX file.
        part: shapes of its inputs and outputs.
    """

    def __init__(self, session: NetworkSession, part: OnnxPart):
        self.part = part
        self._session = session
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
            BundleError, ModelStoppedError: see `vae.inference.network_host.NetworkSession`.
        """
        return run_part(self._session, self.part, x)
