"""A file has its old or its new content, whatever fails."""

import errno
import os
import resource
import shutil
import signal
from collections import namedtuple
from pathlib import Path

import pytest

from vae.durable import append_line, check_space, sweep_leftovers, write_file
from vae.errors import TrainingError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "state"
    path.write_bytes(b"old")
    return path


def _entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class TestWriteFile:
    def test_it_creates_and_replaces(self, tmp_path):
        for data in (b"one", b"", b"three" * 100_000):
            write_file(tmp_path / "state", data)
            assert (tmp_path / "state").read_bytes() == data
        assert _entries(tmp_path) == {"state"}
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o644

    @pytest.mark.parametrize(
        ("place", "name", "nth"),
        [
            ("tempfile", "mkstemp", 1),
            ("os", "fsync", 1),
            ("os", "replace", 1),
            ("pathlib.Path", "open", 1),
            ("pathlib.Path", "chmod", 1),
            ("pathlib.Path", "read_bytes", 1),
        ],
    )
    def test_a_failure_keeps_the_old_content_and_leaves_no_other_file(self, file, monkeypatch, place, name, nth):
        def fails(*_, **__):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(f"{place}.{name}", fails)
            with pytest.raises(OSError, match="No space left"):
                write_file(file, b"new")
        assert file.read_bytes() == b"old"
        assert _entries(file.parent) == {"state"}

    def test_an_interrupt_keeps_the_old_content(self, file, monkeypatch):
        def interrupted(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("os.replace", interrupted)
            with pytest.raises(KeyboardInterrupt):
                write_file(file, b"new")
        assert (file.read_bytes(), _entries(file.parent)) == (b"old", {"state"})

    def test_a_disk_that_stores_other_bytes_is_noticed(self, file, monkeypatch):
        monkeypatch.setattr("vae.durable.write_through", lambda path, data: path.write_bytes(data[: len(data) // 2]))
        with pytest.raises(OSError, match="differ from those written"):
            write_file(file, b"new content")
        assert (file.read_bytes(), _entries(file.parent)) == (b"old", {"state"})

    def test_a_limit_of_the_system(self, file):
        """The system refuses files of this process beyond 4,096 bytes."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            with pytest.raises(OSError, match="File too large"):
                write_file(file, b"x" * 10_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert (file.read_bytes(), _entries(file.parent)) == (b"old", {"state"})

    def test_the_file_and_its_folder_are_flushed_in_this_order(self, file, monkeypatch):
        done, real_sync, real_replace = [], os.fsync, os.replace

        def fsync(descriptor):
            done.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
            real_sync(descriptor)

        def replace(source, target):
            done.append("rename")
            real_replace(source, target)

        monkeypatch.setattr("os.fsync", fsync)
        monkeypatch.setattr("os.replace", replace)
        write_file(file, b"new")
        assert done == ["file", "rename", "folder"]


def test_leftovers_of_a_killed_write_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # as a kill leaves it
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(5, "gone")))
        write_file(tmp_path / "state", b"new")
    monkeypatch.undo()
    (tmp_path / ".other").write_text("not ours")
    (left,) = _entries(tmp_path) - {".other"}
    assert left.startswith(".state-")
    sweep_leftovers(tmp_path)
    assert _entries(tmp_path) == {".other"}


class TestAppendLine:
    def test_lines_follow_each_other(self, tmp_path):
        for line in ("one", "two", "drei ü"):
            append_line(tmp_path / "log", line)
        assert (tmp_path / "log").read_text() == "one\ntwo\ndrei ü\n"

    def test_a_torn_line_is_closed_first(self, tmp_path):
        (tmp_path / "log").write_text('whole\n{"to')
        append_line(tmp_path / "log", "next", flush=True)
        assert (tmp_path / "log").read_text().splitlines() == ["whole", '{"to', "next"]

    def test_half_a_write_is_an_error(self, tmp_path):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        (tmp_path / "log").write_bytes(b"x" * 4090 + b"\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            with pytest.raises(OSError, match="only 5 of 21 bytes"):
                append_line(tmp_path / "log", "y" * 20)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        append_line(tmp_path / "log", "z")
        assert (tmp_path / "log").read_text().splitlines()[1:] == ["yyyyy", "z"]


def test_missing_space_is_reported(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 5_000_000, 5_000_000))
    check_space(tmp_path, 5_000_000)
    with pytest.raises(TrainingError, match=r"Can't write 6 MB to .*: 5 MB are free\. Free some space"):
        check_space(tmp_path, 6_000_000)
