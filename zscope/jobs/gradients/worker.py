"""The process that computes gradients: `python -m zscope.jobs.gradients.worker DESCRIPTOR`.

It answers requests from a connection and ends with it.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from vae.errors import BadRequestError, ZscopeError
from vae.message import N_
from zscope.jobs.gradients.messages import pack, unpack
from zscope.jobs.networks.host import isolate_networks

__all__ = ["serve"]

LOGGER = logging.getLogger(__name__)
_MODELS = 4  # kept open
_THREADS = 4  # as many as the server has for geodesics and repairs
_opening = threading.Lock()


def serve(connection: Connection) -> None:
    """Answer requests until the other end closes.

    A request has `id`, `path` (a bundle), `networks` (its networks' hash), `call` (a method of `Gradients`) and arrays.
    Its answer has the same `id`, and arrays or `error` and `help`.
    """
    sending = threading.Lock()

    def answer(message: bytes) -> None:
        head, arrays = unpack(message)
        try:
            reply = pack({"id": head["id"]}, _computed(head, arrays))
        except ZscopeError as error:
            reply = pack({"id": head["id"], "error": error.message, "help": error.hint})
        except Exception:
            LOGGER.exception("%s failed for %s", head["call"], head["path"])
            reply = pack(
                {"id": head["id"], "error": N_("The gradient cannot be computed: an internal error."), "help": ""}
            )
        with sending:
            connection.send_bytes(reply)

    with ThreadPoolExecutor(_THREADS) as threads:
        while True:
            try:
                message = connection.recv_bytes()
            except EOFError:
                return
            threads.submit(answer, message)


def _computed(head: dict[str, Any], arrays: list[np.ndarray]) -> list[np.ndarray]:
    gradients = _open(head["path"], head["networks"])
    calls: dict[str, Callable] = {
        "curve_energy": gradients.curve_energy,
        "curve_length": gradients.curve_length,
        "misfit": gradients.misfit,
    }
    found = calls[head["call"]](*arrays)
    return [np.asarray(part) for part in (found if isinstance(found, tuple) else (found,))]


def _open(path: str, networks: str) -> Any:
    with _opening:  # two threads that need the same model
        return _opened(path, networks)


@lru_cache(_MODELS)
def _opened(path: str, networks: str) -> Any:
    from vae.formats.bundle import load_bundle
    from vae.inference.keras_gradients import KerasGradients

    bundle = load_bundle(Path(path))
    if bundle.manifest.networks_hash != networks:
        raise BadRequestError("The model was replaced.", "Reload the page.")
    return KerasGradients(bundle)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C in a terminal also ends the server, and its end of the connection
    isolate_networks()
    serve(Connection(int(sys.argv[1])))
