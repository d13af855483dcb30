"""Sandbox of processes that read untrusted files or run imported networks: limits of the kernel, and an audit hook.

The kernel limits memory, time and files. The audit hook ends the import when anything opens a file outside its folder,
starts a program or uses the network. This is the second line of defence. The first one is that nothing in a file is
ever called (`keras_config`, `bundle.onnx_file`). Machine code is not confined: if a file exploits a fault in a
library's C code, only the limits of the kernel apply.
"""

import os
import resource
import sys
from pathlib import Path

from vae.message import message

__all__ = ["CPU_SECONDS", "MEMORY_BYTES", "confine", "confine_computation", "hurry"]

MEMORY_BYTES = 4 << 30  # of addresses: onnxruntime and NumPy map more than they use
CPU_SECONDS = 20
_FILE_BYTES = 300_000_000
_FILES = 128
_FORBIDDEN = (
    "subprocess.", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.", "socket.",
    "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "ctypes.dlopen", "pickle.find_class", "code.__new__",
    "os.symlink", "os.link", "os.chmod", "os.chown", "os.putenv", "os.kill", "signal.", "shutil.",
)  # fmt: skip
_FILE_EVENTS = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.listdir", "os.scandir", "os.chdir")
_STACK_BYTES = 16 << 20  # of a thread, with its guard
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(folder: Path) -> None:
    """Limit this process permanently. Modules must be imported before, or be part of Python or an installed package.

    Args:
        folder: the only folder to write to; it and the installed packages are readable.
    """
    _limit(
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_CORE, 0),
    )
    inside = os.path.realpath(folder) + os.sep
    code = Path(__file__).resolve().parents[3]
    readable = tuple(
        os.path.realpath(root) + os.sep
        for root in (sys.prefix, sys.base_prefix, code / "vae", "/proc/self", "/sys/devices", "/sys/fs/cgroup")
    )
    # These describe the machine and no other process.
    known = {"/dev/null", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"}

    def watch(event: str, arguments: tuple) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int) or path is None:
                return
            place = os.path.realpath(os.fsdecode(path))
            writes = bool((flags or 0) & _WRITING) or (isinstance(mode, str) and any(sign in mode for sign in "wax+"))
            if not place.startswith(inside) and (writes or not (place.startswith(readable) or place in known)):
                raise PermissionError(
                    message("a file outside the import folder was requested: {place}", place=place[:200])
                )
        elif event in ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate"):
            for path in arguments[: 2 if event == "os.rename" else 1]:  # source and target
                if not isinstance(path, int) and not os.path.realpath(os.fsdecode(path)).startswith(inside):
                    raise PermissionError(message("{event} outside the import folder was requested", event=event))
        elif event.startswith(_FORBIDDEN):
            raise PermissionError(message("{event} was requested", event=event))

    sys.addaudithook(watch)


def confine_computation(memory: int) -> None:
    """Limit this process permanently to computing with what it has: no files, sockets or programs.

    Modules must be imported before. Pipes that are open stay usable. The kernel refuses new descriptors, so this also
    holds for machine code.

    Args:
        memory: bytes of addresses that the process may take in addition to those it has. The stacks of threads do not
            count.
    """
    threads = (os.cpu_count() or 1) * _STACK_BYTES
    _limit(
        (resource.RLIMIT_AS, _address_bytes() + memory + threads),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_CORE, 0),
    )

    def watch(event: str, arguments: tuple) -> None:
        if event == "open" or event.startswith((*_FORBIDDEN, *_FILE_EVENTS)):
            raise PermissionError(message("{event} was requested", event=event))

    sys.addaudithook(watch)


def _limit(*limits: tuple[int, int]) -> None:
    for limit, most in limits:
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def _address_bytes() -> int:
    """Return the size of this process's address space; an estimate on systems that do not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 1 << 30
    return pages * resource.getpagesize()


def hurry(seconds: int) -> None:
    """Limit the further CPU time of this process to about `seconds`; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soon = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soon if hard == resource.RLIM_INFINITY else min(soon, hard), hard))
