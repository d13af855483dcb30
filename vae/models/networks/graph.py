"""A network as plain data: Keras layers by their own names, from a list of known ones.

The networks of the zoo (`vae.models.networks.network`) and imported ones are both written in it. Keras is built from it
(`build_graph`), and bundles are checked, ONNX files and web pages are written with it alone. Every shape and every
weight is known by arithmetic before anything is built. Nothing in it can name code: a layer is one of the classes of
`vae.models.networks.layers` or refused.
All pictures are channels-last; all shapes are without the batch axis.
"""

from math import prod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vae.batching import LARGEST_BATCH
from vae.models.networks.layer import Layer, Name, Shape
from vae.models.networks.layers import LAYERS

__all__ = ["MOST_IN_ALL", "MOST_LAYERS", "MOST_STEPS", "MOST_VALUES", "Graph", "GraphShapes"]

MOST_LAYERS = 400
MOST_VALUES = 2_500_000  # of one layer's output, per image: 10 MB of float32
MOST_IN_ALL = 25_000_000  # of all layers' outputs, per image: what a gradient needs is kept, 100 MB
MOST_STEPS = 5_000_000_000  # multiplications of all layers, per image: a tenth to a quarter of a second of one core
# What a batch may take: others wait for it, on the same cores.
_BATCH_VALUES = 1 << 26  # that there are at once: 270 MB of float32
_BATCH_STEPS = 20_000_000_000  # multiplications: about a second of one core

GraphShapes = dict[str, Shape]
Side = Annotated[int, Field(ge=1, le=65_536)]


class Graph(BaseModel):
    """Layers in the order they are computed in.

    Attributes:
        input_shape: of the one input, which other layers name `input`.
        layers: each takes the outputs of ones before it.
        outputs: names of the layers whose outputs are the network's.

    Raises:
        ValidationError: names or shapes that do not fit together, or a layer that nothing is made of.
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
        """Refuse a network that takes too long or too much memory for one image; for untrusted ones.

        Raises:
            ValueError: with what it takes.
        """
        if (steps := self.steps()) > MOST_STEPS:
            raise ValueError(f"it takes {steps:,} multiplications per image, at most {MOST_STEPS:,} are done")
        if (values := sum(map(prod, self.shapes().values()))) > MOST_IN_ALL:
            raise ValueError(f"its layers put out {values:,} values per image, at most {MOST_IN_ALL:,} are kept")

    def shapes(self) -> GraphShapes:
        """The output shape of each layer by its name, `input` included.

        Raises:
            ValueError: a name is missing or taken twice, a layer does not fit its input, or one is too large.
        """
        shapes: GraphShapes = {"input": self.input_shape}
        taken = {"input"}
        for layer in self.layers:
            if layer.keras_name in taken:
                raise ValueError(f"two layers are called {layer.keras_name}")
            taken.add(layer.keras_name)
            shapes[layer.name] = shape = layer.output_shape(self._inputs(layer, shapes))
            if not all(side >= 1 for side in shape):
                raise ValueError(f"nothing is left of the picture after the layer {layer.name}: {shape}")
            if prod(shape) > MOST_VALUES:
                raise ValueError(f"the layer {layer.name} puts out {prod(shape):,} values, at most {MOST_VALUES:,} are")
        if missing := [name for name in self.outputs if name not in shapes]:
            raise ValueError(f"there is no layer {missing[0]}, which is named as an output")
        used = {*self.outputs, *(name for layer in self.layers for name in layer.inputs)}
        if idle := [layer.name for layer in self.layers if layer.name not in used]:
            raise ValueError(f"the layer {idle[0]} leads nowhere")
        return shapes

    def steps(self) -> int:
        """How many multiplications one image takes, those of kernels and of windows."""
        shapes = self.shapes()
        return sum(layer.steps(self._inputs(layer, shapes), shapes[layer.name]) for layer in self.layers)

    def live_values(self) -> int:
        """How many values of one image there are at once, at most, when each layer's output is let go after its last
        use."""
        shapes = self.shapes()
        until = {name: place for place, layer in enumerate(self.layers) for name in layer.inputs}
        until |= dict.fromkeys(self.outputs, len(self.layers))
        live = most = prod(self.input_shape)
        for place, layer in enumerate(self.layers):
            live += prod(shapes[layer.name])
            most = max(most, live)
            live -= sum(prod(shapes[name]) for name in set(layer.inputs) if until[name] == place)
        return most

    def largest_batch(self) -> int:
        """How many images it is given at once, one of `BUCKETS`: fewer where each takes much."""
        rows = min(LARGEST_BATCH, _BATCH_VALUES // self.live_values(), _BATCH_STEPS // max(1, self.steps()))
        return 1 << (rows.bit_length() - 1)

    def weight_shapes(self) -> dict[str, Shape]:
        """Every weight: `{"conv2d/kernel": (3, 3, 1, 32), …}`, in Keras' own layout."""
        shapes = self.shapes()
        return {
            f"{layer.name}/{weight}": shape
            for layer in self.layers
            for weight, shape in layer.weight_shapes(self._inputs(layer, shapes)).items()
        }

    def _inputs(self, layer: Layer, shapes: GraphShapes) -> list[Shape]:
        if missing := [name for name in layer.inputs if name not in shapes]:
            raise ValueError(f"the layer {layer.name} takes {missing[0]}, which no layer before it is")
        return [shapes[name] for name in layer.inputs]
