"""A network as plain data: Keras layers by name, out of a fixed set.

The zoo's networks (`vae.models.networks.network`) and imported ones are both graphs. Keras models (`build_graph`), ONNX
files and web pages are made from a graph, and bundles are checked with it. All shapes and weight shapes are computed
before anything is built. A graph cannot name code: a layer that is no class of `vae.models.networks.layers` is refused.
All pictures are channels-last; all shapes are without the batch axis.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from math import prod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vae.batching import LARGEST_BATCH
from vae.models.networks.layer import Layer, Name, Shape
from vae.models.networks.layers import LAYERS

__all__ = ["MOST_IN_ALL", "MOST_LAYERS", "MOST_STEPS", "MOST_VALUES", "Graph", "GraphShapes"]

MOST_LAYERS = 400
MOST_VALUES = 2_500_000  # in one layer's output, per image: 10 MB of float32
MOST_IN_ALL = 25_000_000  # in all layers' outputs, which a gradient keeps, per image: 100 MB of float32
MOST_STEPS = 5_000_000_000  # multiplications of all layers, per image: 0.1 to 0.25 s on one core
# Limits of a batch, because other work waits for it on the same cores.
_BATCH_VALUES = 1 << 26  # values in memory at once: 270 MB of float32
_BATCH_STEPS = 20_000_000_000  # multiplications: about 1 s on one core

GraphShapes = dict[str, Shape]
Side = Annotated[int, Field(ge=1, le=65_536)]


class Graph(BaseModel):
    """Layers in the order of their computation.

    Attributes:
        input_shape: shape of the only input, whose name is `input`.
        layers: each takes outputs of previous layers.
        outputs: names of the layers whose outputs the network returns.

    Raises:
        ValidationError: names or shapes do not fit together, or no layer uses an output.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    input_shape: Annotated[tuple[Side, ...], Field(min_length=1, max_length=3)]
    layers: Annotated[tuple[Annotated[LAYERS, Field(discriminator="kind")], ...], Field(max_length=MOST_LAYERS)]
    outputs: Annotated[tuple[Name, ...], Field(min_length=1, max_length=8)]
    kind: Literal["graph"] = "graph"

    @model_validator(mode="after")
    def _fits_together(self):
        self.shapes()
        return self

    def check_work(self) -> None:
        """Refuse an untrusted network that takes too much time or memory for one image.

        Raises:
            ValueError: with the amount and the limit.
        """
        if (steps := self.steps()) > MOST_STEPS:
            raise ValueError(f"it takes {steps:,} multiplications per image, at most {MOST_STEPS:,} are allowed")
        if (values := sum(map(prod, self.shapes().values()))) > MOST_IN_ALL:
            raise ValueError(f"its layers output {values:,} values per image, at most {MOST_IN_ALL:,} are allowed")

    def shapes(self) -> GraphShapes:
        """Return the output shape of each layer by name, including `input`.

        Raises:
            ValueError: a name is missing or used twice, a layer does not fit its inputs, or an output is too large.
        """
        shapes: GraphShapes = {"input": self.input_shape}
        taken = {"input"}
        for layer in self.layers:
            if layer.keras_name in taken:
                raise ValueError(f"two layers are called {layer.keras_name}")
            taken.add(layer.keras_name)
            shapes[layer.name] = shape = layer.output_shape(self._inputs(layer, shapes))
            if not all(side >= 1 for side in shape):
                raise ValueError(f"the output of the layer {layer.name} is empty: {shape}")
            if prod(shape) > MOST_VALUES:
                raise ValueError(
                    f"the layer {layer.name} outputs {prod(shape):,} values, at most {MOST_VALUES:,} are allowed"
                )
        if missing := [name for name in self.outputs if name not in shapes]:
            raise ValueError(f"the output {missing[0]} is not a layer")
        used = {*self.outputs, *(name for layer in self.layers for name in layer.inputs)}
        if idle := [layer.name for layer in self.layers if layer.name not in used]:
            raise ValueError(f"the output of the layer {idle[0]} is not used")
        return shapes

    def steps(self) -> int:
        """Return the number of multiplications for one image, in kernels and pooling windows."""
        shapes = self.shapes()
        return sum(layer.steps(self._inputs(layer, shapes), shapes[layer.name]) for layer in self.layers)

    def live_values(self) -> int:
        """Return the peak number of values in memory for one image, if each output is freed after its last use."""
        shapes = self.shapes()
        last_use = {name: place for place, layer in enumerate(self.layers) for name in layer.inputs}
        last_use |= dict.fromkeys(self.outputs, len(self.layers))
        live = most = prod(self.input_shape)
        for place, layer in enumerate(self.layers):
            live += prod(shapes[layer.name])
            most = max(most, live)
            live -= sum(prod(shapes[name]) for name in set(layer.inputs) if last_use[name] == place)
        return most

    def largest_batch(self) -> int:
        """Return the largest batch that it is given, a power of two: smaller if an image takes much time or memory."""
        rows = min(LARGEST_BATCH, _BATCH_VALUES // self.live_values(), _BATCH_STEPS // max(1, self.steps()))
        return 1 << (rows.bit_length() - 1)

    def weight_shapes(self) -> dict[str, Shape]:
        """Return the shapes of all weights, in Keras' layout: `{"conv2d/kernel": (3, 3, 1, 32), …}`."""
        shapes = self.shapes()
        return {
            f"{layer.name}/{weight}": shape
            for layer in self.layers
            for weight, shape in layer.weight_shapes(self._inputs(layer, shapes)).items()
        }

    def _inputs(self, layer: Layer, shapes: GraphShapes) -> list[Shape]:
        if missing := [name for name in layer.inputs if name not in shapes]:
            raise ValueError(f"the layer {layer.name} takes {missing[0]}, which is not a previous layer")
        return [shapes[name] for name in layer.inputs]
