"""Where the networks of imported ONNX files run: in this process by default, or where a host of the application says.

ONNX Runtime is native code. An imported network can end the process that computes it, by an integer overflow for
example, or take much memory. So the application registers a host that runs each such network in a process of its own
(`zscope.jobs.networks`). A program that uses `vae` alone, such as a notebook, runs them itself. Networks whose layers
are known (`vae.models.networks.graph`) always run in this process.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vae.models.imported_config import OnnxPart
from vae.models.networks.layer import Shape
from vae.models.onnx_session import OnnxSession

__all__ = [
    "ForeignNetwork",
    "NetworkHost",
    "NetworkSession",
    "current_host",
    "foreign_part",
    "open_networks",
    "set_host",
]


@dataclass(frozen=True)
class ForeignNetwork:
    """A network of an imported ONNX file.

    Attributes:
        data: the ONNX file.
        name: for error messages, such as "decoder".
        input_name, input_shape: of its only input, without the batch axis.
        outputs: names and shapes of its outputs, without the batch axis.
    """

    data: bytes
    name: str
    input_name: str
    input_shape: Shape
    outputs: Mapping[str, Shape]


class NetworkSession(Protocol):
    """An opened network."""

    @property
    def device(self) -> str:
        """ "CPU" or "GPU"."""
        ...

    def __call__(self, x: np.ndarray) -> Sequence[np.ndarray]:
        """Compute the outputs of one batch.

        Args:
            x: float32 `(n, *input_shape)`.

        Returns:
            float32 `(n, …)` each.

        Raises:
            BundleError: ONNX Runtime fails, or returns other shapes than expected.
            ModelStoppedError: the process of the network ended.
        """
        ...


class NetworkHost(ABC):
    """Runs the networks of imported ONNX files outside this process."""

    process_bytes: int  # memory of a process besides its networks

    @abstractmethod
    def open(self, networks: Mapping[str, ForeignNetwork]) -> dict[str, NetworkSession]:
        """Open the networks of one model, by name. They are closed when none of the sessions is in use any more."""


def foreign_part(data: bytes, part: OnnxPart, name: str) -> ForeignNetwork:
    """Return a network of a bundle.

    Args:
        data: its ONNX file, checked by `vae.formats.bundle.onnx_file`.
        part: its description in the manifest.
        name: "encoder" or "decoder".
    """
    outputs = {f"output_{index}": shape for index, shape in enumerate(part.output_shapes)}
    return ForeignNetwork(data, name, "input", part.input_shape, outputs)


def open_networks(networks: Mapping[str, ForeignNetwork]) -> dict[str, NetworkSession]:
    """Open the networks of one model, by name, with the host of this process.

    Raises:
        BundleError: ONNX Runtime cannot open a network. A host may raise it later, at the first call.
    """
    if _host is not None:
        return _host.open(networks) if networks else {}
    return {name: OnnxSession(one.data, one.name, one.input_name, dict(one.outputs)) for name, one in networks.items()}


def set_host(host: NetworkHost | None) -> None:
    """Set where networks run that are opened from now on; None: in this process."""
    global _host
    _host = host


def current_host() -> NetworkHost | None:
    """Return the host of this process, None if networks run in this process."""
    return _host


_host: NetworkHost | None = None
