"""Pictures are made once, cached on disk, and made again if their file is missing or damaged."""

import threading
import time

import pytest

from vae.formats.bundle import read_manifest
from zscope.library import picture_cache as keeping
from zscope.library.picture_cache import kept_file, picture_key


@pytest.fixture(autouse=True)
def clear_memory(own):
    """Clear the memory, as after a restart. Returns a function that does it again."""
    keeping._memory.clear()
    return keeping._memory.clear


def maker(data=b"whole"):
    made = []

    def make():
        made.append(1)
        return data

    return make, made


def whole(data: bytes) -> bool:
    return data == b"whole"


def test_a_picture_is_made_once_and_survives_a_restart(own, clear_memory):
    make, made = maker()
    for _ in range(3):
        assert kept_file("a.png", make, whole) == b"whole"
        clear_memory()
    assert len(made) == 1
    assert (own / ".pictures" / "a.png").read_bytes() == b"whole"


def test_makes_a_damaged_or_missing_picture_again(own, clear_memory):
    make, made = maker()
    kept_file("a.png", make, whole)
    for damage in (lambda path: path.write_bytes(b"who"), lambda path: path.unlink()):
        damage(own / ".pictures" / "a.png")
        clear_memory()
        assert kept_file("a.png", make, whole) == b"whole"
    assert len(made) == 3


def test_simultaneous_requests_share_one_picture(own):
    made = []

    def slow():
        made.append(1)
        time.sleep(0.1)
        return b"whole"

    threads = [threading.Thread(target=kept_file, args=("a.png", slow, whole)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_picture_that_cannot_be_saved_is_cached_in_memory(own, monkeypatch, caplog):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "write_file", fails)
    make, made = maker()
    for _ in range(2):
        assert kept_file("a.png", make, whole) == b"whole"
    assert len(made) == 1, "it is in memory"
    assert "Can't save pictures" in caplog.text


def test_an_error_is_not_cached(own):
    def broken():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept_file("a.png", broken, whole)
    assert kept_file("a.png", maker()[0], whole) == b"whole"


def test_disk_and_memory_are_bounded(own, monkeypatch):
    monkeypatch.setattr(keeping, "_MOST_FILES", 5)
    for number in range(40):
        kept_file(f"{number}.png", maker()[0], whole)
    names = {path.name for path in (own / ".pictures").iterdir()}
    assert len(names) == 5 and "39.png" in names
    assert len(keeping._memory) <= keeping._MOST_IN_MEMORY
    assert len(keeping._making) <= keeping._MOST_IN_MEMORY, "no lock is kept for what is made"


def test_the_key_changes_with_the_weights_and_not_with_the_name(save, make_content):
    def key(**change):
        return picture_key(read_manifest(save("tiny", **change))[0])

    first = key()
    assert key(title="Another name") == first
    assert key(weights=make_content(seed=1)["weights"]) != first
    assert key(reference=make_content(seed=1)["reference"]) != first, "reconstructions are decoded from its codes"
    assert first.isalnum() and len(first) == 20
