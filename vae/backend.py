"""Compiles functions, gradients and train steps for the framework that Keras runs on.

The environment variable `KERAS_BACKEND` selects it before Keras is first imported: "tensorflow" (the default), "jax"
or "torch".
"""

import threading
from collections.abc import Callable, Sequence

import keras
import numpy as np

from vae.errors import TrainingError
from vae.message import message

__all__ = ["compile_function", "compile_gradient", "compile_train_step", "device_name"]


def compile_function(function: Callable, variables: Sequence[keras.Variable]) -> Callable:
    """Compile `function` for the backend in use.

    Args:
        function: arrays in, arrays or a tuple of arrays out. It uses only `keras.ops` and has no state.
        variables: all Keras variables that it reads; each call uses their current values.

    Returns:
        A function of the same arguments (NumPy arrays). It compiles once per combination of shapes and returns arrays
        of the backend; convert them with `keras.ops.convert_to_numpy`.
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

    # A dictionary from shapes to graphs. The dispatch of `tf.function` takes longer than a small decoder, and it warns
    # of retracing when a warm-up compiles several shapes.
    graphs, compiling = {}, threading.Lock()  # a model and its maps are served by different threads

    def run(*arguments):
        tensors = [tf.convert_to_tensor(argument) for argument in arguments]
        key = tuple((tuple(tensor.shape), tensor.dtype) for tensor in tensors)
        if key not in graphs:
            specs = [tf.TensorSpec(shape, dtype) for shape, dtype in key]
            with compiling:
                if key not in graphs:
                    graphs[key] = tf.function(function, autograph=False).get_concrete_function(*specs)
        return graphs[key](*tensors)

    return run


def compile_gradient(function: Callable, variables: Sequence[keras.Variable], each: bool = False) -> Callable:
    """Compile a scalar function of one array together with its gradient.

    Args:
        function: an array in, a scalar out. It uses only `keras.ops` and has no state.
        variables: all Keras variables that it reads; each call uses their current values.
        each: whether the function returns one scalar per row, which depends on that row alone.

    Returns:
        A function of a NumPy array, compiled once per shape. It returns the value, a float or with `each` float64
        `(n,)`, and the gradient, an array of the argument's shape.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        compiled = _gradient_with_tensorflow(function)
    elif backend == "jax":
        compiled = _gradient_with_jax(function, variables)
    else:
        compiled = _gradient_with_torch(function)

    def run(x: np.ndarray) -> tuple[float | np.ndarray, np.ndarray]:
        value, gradient = (np.asarray(keras.ops.convert_to_numpy(part)) for part in compiled(x))
        return value.astype(np.float64) if each else float(value), gradient

    return run


def _gradient_with_tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    def value_and_gradient(x):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = function(x)
        return value, tape.gradient(value, x)  # of the sum, if there is one value per row

    return _compile_with_tensorflow(value_and_gradient)


def _gradient_with_jax(function: Callable, variables: Sequence[keras.Variable]) -> Callable:
    import jax

    def stateless(x, values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            value = function(x)
        return value.sum(), value

    compiled = jax.jit(jax.value_and_grad(stateless, has_aux=True))

    def value_and_gradient(x):
        (_, value), gradient = compiled(x, [variable.value for variable in variables])
        return value, gradient

    return value_and_gradient


def _gradient_with_torch(function: Callable) -> Callable:
    import torch  # pyright: ignore[reportMissingImports] (optional)

    def value_and_gradient(x):
        device = keras.backend.torch.get_device()  # pyright: ignore[reportAttributeAccessIssue] (with torch only)
        tensor = torch.tensor(x, device=device, requires_grad=True)
        value = function(tensor)
        return value.detach(), torch.autograd.grad(value.sum(), tensor)[0]

    return value_and_gradient


def compile_train_step(
    objective: Callable,
    trainable: Sequence[keras.Variable],
    state: Sequence[keras.Variable],
    optimizer: keras.optimizers.Optimizer,
    averages: Sequence[tuple[keras.Variable, keras.Variable]],
    momentum: float,
) -> Callable:
    """Compile one training step: loss, gradients, update and moving averages.

    Args:
        objective: arrays in, a tuple of scalars out; the first is the loss. It uses only `keras.ops`.
        trainable: the variables that the optimizer updates.
        state: all variables that the objective reads or assigns; may include those of `trainable`.
        optimizer: built for `trainable`.
        averages: pairs (average, variable): average ← momentum · average + (1 − momentum) · variable.
        momentum: 0 ≤ momentum < 1.

    Returns:
        A function of the objective's arguments that updates the variables and returns the objective's scalars.

    Raises:
        TrainingError: training is not supported on this backend.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _train_step_with_tensorflow(objective, trainable, optimizer, averages, momentum)
    if backend == "jax":
        trained = {id(variable) for variable in trainable}
        others = [variable for variable in state if id(variable) not in trained]
        return _train_step_with_jax(objective, list(trainable), others, optimizer, averages, momentum)
    raise TrainingError(
        message("Can't train with Keras on {backend}.", backend=backend), "Set KERAS_BACKEND to tensorflow or jax."
    )


def _train_step_with_tensorflow(objective, trainable, optimizer, averages, momentum) -> Callable:
    import tensorflow as tf

    @tf.function(autograph=False, reduce_retracing=False)
    def step(*arguments):
        with tf.GradientTape() as tape:
            results = objective(*arguments)
        gradients = tape.gradient(results[0], [variable.value for variable in trainable])
        optimizer.apply(gradients, trainable)
        for average, variable in averages:
            average.assign(momentum * average.value + (1.0 - momentum) * variable.value)
        return results

    return step


def _train_step_with_jax(objective, trainable, others, optimizer, averages, momentum) -> Callable:
    import jax

    def loss(trainable_values, other_values, arguments):
        mapping = [*zip(trainable, trainable_values, strict=True), *zip(others, other_values, strict=True)]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            results = objective(*arguments)
            assigned = [scope.get_current_value(variable) for variable in others]  # None: not assigned
        pairs = zip(assigned, other_values, strict=True)
        return results[0], (results, [old if new is None else new for new, old in pairs])

    @jax.jit
    def step(trainable_values, other_values, optimizer_values, average_values, arguments):
        gradient = jax.value_and_grad(loss, has_aux=True)
        (_, (results, other_values)), gradients = gradient(trainable_values, other_values, arguments)
        trainable_values, optimizer_values = optimizer.stateless_apply(optimizer_values, gradients, trainable_values)
        values = zip([*trainable, *others], [*trainable_values, *other_values], strict=True)
        new = {id(variable): value for variable, value in values}
        average_values = [
            momentum * average + (1.0 - momentum) * new[id(variable)]
            for average, (_, variable) in zip(average_values, averages, strict=True)
        ]
        return results, trainable_values, other_values, optimizer_values, average_values

    groups = (trainable, others, optimizer.variables, [average for average, _ in averages])

    def run(*arguments):
        results, *values = step(*([variable.value for variable in group] for group in groups), arguments)
        for group, group_values in zip(groups, values, strict=True):
            for variable, value in zip(group, group_values, strict=True):
                variable.assign(value)
        return results

    return run


def device_name() -> str:
    """Return the kind of device that the backend uses: "GPU", "TPU" or "CPU"."""
    return _DEVICE


def _prepare_device() -> str:
    """Find the device and, on TensorFlow, enable memory growth, which must happen before the first computation.

    Without memory growth the process reserves the whole GPU, and a concurrent training run finds no memory.
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
    import torch  # pyright: ignore[reportMissingImports] (optional)

    return "GPU" if torch.cuda.is_available() else "CPU"


_DEVICE = _prepare_device()
