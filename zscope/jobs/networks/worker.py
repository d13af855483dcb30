"""The process that runs the networks of one imported model: `python -m zscope.jobs.networks.worker READING WRITING`.

It reads requests from one pipe and writes replies to the other, see `zscope.jobs.networks.frames`. It ends when the
parent closes the pipes. Before it opens a network, it gives up everything but computing (`confine_computation`).
"""

import json
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from vae.errors import ZscopeError
from vae.formats.importing.sandbox import confine_computation
from vae.message import N_
from vae.models.onnx_session import OnnxSession
from zscope.jobs.networks.frames import OK, REFUSED, REPLY, REQUEST, row_bytes, unpack_opening

__all__ = ["serve"]

_PIECE = 1 << 16
_LETTERS = 500  # of an error and of its hint
_GRACE = 5  # seconds of processor time after which the kernel ends a request that the parent did not end


class _Pipe:
    def __init__(self, reading: int, writing: int):
        self._reading, self._writing = reading, writing
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Return `size` bytes.

        Raises:
            EOFError: the parent closed the pipe.
        """
        parts, missing = [self._rest[:size]], size - len(self._rest)
        self._rest = self._rest[size:]
        while missing > 0:
            part = os.read(self._reading, max(missing, _PIECE))
            if not part:
                raise EOFError
            parts.append(part[:missing])
            self._rest = part[missing:]
            missing -= len(part)
        return b"".join(parts)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._writing, view) :]


def serve(reading: int, writing: int) -> None:
    """Answer requests until the parent closes its ends of the pipes.

    Args:
        reading, writing: file descriptors.
    """
    pipe = _Pipe(reading, writing)
    opening = unpack_opening(pipe.read)
    _silence()
    confine_computation(opening.memory)
    try:
        sessions = [OnnxSession(one.data, one.name, one.input_name, dict(one.outputs)) for one in opening.networks]
    except ZscopeError as error:
        pipe.write(_error(error))
        return
    except MemoryError:
        pipe.write(_too_large())
        return
    pipe.write(REPLY.pack(OK, 0))
    while True:
        number, rows = REQUEST.unpack(pipe.read(REQUEST.size))
        network = opening.networks[number]
        taken = pipe.read(rows * row_bytes(network)[0])
        _limit_time(opening.seconds + _GRACE)
        try:
            x = np.frombuffer(taken, "<f4").reshape(rows, *network.input_shape)
            outputs = [np.ascontiguousarray(output, "<f4") for output in sessions[number](x)]
            reply = b"".join([REPLY.pack(OK, 0), *(output.tobytes() for output in outputs)])
        except ZscopeError as error:
            reply = _error(error)
        except MemoryError:
            reply = _too_large()
        pipe.write(reply)


def _error(error: ZscopeError) -> bytes:
    text = json.dumps([error.message[:_LETTERS], error.hint[:_LETTERS]]).encode()
    return REPLY.pack(REFUSED, len(text)) + text


def _too_large() -> bytes:
    return _error(
        ZscopeError(N_("The model needs more memory than imported models may take."), N_("Import a smaller model."))
    )


def _limit_time(seconds: int) -> None:
    """Let the kernel end this process after so many more seconds of processor time, even if the parent is gone."""
    soon = int(time.process_time()) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soon if hard == resource.RLIM_INFINITY else min(soon, hard), hard))


def _silence() -> None:
    """Send what is printed nowhere: an untrusted network must not fill the server's log."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal also ends the parent, and so the pipes
    with suppress(OSError):  # Linux alone: if memory runs out, this process ends and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")
    with suppress(EOFError, BrokenPipeError):
        serve(int(sys.argv[1]), int(sys.argv[2]))
