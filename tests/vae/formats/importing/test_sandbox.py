"""The limits of the sandboxed process apply to any code in it.

Not held, and therefore not tested: machine code that gets into the process through a fault in a library. Python's audit
events do not see what C code opens by itself; there the kernel's limits on memory, time and file sizes are all.
That HDF5 and ONNX files cannot make their libraries open others is of `test_strangers_files`.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vae.formats.importing.sandbox import CPU_SECONDS, MEMORY_BYTES

_ROOT = Path(__file__).resolve().parents[4]
_START = """
import ctypes, os, pickle, resource, shutil, signal, socket, subprocess, sys, urllib.request
from pathlib import Path
from vae.formats.importing.sandbox import confine, hurry
folder = Path(sys.argv[1])
confine(folder)
"""


@pytest.fixture
def confined(tmp_path):
    """`confined("open('x')")` → how a process ended that did it with its folder as `folder`."""
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("secret")

    def run(program: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", f"{_START}\nOUT = folder.parent / 'outside.txt'\n{program}", str(folder)]
        environment = {"PATH": os.defpath, "TMPDIR": str(folder)}
        return subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=120)

    return run


_OUTSIDE = {
    "reading": "OUT.read_text()",
    "reading low": "os.open(OUT, os.O_RDONLY)",
    "reading by a link": "open(folder / '..' / 'outside.txt')",
    "users": "open('/etc/passwd')",
    "the parent's environment": "open(f'/proc/{os.getppid()}/environ')",
    "writing": "(OUT.parent / 'new').write_text('x')",
    "writing into the project": "open('vae/new.py', 'w')",
    "writing into a package": "open(Path(os.__file__), 'a')",
    "removing": "OUT.unlink()",
    "moving in": "os.rename(OUT, folder / 'x')",
    "moving out": "(folder / 'x').write_text(''); os.replace(folder / 'x', OUT)",
    "a new folder": "(OUT.parent / 'new').mkdir()",
    "a link": "os.symlink(OUT, folder / 'link')",
    "copying": "shutil.copy(OUT, folder)",
    "a socket": "socket.create_connection(('127.0.0.1', 9))",
    "a name": "socket.getaddrinfo('localhost', 80)",
    "an address": "urllib.request.urlopen('http://127.0.0.1:9/')",
    "a program": "subprocess.run(['touch', str(OUT.parent / 'new')])",
    "a shell": "os.system('touch new')",
    "another program": "os.execv('/bin/true', ['true'])",
    "a fork": "os.fork()",
    "a signal": "os.kill(os.getppid(), 0)",
    "a library": "ctypes.CDLL('libc.so.6')",
    "a pickled call": "pickle.loads(pickle.dumps(print))",
}


@pytest.mark.parametrize("program", _OUTSIDE.values(), ids=_OUTSIDE)
def test_the_way_out_is_closed(confined, tmp_path, program):
    ended = confined(program)
    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].startswith("PermissionError: ")
    assert (tmp_path / "outside.txt").read_text() == "secret"
    assert {path.name for path in tmp_path.iterdir()} == {"inside", "outside.txt"}


def test_the_import_folder_and_the_packages_are_readable(confined):
    ended = confined(
        "(folder / 'a').write_text('x'); os.replace(folder / 'a', folder / 'b'); print((folder / 'b').read_text())\n"
        "import colorsys, wave; open('/dev/null').close()"
    )
    assert (ended.returncode, ended.stdout) == (0, "x\n"), ended.stderr


def test_memory_ends(confined):
    ended = confined(f"bytearray({MEMORY_BYTES})")
    assert ended.stderr.strip().endswith("MemoryError")


def test_time_ends(confined):
    ended = confined("hurry(1)\nwhile True: pass")
    assert ended.returncode == -signal.SIGXCPU


def test_files_end(confined, tmp_path):
    ended = confined("with open(folder / 'large', 'wb') as file:\n while True: file.write(bytes(50_000_000))")
    assert "File too large" in ended.stderr
    assert (tmp_path / "inside" / "large").stat().st_size < 500_000_000
    (tmp_path / "inside" / "large").unlink()


def test_limits_cannot_be_lifted(confined):
    ended = confined(
        "print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_AS))\n"
        "try: resource.setrlimit(resource.RLIMIT_CPU, (9999, 9999))\n"
        "except ValueError: print('held')"
    )
    limits = ended.stdout.splitlines()[0]
    assert limits == f"{(CPU_SECONDS,) * 2} {(MEMORY_BYTES,) * 2}"
    if os.geteuid():  # the system's administrator may lift any
        assert ended.stdout.splitlines()[1] == "held"
