"""The one place that knows which framework Keras runs on.

`KERAS_BACKEND` chooses it before Keras is first imported: "tensorflow" (the default), "jax", or "torch".
"""

from collections.abc import Callable, Sequence

import keras

__all__ = ["compile_function", "device_name"]


def compile_function(function: Callable, variables: Sequence[keras.Variable]) -> Callable:
    """Compile `function` for the backend in use.

    Args:
        function: arrays in, arrays or a tuple of arrays out; only `keras.ops` inside, no state of its own.
        variables: every Keras variable it reads; their values at each call are used.

    Returns:
        A function of the same arguments (NumPy arrays) that compiles once per combination of shapes and returns the
        backend's own arrays: `keras.ops.convert_to_numpy` brings them back.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _compile_with_tensorflow(function)
    if backend == "jax":
        import jax

        def stateless(values, *arguments):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return function(*arguments)

        compiled = jax.jit(stateless)
        return lambda *arguments: compiled([variable.value for variable in variables], *arguments)
    return function


def _compile_with_tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    # One graph per shape, found by a dictionary: quicker to enter than `tf.function`, whose own dispatch takes longer
    # than a small decoder, and which takes the first shapes of a warm-up for a mistake and warns.
    graphs = {}

    def run(*arguments):
        tensors = [tf.convert_to_tensor(argument) for argument in arguments]
        key = tuple((tuple(tensor.shape), tensor.dtype) for tensor in tensors)
        if key not in graphs:
            specs = [tf.TensorSpec(shape, dtype) for shape, dtype in key]
            graphs[key] = tf.function(function, autograph=False).get_concrete_function(*specs)
        return graphs[key](*tensors)

    return run


def device_name() -> str:
    """What the backend computes on: "GPU", "TPU" or "CPU"."""
    return _DEVICE


def _prepare_device() -> str:
    """Find the device and, on TensorFlow, turn on memory growth, which must come before the first computation.

    Without it the process takes the whole GPU at once and leaves nothing for a training run beside it.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        return "GPU" if gpus else "CPU"
    if backend == "jax":
        import jax

        return jax.default_backend().upper()
    import torch

    return "GPU" if torch.cuda.is_available() else "CPU"


_DEVICE = _prepare_device()
