"""Saving: after any failure, the old or the new bundle is complete, and no temporary file remains."""

import errno
import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from vae.errors import BundleError
from vae.formats.bundle import check_writable, load_bundle, recover_interrupted, save_bundle, write
from vae.models.config import ModelConfig
from vae.pictures.preparation import InputStyle


def _seed_of(folder: Path, make_content) -> int:
    """Return which of the contents of seeds 0 and 1 the folder has, after checking it completely."""
    weights = load_bundle(folder).weights
    (seed,) = (
        seed
        for seed in (0, 1)
        if all((weights[name] == weight).all() for name, weight in make_content(seed=seed)["weights"].items())
    )
    return seed


def _entries(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_bundle_is_replaced_whole(bundle_folder, make_content):
    assert _seed_of(bundle_folder, make_content) == 0
    save_bundle(bundle_folder, **make_content(seed=1))
    assert _seed_of(bundle_folder, make_content) == 1
    assert _entries(bundle_folder.parent) == {"tiny"}


def test_how_the_data_lie_is_kept(tmp_path, make_content):
    wants = InputStyle(content="object", light=False, background=255, extent=0.5, centre="mass", middle=(0.52, 0.5))
    assert (
        load_bundle(save_bundle(tmp_path / "tiny", **make_content(), preprocessing=wants)).manifest.preprocessing
        == wants
    )
    assert load_bundle(save_bundle(tmp_path / "tiny", **make_content())).manifest.preprocessing is None


def test_parents_are_made_and_others_may_read(tmp_path, make_content):
    folder = save_bundle(tmp_path / "a" / "b" / "tiny", **make_content())
    assert folder.stat().st_mode & 0o777 == 0o755
    assert _entries(folder.parent) == {"tiny"}


def test_saving_twice_gives_the_same_bytes(tmp_path, make_content):
    first, second = (save_bundle(tmp_path / name, **make_content()) for name in ("a", "b"))
    for name in ("model.json", "card.json", "weights.safetensors"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


class _Failing:
    """Replaces a system call and fails the n-th time."""

    def __init__(self, real, nth: int, code: int):
        self.real, self.nth, self.code, self.calls = real, nth, code, 0

    def __call__(self, *arguments, **settings):
        self.calls += 1
        if self.calls == self.nth:
            raise OSError(self.code, os.strerror(self.code))
        return self.real(*arguments, **settings)


CALLS = {
    # Four files are written; they, the new folder and its parent are flushed; the old steps aside, the new moves.
    "open": [("pathlib.Path.open", nth, errno.EACCES) for nth in range(1, 5)],
    "fsync": [("os.fsync", nth, errno.ENOSPC) for nth in range(1, 7)],
    "replace": [("os.replace", nth, errno.EIO) for nth in range(1, 3)],
    "mkdtemp": [("tempfile.mkdtemp", 1, errno.EROFS)],
}


class TestCrashes:
    @pytest.mark.parametrize(("call", "nth", "code"), [case for cases in CALLS.values() for case in cases])
    def test_the_old_bundle_stays_and_nothing_else_does(
        self, bundle_folder, make_content, monkeypatch, call, nth, code
    ):
        module, name = call.rsplit(".", 1)
        holder = {"os": os, "tempfile": __import__("tempfile"), "pathlib.Path": Path}[module]
        failing = _Failing(getattr(holder, name), nth, code)
        with monkeypatch.context() as patch:
            # A method needs its own `self`.
            patch.setattr(holder, name, (lambda *a, **k: failing(*a, **k)) if holder is Path else failing)
            with pytest.raises(BundleError, match=r"tiny cannot be written: .*Free space or choose another"):
                save_bundle(bundle_folder, **make_content(seed=1))
        assert failing.calls >= nth
        assert _seed_of(bundle_folder, make_content) == 0
        assert _entries(bundle_folder.parent) == {"tiny"}
        save_bundle(bundle_folder, **make_content(seed=1))
        assert _seed_of(bundle_folder, make_content) == 1

    @pytest.mark.parametrize(("call", "nth"), [("fsync", nth) for nth in range(1, 7)] + [("replace", 1)])
    def test_a_failed_first_save_leaves_no_bundle(self, tmp_path, make_content, monkeypatch, call, nth):
        with monkeypatch.context() as patch:
            patch.setattr(os, call, _Failing(getattr(os, call), nth, errno.ENOSPC))
            with pytest.raises(BundleError, match="cannot be written"):
                save_bundle(tmp_path / "tiny", **make_content())
        assert _entries(tmp_path) == set()

    def test_every_step_that_can_fail_was_made_to(self, bundle_folder, make_content, monkeypatch):
        counted = {name: _Failing(getattr(os, name), 0, 0) for name in ("fsync", "replace")}
        for name, call in counted.items():
            monkeypatch.setattr(os, name, call)
        save_bundle(bundle_folder, **make_content(seed=1))
        assert {name: call.calls for name, call in counted.items()} == {
            name: len(CALLS[name]) for name in ("fsync", "replace")
        }

    def test_an_interrupt_leaves_the_old_bundle(self, bundle_folder, make_content, monkeypatch):
        real = os.replace

        def interrupted(source, target):
            if Path(target) == bundle_folder and not Path(source).name.endswith("-old"):
                raise KeyboardInterrupt
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", interrupted)
            with pytest.raises(KeyboardInterrupt):
                save_bundle(bundle_folder, **make_content(seed=1))
        assert _seed_of(bundle_folder, make_content) == 0
        assert _entries(bundle_folder.parent) == {"tiny"}

    def test_bytes_that_did_not_arrive_are_noticed(self, bundle_folder, make_content, monkeypatch):
        """The disk reports success but stores half of the data."""
        with monkeypatch.context() as patch:
            patch.setattr(
                "vae.formats.bundle.write._write_through", lambda path, data: path.write_bytes(data[: len(data) // 2])
            )
            with pytest.raises(BundleError):
                save_bundle(bundle_folder, **make_content(seed=1))
        assert _seed_of(bundle_folder, make_content) == 0
        assert _entries(bundle_folder.parent) == {"tiny"}


def test_a_full_disk_is_noticed_before_writing(bundle_folder, make_content, monkeypatch):
    size = sum(file.stat().st_size for file in bundle_folder.iterdir())
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - size, size))
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkdtemp", lambda **_: pytest.fail("nothing may be written"))
        with pytest.raises(BundleError, match=r"0 MB are free\. Free some space"):
            save_bundle(bundle_folder, **make_content(seed=1))
    assert _seed_of(bundle_folder, make_content) == 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 0, 3 * size))
    save_bundle(bundle_folder, **make_content(seed=1))


def test_a_file_in_the_folder_s_way_is_one_line(tmp_path, make_content):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match="cannot be written"):
        save_bundle(tmp_path / "file" / "tiny", **make_content())


class TestRecovery:
    """A process killed between the two renames of a save."""

    @pytest.fixture
    def killed(self, bundle_folder, make_content, monkeypatch):
        """The folder of a bundle whose replacement was cut off there, as a power cut would: nothing is put back."""

        class Killed(BaseException):
            pass

        def kill_at_the_second(source, target):
            if Path(target) == bundle_folder:
                raise Killed
            Path(source).rename(target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", kill_at_the_second)
            patch.setattr(shutil, "rmtree", lambda *_, **__: None)
            # The clean-up's own rename is the same call: it is killed too.
            with pytest.raises(Killed):
                save_bundle(bundle_folder, **make_content(seed=1))
        assert not bundle_folder.exists()
        return bundle_folder

    @staticmethod
    def _later(monkeypatch, seconds: float) -> None:
        """ctime is the system's own: the clock moves instead."""
        now = time.time()
        monkeypatch.setattr(write.time, "time", lambda: now + seconds)

    def test_after_a_minute_the_old_bundle_is_back(self, killed, make_content, monkeypatch):
        self._later(monkeypatch, 61)
        recover_interrupted(killed.parent)
        assert _seed_of(killed, make_content) == 0
        assert not list(killed.parent.glob(".*-old"))
        recover_interrupted(killed.parent)
        save_bundle(killed, **make_content(seed=1))
        assert _seed_of(killed, make_content) == 1

    def test_before_it_another_process_may_still_be_at_it(self, killed, monkeypatch):
        os.utime(next(killed.parent.glob(".*-old")), (0, 0))  # a model trained long ago, put aside just now
        for seconds in (0, 50):
            self._later(monkeypatch, seconds)
            recover_interrupted(killed.parent)
            assert not killed.exists()

    def test_a_newer_bundle_in_its_place_stays(self, killed, make_content, monkeypatch):
        save_bundle(killed, **make_content(seed=1))
        self._later(monkeypatch, 1000)
        recover_interrupted(killed.parent)
        assert _seed_of(killed, make_content) == 1

    def test_a_name_with_dashes_is_put_back_whole(self, tmp_path, monkeypatch):
        (tmp_path / ".my-own-model-2-a1_b2c3d-old").mkdir()
        self._later(monkeypatch, 1000)
        recover_interrupted(tmp_path)
        assert _entries(tmp_path) == {"my-own-model-2"}

    def test_keeps_folders_that_are_not_interrupted_bundles(self, tmp_path, monkeypatch):
        names = {".tiny-a1b2c3d4", "tiny-a1b2c3d4-old", ".-old", "-old"}
        for name in names:
            (tmp_path / name).mkdir()
        self._later(monkeypatch, 1000)
        recover_interrupted(tmp_path)
        assert _entries(tmp_path) == names

    @pytest.mark.parametrize("fault", [FileNotFoundError(), PermissionError(), OSError(errno.ENOTEMPTY, "not empty")])
    def test_a_listing_does_not_fail_of_it(self, killed, monkeypatch, fault):
        """Another process was faster, or the folder is not writable."""

        def fails(*_):
            raise fault

        self._later(monkeypatch, 1000)
        monkeypatch.setattr(os, "replace", fails)
        recover_interrupted(killed.parent)

    def test_a_folder_that_is_not_there(self, tmp_path):
        recover_interrupted(tmp_path / "absent")
        assert _entries(tmp_path) == set()


class TestWritable:
    def test_it_makes_the_folder_and_leaves_nothing_in_it(self, tmp_path):
        check_writable(tmp_path / "a" / "b")
        assert _entries(tmp_path / "a" / "b") == set()
        check_writable(tmp_path / "a" / "b")

    def test_a_file_in_the_way(self, tmp_path):
        (tmp_path / "file").write_text("x")
        for folder in (tmp_path / "file", tmp_path / "file" / "models"):
            with pytest.raises(BundleError, match=r"is not writable: .*Choose another folder"):
                check_writable(folder)

    def test_a_read_only_place(self, tmp_path, monkeypatch):
        def read_only(**_):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr("tempfile.TemporaryFile", read_only)
        with pytest.raises(BundleError, match="Read-only file system"):
            check_writable(tmp_path)


class TestRefusals:
    """Contents that could not be loaded are not written."""

    @pytest.mark.parametrize(
        "change",
        [
            {"id": "No Name"},
            {"title": ""},
            {"title": "x" * 81},
            {"config": ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 7), dense_units=10)},
            {"config": ModelConfig(image_shape=(8, 8, 1), latent_dim=4, widths=(4, 6), dense_units=10)},
            {"config": ModelConfig(image_shape=(128, 128, 3), widths=(512,) * 4, dense_units=4096)},
        ],
    )
    def test_a_bundle_that_does_not_hold_together(self, bundle_folder, make_content, change):
        with pytest.raises(BundleError):
            save_bundle(bundle_folder, **make_content(seed=1) | change)
        assert _seed_of(bundle_folder, make_content) == 0
        assert _entries(bundle_folder.parent) == {"tiny"}

    def test_weights_of_a_run_that_diverged(self, bundle_folder, make_content):
        content = make_content(seed=1)
        content["weights"]["encoder/z_mean/bias"][0] = np.nan
        with pytest.raises(BundleError, match="diverged"):
            save_bundle(bundle_folder, **content)
        assert _seed_of(bundle_folder, make_content) == 0
