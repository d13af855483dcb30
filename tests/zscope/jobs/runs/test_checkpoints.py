"""Two states are kept, and one of them survives any damage of a file or failure of a write."""

import errno
import os

import numpy as np
import pytest

from vae.errors import TrainingError
from zscope.jobs.runs.checkpoints import CheckpointStore


def arrays_of(step: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(step)
    return {
        "weights/a": rng.standard_normal((3, 5)).astype(np.float32),
        "optimizer/0": np.array(step, np.int32),
        "noise/0": rng.integers(0, 2**32, 2, np.uint32),
        "turned": np.asfortranarray(rng.standard_normal((4, 2)).astype(np.float32)),
    }


def save(store: CheckpointStore, step: int):
    return store.save(arrays_of(step), {"step": step, "third": 1 / 3}, step, step // 10)


def assert_is(checkpoint, step: int) -> None:
    assert (checkpoint.record.step, checkpoint.record.epoch) == (step, step // 10)
    assert checkpoint.rest == {"step": step, "third": 1 / 3}, "to the last bit"
    expected = arrays_of(step)
    assert checkpoint.arrays.keys() == expected.keys()
    for name, array in expected.items():
        assert (checkpoint.arrays[name].dtype, checkpoint.arrays[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(checkpoint.arrays[name], array)


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path / "checkpoints")


@pytest.fixture
def filled(store):
    for step in (10, 20, 30):
        save(store, step)
    return store


def _files(store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def _bytes(store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.iterdir()}


def test_a_run_without_one_starts_anew(store):
    assert store.load() is None
    assert store.newest() is None


def test_loads_the_saved_state(store):
    save(store, 10)
    assert_is(store.load(), 10)


def test_the_last_two_are_kept(filled):
    assert_is(filled.load(), 30)
    assert _files(filled) == ["00000002.safetensors", "00000003.safetensors", "checkpoints.json"]
    assert filled.newest().step == 30


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"), "its bytes have changed"),
        (lambda path: path.write_bytes(b""), "0 bytes"),
        (lambda path: path.unlink(), "No such file"),
    ],
)
class TestDamage:
    def test_falls_back_to_the_previous_checkpoint_and_reports_it(self, filled, damage, said):
        damage(filled.folder / "00000003.safetensors")
        checkpoint = filled.load()
        assert_is(checkpoint, 20)
        assert "The checkpoint of step 30 is damaged" in checkpoint.fallback and said in checkpoint.fallback
        save(filled, 40)  # the run continues
        assert_is(filled.load(), 40)
        assert filled.load().fallback == ""

    def test_a_damaged_older_one_does_not_matter(self, filled, damage, said):
        damage(filled.folder / "00000002.safetensors")
        assert_is(filled.load(), 30)

    def test_two_damaged_checkpoints_are_an_error(self, filled, damage, said):
        for number in (2, 3):
            damage(filled.folder / f"0000000{number}.safetensors")
        with pytest.raises(TrainingError, match=r"step 30 is damaged.*step 20 is damaged.*start a new run"):
            filled.load()


def test_a_good_older_one_outlives_the_save_after_a_fallback(filled):
    """The next save must not remove the only good checkpoint before the new one is complete."""
    (filled.folder / "00000003.safetensors").write_bytes(b"x")
    assert_is(filled.load(), 20)
    save(filled, 25)
    (filled.folder / "00000004.safetensors").write_bytes(b"x")
    assert_is(filled.load(), 20)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"checkpoints": [{"file": "../x"}]}'])
def test_a_damaged_manifest_is_an_error(filled, text):
    (filled.folder / "checkpoints.json").write_text(text)
    with pytest.raises(TrainingError, match=r"Can't read checkpoints\.json"):
        filled.load()


class _Fails:
    def __init__(self, real, nth):
        self.real, self.nth, self.calls = real, nth, 0

    def __call__(self, *arguments, **settings):
        self.calls += 1
        if self.calls == self.nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.real(*arguments, **settings)


# A save writes two files: each is flushed and moved, and its folder flushed.
@pytest.mark.parametrize(("call", "nth"), [*(("fsync", nth) for nth in range(1, 5)), ("replace", 1), ("replace", 2)])
class TestFullDisk:
    def test_a_failed_save_keeps_the_earlier_checkpoints(self, filled, monkeypatch, call, nth):
        before = _bytes(filled)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, _Fails(getattr(os, call), nth))
            with pytest.raises(TrainingError, match=r"Can't write the checkpoint of step 40: No space left.*is kept"):
                save(filled, 40)
        after = _bytes(filled)
        if (call, nth) == ("fsync", 4):  # the manifest has moved already: the new one counts
            assert_is(filled.load(), 40)
        else:
            assert {name: after[name] for name in before} == before
            assert_is(filled.load(), 30)
        save(filled, 50)
        assert_is(filled.load(), 50)
        assert len(_files(filled)) == 3, "and what the failure left is gone"

    def test_the_first_one(self, store, monkeypatch, call, nth):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, _Fails(getattr(os, call), nth))
            with pytest.raises(TrainingError):
                save(store, 10)
        if (call, nth) != ("fsync", 4):
            assert store.load() is None
        save(store, 20)
        assert_is(store.load(), 20)


def test_space_for_three_is_wanted_before_the_first(store, monkeypatch):
    asked = []
    monkeypatch.setattr("zscope.jobs.runs.checkpoints.check_space", lambda folder, needed: asked.append(needed))
    record = save(store, 10)
    save(store, 20)
    assert asked == [3 * record.bytes]


def test_a_file_in_the_folder_s_place(store):
    store.folder.write_text("in the way")
    with pytest.raises(TrainingError):
        save(store, 10)


def test_a_pickle_is_never_read(filled):
    assert b"pickle" not in (filled.folder / "00000003.safetensors").read_bytes()
    header = (filled.folder / "00000003.safetensors").read_bytes()[8:40]
    assert header.startswith(b"{")
