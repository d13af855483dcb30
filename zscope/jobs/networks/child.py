"""One child that runs networks: its start, its messages, and its end when it crashes or exceeds a limit."""

import json
import os
import select
import signal
import subprocess
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from vae.errors import BundleError
from vae.inference.network_host import ForeignNetwork
from vae.message import N_, message
from zscope.jobs.networks.frames import MOST_ERROR_BYTES, OK, REPLY, REQUEST, Opening, pack_opening, row_bytes
from zscope.jobs.process import popen

__all__ = ["Child", "ChildEndedError", "Limits"]

_TICK = 0.25  # seconds between two looks at a child's processor time
_PIPE_BYTES = 1 << 20
_CRASHES = (signal.SIGFPE, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS)
_PROCESSOR = 2  # the clock of a process's processor time, see clock_getcpuclockid in glibc


@dataclass(frozen=True)
class Limits:
    """Limits of a child.

    Attributes:
        memory: bytes of addresses that its networks may take, besides the libraries.
        seconds: of processor time of one request.
        wall: seconds until a request, or the start of the child, is answered.
    """

    memory: int = 2_000_000_000  # more than a network may take when it is imported
    seconds: int = 10
    wall: float = 60.0


class ChildEndedError(Exception):
    """The child ended, or was killed at a limit. The text is the reason, for users."""


class Child:
    """A running process with the networks of one model, see `zscope.jobs.networks.worker`. Not thread-safe.

    It ends when this object is no longer in use.

    Args:
        networks: to open.
        limits: see `Limits`.

    Raises:
        BundleError: ONNX Runtime cannot open a network.
        ChildEndedError: see there.
        OSError: the process cannot start.
    """

    def __init__(self, networks: Sequence[ForeignNetwork], limits: Limits):
        self._limits, self._networks = limits, networks
        self._rows = [row_bytes(network) for network in networks]
        theirs_in, self._writing = os.pipe()
        self._reading, theirs_out = os.pipe()
        try:
            for descriptor in (self._writing, self._reading):
                os.set_blocking(descriptor, False)
                _enlarge(descriptor)
            # Not this process's environment, so that a network cannot read its keys and settings.
            environment = {
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "MALLOC_ARENA_MAX": "2",  # addresses are limited, and each arena reserves 64 MB
                "ORT_DISABLE_TELEMETRY": "1",
            }
            arguments = ["-s", "-m", "zscope.jobs.networks.worker", str(theirs_in), str(theirs_out)]
            process = popen(arguments, environment, subprocess.DEVNULL, None, theirs_in, theirs_out)
        except BaseException:
            os.close(self._writing)
            os.close(self._reading)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._process = process
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(self._writing, select.POLLOUT)
        self._readable.register(self._reading, select.POLLIN)
        self.end = weakref.finalize(self, _end, process, self._writing, self._reading)
        try:
            self._begin()
            for part in pack_opening(Opening(networks, limits.memory, limits.seconds)):
                self._write(part)
            self._read_head()
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def run(self, number: int, x: np.ndarray) -> list[np.ndarray]:
        """Compute the outputs of one batch.

        Args:
            number: of the network.
            x: float32 `(n, …)`.

        Returns:
            float32 `(n, …)` each. They are read-only.

        Raises:
            BundleError: ONNX Runtime fails.
            ChildEndedError: see there.
        """
        rows = len(x)
        self._begin()
        self._write(REQUEST.pack(number, rows) + x.tobytes())
        self._read_head()
        data = self._read(rows * self._rows[number][1])
        outputs, start = [], 0
        for shape in self._networks[number].outputs.values():
            output = np.frombuffer(data, "<f4", rows * int(np.prod(shape)), start).reshape(rows, *shape)
            start += output.nbytes
            outputs.append(output)
        return outputs

    def _begin(self) -> None:
        self._began = time.monotonic()
        self._used: float | None = None  # processor time when the first tick was over

    def _read_head(self) -> None:
        status, size = REPLY.unpack(self._read(REPLY.size))
        if status == OK:
            return
        try:
            text, hint = json.loads(self._read(min(size, MOST_ERROR_BYTES)))
            text, hint = str(text), str(hint)
        except (ValueError, TypeError, RecursionError):  # from a process that a network has taken over
            raise self._ended(N_("it sent an unreadable message")) from None
        raise BundleError(text, hint)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._writing, view) :]
            except BlockingIOError:
                self._wait(self._writable)
            except BrokenPipeError:
                raise self._ended() from None

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._wait(self._readable)
            taken = os.readv(self._reading, [view])
            if not taken:
                raise self._ended()
            view = view[taken:]
        return data

    def _wait(self, poll: "select.poll") -> None:
        """Wait until a pipe is ready.

        Raises:
            ChildEndedError: a limit is exceeded.
        """
        while not poll.poll(1000 * _TICK):
            used = _processor_time(self.pid)
            if self._used is None:
                self._used = used
            if used - self._used > self._limits.seconds:
                seconds = self._limits.seconds
                raise self._ended(message("it computed for more than {seconds} seconds", seconds=seconds))
            if time.monotonic() - self._began > self._limits.wall:
                raise self._ended(message("it gave no answer for {seconds} seconds", seconds=f"{self._limits.wall:g}"))

    def _ended(self, reason: str = "") -> ChildEndedError:
        """End the process; return the error with the reason."""
        if not reason:  # it closed its pipes
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TICK)
        self.end()
        return ChildEndedError(reason or _reason_of(self._process.returncode))


def _end(process: subprocess.Popen, *descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
    process.kill()
    process.wait()


def _reason_of(status: int) -> str:
    """Return why a process ended by itself."""
    if status < 0 and -status in _CRASHES:
        return message("it crashed ({name})", name=signal.Signals(-status).name)
    if status == -signal.SIGXCPU:
        return N_("it computed for too long")
    if status == -signal.SIGKILL:
        return N_("the operating system ended it, most often because memory ran out")
    return message("its process ended with status {status}", status=status)


def _processor_time(pid: int) -> float:
    """Return the seconds of processor time that a process has used; 0 on systems that do not tell."""
    try:
        return time.clock_gettime(~pid << 3 | _PROCESSOR)
    except OSError:
        return 0.0


def _enlarge(descriptor: int) -> None:
    """Make a pipe hold a batch of pictures, where the system allows it."""
    from fcntl import fcntl

    try:
        from fcntl import F_SETPIPE_SZ
    except ImportError:  # not Linux
        return
    with suppress(OSError):  # the user's pipes have too many pages already
        fcntl(descriptor, F_SETPIPE_SZ, _PIPE_BYTES)
