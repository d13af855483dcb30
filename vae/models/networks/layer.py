"""The base class of a graph's layers: name, inputs, settings, and computed shapes."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from math import prod
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ACTIVATIONS", "Count", "Finite", "Layer", "Name", "Shape", "Step", "biased"]

Shape = tuple[int, ...]  # without the batch axis
Count = Annotated[int, Field(ge=1, le=2_500_000)]
Step = Annotated[int, Field(ge=1, le=64)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{1,64}|[A-Za-z0-9_]{1,64}/[A-Za-z0-9_]{1,64})$")]
ACTIVATIONS = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "hard_sigmoid",
    "hard_silu", "log_sigmoid", "tanh", "hard_tanh", "softplus", "softsign", "exponential", "softmax",
]  # fmt: skip


class Layer(BaseModel, frozen=True):
    """One layer.

    Attributes:
        name: unique in its graph; `block/part` for a part of a block.
        inputs: names of the layers whose outputs it takes.
        kind: name of its class, here and in Keras.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    inputs: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16)]
    kind: str

    @property
    def keras_name(self) -> str:
        """Its name in a Keras model, where names cannot contain a slash."""
        return self.name.replace("/", "_")

    @property
    def settings(self) -> dict:
        """Keyword arguments of the Keras class."""
        return self.model_dump(exclude={"name", "inputs", "kind"})

    def output_shape(self, inputs: list[Shape]) -> Shape:
        """Return the output's shape for inputs of these shapes.

        Raises:
            ValueError: the inputs do not fit this layer.
        """
        return self._single(inputs)

    def weight_shapes(self, inputs: list[Shape]) -> dict[str, Shape]:
        """Return names and shapes of the weights as in Keras; empty for a layer without weights."""
        return {}

    def steps(self, inputs: list[Shape], output: Shape) -> int:
        """Estimate the multiplications for one image: each kernel is applied at each position of the output."""
        kernels = sum(prod(shape) for name, shape in self.weight_shapes(inputs).items() if "kernel" in name)
        return prod(output[:-1]) * kernels

    def _single(self, inputs: list[Shape], ndim: int | None = None) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"the layer {self.name} takes one input, not {len(inputs)}")
        if ndim is not None and len(inputs[0]) != ndim:
            raise ValueError(f"the layer {self.name} takes an input of {ndim} axes, not of shape {inputs[0]}")
        return inputs[0]

    def _same(self, inputs: list[Shape]) -> Shape:
        if len(inputs) < 2 or len(set(inputs)) != 1:
            raise ValueError(f"the layer {self.name} takes inputs of one shape, not {inputs}")
        return inputs[0]


def biased(kernels: dict[str, Shape], use_bias: bool, outputs: int) -> dict[str, Shape]:
    """Return the shapes of a layer's kernels, and of its bias if it has one."""
    return kernels | ({"bias": (outputs,)} if use_bias else {})
