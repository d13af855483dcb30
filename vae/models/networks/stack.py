"""Builds a graph layer by layer, and records how each layer's weights start."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import TypeAdapter

from vae.models.networks.graph import Graph
from vae.models.networks.layers import LAYERS

__all__ = ["Part", "Stack", "Start"]

_KINDS = {kind.__name__: TypeAdapter(kind) for kind in get_args(LAYERS)}


@dataclass(frozen=True)
class Start:
    """The initial weights of a layer, and its precision in training.

    Attributes:
        kernel: distribution of the initial kernel: He before a rectifier, Glorot for a linear layer, or zeros.
        seed: seed of the kernel, added to the network's seed.
        exact: whether it computes in float32 even under a mixed-precision policy.
    """

    kernel: Literal["he", "glorot", "zeros"]
    seed: int
    exact: bool


@dataclass(frozen=True)
class Part:
    """An encoder, a decoder or a coupling.

    Attributes:
        graph: its layers.
        starts: initial weights of the layers that have weights, by name.
    """

    graph: Graph
    starts: dict[str, Start] = field(hash=False)


class Stack:
    """Adds layers to a graph. By default, each takes the output of the previous one.

    A layer named `block/part` is a part of the block. All parts of a block share one seed.

    Args:
        input_shape: shape of the network's input, without the batch axis.
    """

    def __init__(self, input_shape: tuple[int, ...]):
        self.last = "input"
        self._input_shape = input_shape
        self._shapes = {"input": input_shape}
        self._layers: list[LAYERS] = []
        self._starts: dict[str, Start] = {}
        self._blocks: dict[str, int] = {}  # position of each layer or block, by name

    @property
    def shape(self) -> tuple[int, ...]:
        """Output shape of the last layer, without the batch axis."""
        return self._shapes[self.last]

    def add(
        self,
        kind: str,
        name: str,
        *,
        inputs: tuple[str, ...] | None = None,
        kernel: Literal["he", "glorot", "zeros"] | None = None,
        exact: bool | None = None,
        **settings,
    ) -> str:
        """Add a layer.

        Args:
            kind: a class of `vae.models.networks.layers.LAYERS`.
            name: unique in the network.
            inputs: names of the layers whose outputs it takes; by default, the last one.
            kernel: see `Start`; by default, He if the layer has an activation, else Glorot.
            exact: see `Start`; by default, True if the layer has no activation.
            settings: fields of the class.

        Returns:
            The layer's name.

        Raises:
            ValueError: the kind is unknown, a setting is wrong, or the layer does not fit its inputs.
        """
        if kind not in _KINDS:
            raise ValueError(f"the layer {name} has the unknown kind {kind}: use one of {', '.join(sorted(_KINDS))}")
        inputs = (self.last,) if inputs is None else inputs
        layer = _KINDS[kind].validate_python({"kind": kind, "name": name, "inputs": inputs, **settings})
        if missing := [source for source in inputs if source not in self._shapes]:
            raise ValueError(f"the layer {name} takes {missing[0]}, which is not a previous layer")
        taken = [self._shapes[source] for source in inputs]
        self._shapes[name] = layer.output_shape(taken)
        self._layers.append(layer)
        place = self._blocks.setdefault(name.partition("/")[0], len(self._blocks))
        if layer.weight_shapes(taken):
            linear = getattr(layer, "activation", "linear") == "linear"
            scheme = kernel or ("glorot" if linear else "he")
            self._starts[name] = Start(scheme, place, linear if exact is None else exact)
        self.last = name
        return name

    def finish(self, outputs: tuple[str, ...] | None = None) -> Part:
        """Return the finished network.

        Args:
            outputs: names of the layers whose outputs the network returns; by default, the last one.
        """
        outputs = (self.last,) if outputs is None else outputs
        graph = Graph(input_shape=self._input_shape, layers=tuple(self._layers), outputs=outputs)
        return Part(graph, self._starts)
