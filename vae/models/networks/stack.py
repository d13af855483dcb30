"""A network of the zoo in the making: layers added one after the other, and how each one's weights start."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import TypeAdapter

from vae.models.networks.graph import Graph
from vae.models.networks.layers import LAYERS

__all__ = ["Part", "Stack", "Start"]

_KINDS = {kind.__name__: TypeAdapter(kind) for kind in get_args(LAYERS)}


@dataclass(frozen=True)
class Start:
    """What only training needs to know of a layer with weights.

    Attributes:
        kernel: the distribution that its first kernel is drawn from: He for a layer followed by a rectifier, Glorot for
            a linear one, or zeros.
        seed: of that draw, counted from the network's own seed.
        exact: whether it computes in float32 under a mixed-precision policy, too.
    """

    kernel: Literal["he", "glorot", "zeros"]
    seed: int
    exact: bool


@dataclass(frozen=True)
class Part:
    """An encoder, a decoder or a coupling.

    Attributes:
        graph: what it computes.
        starts: by layer, of those with weights.
    """

    graph: Graph
    starts: dict[str, Start] = field(hash=False)


class Stack:
    """Adds layers to a graph; each takes the output of the one before unless told otherwise.

    A layer named `block/part` is a part of the block; all parts of a block share one seed.

    Args:
        input_shape: of the network's input, without the batch axis.
    """

    def __init__(self, input_shape: tuple[int, ...]):
        self.last = "input"
        self._input_shape = input_shape
        self._shapes = {"input": input_shape}
        self._layers: list = []
        self._starts: dict[str, Start] = {}
        self._blocks: dict[str, int] = {}  # name of each layer or block → its place

    @property
    def shape(self) -> tuple[int, ...]:
        """What the last layer puts out, without the batch axis."""
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
            inputs: names of the layers that it takes; the last one by default.
            kernel: see `Start`; by default He where the layer has an activation, else Glorot.
            exact: see `Start`; by default True where the layer has no activation.
            settings: of the layer.

        Returns:
            The layer's name.

        Raises:
            ValueError: no layer is of that kind, a setting is wrong, or the layer does not fit its inputs.
        """
        if kind not in _KINDS:
            raise ValueError(f"the layer {name} is of the unknown kind {kind}: use one of {', '.join(sorted(_KINDS))}")
        inputs = (self.last,) if inputs is None else inputs
        layer = _KINDS[kind].validate_python({"kind": kind, "name": name, "inputs": inputs, **settings})
        if missing := [source for source in inputs if source not in self._shapes]:
            raise ValueError(f"the layer {name} takes {missing[0]}, which no layer before it is")
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
        """The finished network.

        Args:
            outputs: names of the layers whose outputs are the network's; the last one by default.
        """
        outputs = (self.last,) if outputs is None else outputs
        graph = Graph(input_shape=self._input_shape, layers=tuple(self._layers), outputs=outputs)
        return Part(graph, self._starts)
