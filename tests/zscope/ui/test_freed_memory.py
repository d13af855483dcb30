"""Freed memory goes back to the system soon after a full collection."""

import gc
import platform
import threading

import pytest

from zscope.ui.freed_memory import ReleasedMemory

# Blocks below the size from which glibc maps each block by itself; the last one keeps the heap from shrinking.
MEASURE = """
import gc, time
from pathlib import Path
from zscope.ui.freed_memory import ReleasedMemory
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
blocks = [bytearray(60_000) for _ in range(4000)]
kept = blocks[-1]
del blocks
before = resident()
released = ReleasedMemory(delay=0.01)
released.start()
gc.collect()
end = time.monotonic() + 20
while resident() > before - 150 and time.monotonic() < end:
    time.sleep(0.05)
print(before, resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory and can release it")
def test_resident_memory_falls_after_a_collection(run_python):
    ended = run_python("-c", MEASURE)
    before, after = map(float, ended.stdout.split())
    assert before > 240 and after < before - 150, ended.stderr


def test_several_collections_release_once_and_none_after_the_stop():
    called = threading.Semaphore(0)
    released = ReleasedMemory(delay=0.2, release=called.release)
    released.start()
    gc.collect()
    gc.collect()
    gc.collect(0)
    assert called.acquire(timeout=60)
    assert not called.acquire(timeout=0.5)
    gc.collect()
    assert called.acquire(timeout=60), "a later collection releases again"
    gc.collect()
    released.stop()
    assert not called.acquire(timeout=0.5) and not any(one == released._called for one in gc.callbacks)
