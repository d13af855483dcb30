"""ONNX files made by hand: a small decoder, and whatever operators a test wants before it."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

__all__ = ["constant", "decoder_model", "file_of", "node"]

node = helper.make_node


def constant(name: str, value) -> TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


def decoder_model(*before, constants=(), functions=(), domains=(), latent_dim: int = 2, output: str = "pictures"):
    """`onnx.ModelProto` of 2 numbers, called `z` (`latent_dim` for others), to pictures (n, 1, 8, 8).

    Args:
        before: operators; the last one's output, where there is any, must be called `made` and be like `z`.
        domains: other operators' than ONNX's.
    """
    rng = np.random.default_rng(0)
    start = "made" if before else "z"
    nodes = [
        *before,
        node("Gemm", [start, "kernel", "bias"], ["dense"]),
        node("Sigmoid", ["dense"], ["row"]),
        node("Reshape", ["row", "sides"], [output]),
    ]
    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", latent_dim])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", 1, 8, 8])],
        [
            constant("kernel", rng.normal(0, 1, (latent_dim, 64)).astype(np.float32)),
            constant("bias", np.zeros(64, np.float32)),
            constant("sides", np.array([-1, 1, 8, 8])),
            *constants,
        ],
    )
    opsets = [helper.make_opsetid("", 18), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=10)


def file_of(*before, **settings) -> bytes:
    return decoder_model(*before, **settings).SerializeToString()
