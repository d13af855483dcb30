"""What all layers of a graph share: a name, inputs, settings, and shapes by arithmetic."""

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


class Layer(BaseModel):
    """One layer.

    Attributes:
        name: unique in its graph; `block/part` for a part of a block.
        inputs: names of the layers it takes.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name
    inputs: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16)]
    kind: str

    @property
    def keras_name(self) -> str:
        """Its name in a Keras model, where names have no slash."""
        return self.name.replace("/", "_")

    @property
    def settings(self) -> dict:
        """What Keras' class of that name is made with."""
        return self.model_dump(exclude={"name", "inputs", "kind"})

    def output_shape(self, inputs: list[Shape]) -> Shape:
        """Of the inputs' shapes.

        Raises:
            ValueError: they do not fit this layer.
        """
        return self._single(inputs)

    def weight_shapes(self, inputs: list[Shape]) -> dict[str, Shape]:
        """Names and shapes as in Keras; empty for layers without weights."""
        return {}

    def steps(self, inputs: list[Shape], output: Shape) -> int:
        """How many multiplications one image takes, about: each kernel is applied at each place of the output."""
        kernels = sum(prod(shape) for name, shape in self.weight_shapes(inputs).items() if "kernel" in name)
        return prod(output[:-1]) * kernels

    def _single(self, inputs: list[Shape], ndim: int | None = None) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"the layer {self.name} takes one input, not {len(inputs)}")
        if ndim is not None and len(inputs[0]) != ndim:
            raise ValueError(f"the layer {self.name} takes inputs of {ndim} axes, not of shape {inputs[0]}")
        return inputs[0]

    def _same(self, inputs: list[Shape]) -> Shape:
        if len(inputs) < 2 or len(set(inputs)) != 1:
            raise ValueError(f"the layer {self.name} takes inputs of one shape, not {inputs}")
        return inputs[0]


def biased(kernels: dict[str, Shape], use_bias: bool, outputs: int) -> dict[str, Shape]:
    """A layer's kernels, with the bias where it has one."""
    return kernels | ({"bias": (outputs,)} if use_bias else {})
