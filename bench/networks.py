"""Latency of an imported network in a process of its own, in turns with the same network in this process."""

import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np

from tests.vae.formats.importing.imported_bundles import save_onnx
from vae.formats.bundle import load_bundle
from vae.inference.network_host import NetworkSession, foreign_part, open_networks, set_host
from vae.models.imported_config import ImportedConfig
from zscope.jobs.networks.host import ProcessHost

_ROUNDS, _CALLS = 200, 10
_ROWS = (1, 16)


def run() -> dict:
    with tempfile.TemporaryDirectory() as folder:
        bundle = load_bundle(save_onnx(Path(folder) / "onnx"))
    part = cast(ImportedConfig, bundle.manifest.model).onnx_parts["decoder"]
    networks = {"decoder": foreign_part(bundle.onnx["decoder"], part, "decoder")}
    here = open_networks(networks)["decoder"]
    set_host(ProcessHost())
    try:
        there = open_networks(networks)["decoder"]
        start = time.perf_counter()
        there(np.zeros((1, *part.input_shape), np.float32))
        seconds = time.perf_counter() - start
    finally:
        set_host(None)
    return {
        "start_s": round(seconds, 2),
        "rows": {str(rows): _compare(here, there, rows, part.input_shape) for rows in _ROWS},
    }


def _compare(here: NetworkSession, there: NetworkSession, rows: int, shape: tuple[int, ...]) -> dict:
    x = np.zeros((rows, *shape), np.float32)
    times: dict[str, list[float]] = {"here_ms": [], "there_ms": []}
    for _ in range(_ROUNDS):
        for name, session in zip(times, (here, there), strict=True):
            for _ in range(_CALLS):
                start = time.perf_counter()
                session(x)
                times[name].append(1000 * (time.perf_counter() - start))
    found = {name: [round(float(one), 4) for one in np.percentile(values, [50, 95])] for name, values in times.items()}
    return {**found, "added_ms_p50": round(found["there_ms"][0] - found["here_ms"][0], 4)}
