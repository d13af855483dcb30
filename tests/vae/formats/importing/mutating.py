"""`python -m tests.vae.formats.importing.mutating KIND FIRST COUNT FOLDER`: read mutated files within the limits.

As the real process does, but many files in one: whatever is raised must be our own error, or one of the two that the
limits raise. The file's number lies in `FOLDER/number`, so that who started this can tell where it ended.
"""

import io
import json
import sys
import traceback
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime  # noqa: F401  before the limits,  as it takes long

from tests.vae.formats.importing.keras_files import archive, decoder, layer, weights_file
from tests.vae.formats.importing.onnx_files import constant, file_of, node
from vae.errors import ZscopeError
from vae.formats.importing import worker
from vae.formats.importing.sandbox import confine

__all__ = ["KINDS", "main"]

_TEXT = [b"-1", b"0", b"9" * 30, b"1e400", b"NaN", b"null", b"[]", b"{}", b'"x"', b"true", b"[[[[", b'"Lambda"']
_VALUES = [
    None, True, -1, 0, 1, 7, 10**6, 2**63, 10**40, 1.5, float("nan"), "", "x", "Lambda", "Dense", "Functional",
    [], {}, [None], [-1, -1], [[1, 2], [3]], {"class_name": ["Dense"]}, {"class_name": "Sequential"},
]  # fmt: skip


def _bytes(data: bytes, rng: np.random.Generator) -> bytes:
    """A few bytes changed, cut out, doubled or put in; sometimes the end is missing."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        place, many = int(rng.integers(len(changed) + 1)), int(rng.integers(1, 9))
        piece = [
            bytes(rng.integers(0, 256, many, np.uint8)),
            b"\xff" * many,
            b"\0" * many,
            bytes(changed[place : place + many]),
            _TEXT[rng.integers(len(_TEXT))],
        ][rng.integers(5)]
        changed[place : place + int(rng.choice([0, many, len(piece)]))] = piece
    return bytes(changed[: rng.integers(len(changed) + 1)] if rng.random() < 0.05 else changed)


def _fields(content, rng: np.random.Generator):
    """A JSON content, of which a few values are another, gone, or exchanged."""
    for _ in range(rng.integers(1, 4)):
        holders = list(_holders(content))
        holder = holders[rng.integers(len(holders))]
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key, other = keys[rng.integers(len(keys))], holders[rng.integers(len(holders))]
        action = rng.integers(4)
        if action == 0:
            del holder[key]
        elif action == 1:
            holder[key] = json.loads(json.dumps(other))
        else:
            holder[key] = json.loads(json.dumps(_VALUES[rng.integers(len(_VALUES))]))
        if not any(True for _ in _holders(content)):
            break
    return content


def _holders(content):
    if isinstance(content, dict | list):
        if content:
            yield content
        for part in content.values() if isinstance(content, dict) else content:
            yield from _holders(part)


def _functional() -> dict:
    """The configuration of a VAE in one model, as Keras writes it: with a sampling in its middle."""

    def tensor(name: str) -> dict:
        return {"class_name": "__keras_tensor__", "config": {"shape": [None, 2], "keras_history": [name, 0, 0]}}

    def placed(one: dict, name: str, *sources: str) -> dict:
        one["config"]["name"] = name
        tensors = [tensor(source) for source in sources]
        args = [tensors] if len(tensors) > 1 else tensors
        return one | {"name": name, "inbound_nodes": [{"args": args, "kwargs": {}}] if sources else []}

    layers = [
        placed(layer("InputLayer", batch_shape=[None, 8, 8, 1]), "x"),
        placed(layer("Conv2D", filters=2, kernel_size=[3, 3], strides=[2, 2], padding="same"), "conv", "x"),
        placed(layer("BatchNormalization", axis=-1), "norm", "conv"),
        placed(layer("Flatten"), "flat", "norm"),
        placed(layer("Dense", units=2), "mean", "flat"),
        placed(layer("Dense", units=2), "log_var", "flat"),
        placed(layer("Sampling", "__main__"), "z", "mean", "log_var"),
        placed(layer("Dense", units=64, activation="sigmoid"), "dense", "z"),
        placed(layer("Reshape", target_shape=[8, 8, -1]), "picture", "dense"),
    ]
    config = {"name": "vae", "layers": layers, "input_layers": ["x", 0, 0], "output_layers": [["picture", 0, 0]]}
    return {"module": "keras", "class_name": "Functional", "config": config}


def _functional_weights() -> bytes:
    import h5py

    data = io.BytesIO()
    shapes = {
        "conv2d": [(3, 3, 1, 2), (2,)], "batch_normalization": [(2,)] * 4, "dense": [(32, 2), (2,)],
        "dense_1": [(32, 2), (2,)], "dense_2": [(2, 64), (64,)],
    }  # fmt: skip
    with h5py.File(data, "w") as file:
        for place, arrays in shapes.items():
            for number, shape in enumerate(arrays):
                file[f"layers/{place}/vars/{number}"] = np.full(shape, 0.1, np.float32)
    return data.getvalue()


def _onnx() -> bytes:
    return file_of(
        node("Unsqueeze", ["z", "axes"], ["square"]),
        node("Conv", ["square", "filter"], ["conv"], pads=[0, 0, 0, 0], strides=[1, 1]),
        node("BatchNormalization", ["conv", "ones", "ones", "ones", "ones"], ["norm"]),
        node("Shape", ["z"], ["shape"]),
        node("Expand", ["norm", "spread"], ["large"]),
        node("ReduceMean", ["large", "axes"], ["narrow"], keepdims=0),
        node("Reshape", ["narrow", "shape"], ["made"]),
        constants=[
            constant("axes", np.array([2, 3])),
            constant("filter", np.ones((2, 2, 1, 1), np.float32)),
            constant("ones", np.ones(2, np.float32)),
            constant("spread", np.array([1, 2, 4, 4])),
        ],
    )


def _weights_of(name: str, base: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    return name, archive(decoder(), _bytes(base, rng))


KINDS = {
    # What mutates the n-th file: a generator of random numbers → name, content.
    "keras-config": lambda rng: ("m.keras", archive(_fields(_functional(), rng), _functional_weights())),
    "keras-config-text": lambda rng: (
        "m.keras", archive(_bytes(json.dumps(_functional()).encode(), rng), _functional_weights())
    ),
    "keras-weights": lambda rng: _weights_of("m.keras", weights_file(), rng),
    "keras-zip": lambda rng: ("m.keras", _bytes(archive(), rng)),
    "onnx": lambda rng: ("m.onnx", _bytes(_onnx(), rng)),
}  # fmt: skip


def main(kind: str, first: int, count: int, folder: Path) -> int:
    zipfile.ZipFile(io.BytesIO(archive())).close()  # whatever these import, before the limits
    worker._read(folder, _put(folder, *KINDS[kind](np.random.default_rng(0)), true=True))
    confine(folder)
    told = {"refused": 0, "taken": 0}
    for number in range(first, first + count):
        (folder / "number").write_text(str(number))
        names = _put(folder, *KINDS[kind](np.random.default_rng(number)))
        try:
            worker._read(folder, names)
            told["taken"] += 1
        except (ZscopeError, MemoryError, PermissionError):
            told["refused"] += 1
        except Exception:  # noqa: BLE001  it is what is looked for
            print(f"{kind} {number}:\n{traceback.format_exc()}", file=sys.stderr)
            return 1
    print(json.dumps(told))
    return 0


def _put(folder: Path, name: str, data: bytes, true: bool = False) -> list[str]:
    if true:  # before any mutation
        data = {"onnx": _onnx}.get(name.split(".")[-1], lambda: archive(_functional(), _functional_weights()))()
    (folder / "file-0").write_bytes(data)
    return [name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
