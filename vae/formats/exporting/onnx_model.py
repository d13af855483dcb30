"""An ONNX file of a functional Keras model."""

import keras

from vae.formats.exporting.onnx_graph import OnnxGraph, Value
from vae.formats.exporting.onnx_layers import write_layer
from vae.formats.exporting.plain import walk

__all__ = ["onnx_bytes"]


def onnx_bytes(model: keras.Model, outputs: tuple[str, ...]) -> bytes:
    """A functional model of one input as an ONNX file; its batch axis is free.

    Args:
        model: of layers that `vae.formats.exporting.onnx_layers` knows, on float32.
        outputs: what its outputs are called in the file.

    Raises:
        BadRequestError: it has a layer that is not known.
    """
    graph, values = OnnxGraph(), {}
    (source,) = model.inputs
    start = keras.Input(source.shape[1:], name=source.name)
    values[id(start)] = start, Value(source.name, tuple(source.shape[1:]))

    def value_of(argument):
        if isinstance(argument, keras.KerasTensor):
            return values[id(argument)][1]
        return [value_of(part) for part in argument] if isinstance(argument, list | tuple) else argument

    def visit(layer, *arguments, **settings):
        result = layer(*arguments, **settings)
        value = write_layer(graph, layer, [value_of(argument) for argument in arguments], tuple(result.shape[1:]))
        values[id(result)] = result, value  # the tensor is kept: another would get its id
        return result

    given = [value_of(tensor) for tensor in walk(model, start, visit).outputs]
    taken = {source.name: tuple(source.shape[1:])}
    return graph.model(model.name, taken, dict(zip(outputs, given, strict=True)))
