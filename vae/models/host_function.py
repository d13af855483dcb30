"""NumPy functions inside compiled functions, so that networks of another runtime work within Keras.

Only this module and `vae.backend` know which framework Keras runs on.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np

__all__ = ["host_function"]


def host_function(function: Callable, output_shapes: Sequence[tuple[int, ...]], step: float) -> Callable:
    """Make a function of NumPy arrays, such as another runtime's network, callable inside compiled functions.

    Args:
        function: float32 `(n, …)` → a sequence of float32 `(n, …)`; each output row depends on its input row only.
            Called on the host.
        output_shapes: shapes of its outputs, without the rows.
        step: width of the central differences that give the gradient, one coordinate at a time for all rows.

    Returns:
        A function of a tensor that returns a list of tensors. It can be differentiated once.
    """

    def run(x) -> tuple[np.ndarray, ...]:
        return tuple(np.asarray(output, np.float32) for output in function(np.asarray(x, np.float32)))

    def pull_back(x, slopes) -> np.ndarray:
        """Return the gradient of Σ ⟨slope, output⟩, of x's shape."""
        x, slopes = np.asarray(x, np.float32), [np.asarray(slope, np.float32) for slope in slopes]
        flat = x.reshape(len(x), -1)
        gradient = np.empty_like(flat)
        for axis in range(flat.shape[1]):
            moved = np.repeat(flat[None], 2, axis=0)  # (2, n, d)
            moved[0, :, axis] += step
            moved[1, :, axis] -= step
            outputs = run(moved.reshape(2 * len(x), *x.shape[1:]))
            gradient[:, axis] = sum(
                ((output[: len(x)] - output[len(x) :]) * slope).reshape(len(x), -1).sum(axis=1)
                for output, slope in zip(outputs, slopes, strict=True)
            ) / (2 * step)
        return gradient.reshape(x.shape)

    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _host_function_with_tensorflow(run, pull_back, output_shapes)
    if backend == "jax":
        return _host_function_with_jax(run, pull_back, output_shapes)
    return _host_function_with_torch(run, pull_back)


def _host_function_with_tensorflow(run, pull_back, output_shapes) -> Callable:
    import tensorflow as tf

    @tf.custom_gradient
    def call(x):
        outputs = tf.numpy_function(run, [x], [tf.float32] * len(output_shapes), stateful=False)
        if not isinstance(outputs, list | tuple):  # a single output, outside of compiled functions
            outputs = [outputs]
        for output, shape in zip(outputs, output_shapes, strict=True):
            output.set_shape((x.shape[0], *shape))

        def gradient(*slopes):
            result = tf.numpy_function(lambda x, *slopes: pull_back(x, slopes), [x, *slopes], tf.float32)
            result.set_shape(x.shape)
            return result

        return list(outputs), gradient

    return lambda x: call(tf.convert_to_tensor(x))


def _host_function_with_jax(run, pull_back, output_shapes) -> Callable:
    import jax

    @jax.custom_vjp
    def call(x):
        kinds = tuple(jax.ShapeDtypeStruct((x.shape[0], *shape), np.float32) for shape in output_shapes)
        return list(jax.pure_callback(run, kinds, x))

    def backward(x, slopes):
        kind = jax.ShapeDtypeStruct(x.shape, np.float32)
        return (jax.pure_callback(lambda x, *slopes: pull_back(x, slopes), kind, x, *slopes),)

    call.defvjp(lambda x: (call(x), x), backward)
    return call


def _host_function_with_torch(run, pull_back) -> Callable:
    import torch  # pyright: ignore[reportMissingImports]  # not installed with every backend

    class Call(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return tuple(torch.from_numpy(output).to(x.device) for output in run(x.detach().cpu().numpy()))

        @staticmethod
        def backward(ctx, *slopes):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(pull_back(x.cpu().numpy(), [slope.cpu().numpy() for slope in slopes])).to(x.device)

    return lambda x: list(Call.apply(keras.ops.convert_to_tensor(x)))
