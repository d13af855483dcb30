"""Keeps the scripts and styles in memory, with a version: a hash of their names and contents."""

import gzip
import hashlib
import mimetypes
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["AssetFiles", "Snapshot"]

_TYPES = {".js": "text/javascript", ".css": "text/css"}  # as the system's table may lack or change them
_DIGITS = 16  # of the version, hexadecimal


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The files at one time.

    Args:
        version: a hash of all names and contents.
        files: path → content. Paths are relative, with slashes.
    """

    version: str
    files: Mapping[str, bytes]
    _packed: dict[str, bytes] = field(default_factory=dict)

    def packed(self, path: str) -> bytes:
        """Return a file compressed with gzip."""
        if path not in self._packed:
            self._packed[path] = gzip.compress(self.files[path], mtime=0)
        return self._packed[path]

    @staticmethod
    def media_type(path: str) -> str:
        """Return the media type of a file by its suffix."""
        return _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


class AssetFiles:
    """The files of some folders. Methods may be called from any thread.

    A file is served from memory, so that the content at a versioned address is the content that was hashed, even if
    the file changes between two requests.

    Args:
        root: folder to which paths are relative.
        folders: folders in `root` that are served.
        derive: path → content of the files, to more files that are made from them.
    """

    def __init__(
        self,
        root: Path,
        folders: tuple[str, ...],
        derive: Callable[[Mapping[str, bytes]], Mapping[str, bytes]] = lambda files: {},
    ):
        self._root = root
        self._folders = folders
        self._derive = derive
        self._lock = threading.Lock()
        self._stamps: list[tuple[str, int, int]] = []
        self._snapshot: Snapshot | None = None

    def current(self) -> Snapshot:
        """Return the files as they are on disk. Files are read again only after a change."""
        with self._lock:
            stamps = self._look()
            if self._snapshot is None or stamps != self._stamps:
                self._snapshot, self._stamps = self._read([path for path, _, _ in stamps]), stamps
            return self._snapshot

    def latest(self) -> Snapshot:
        """Return the files as `current` last read them."""
        return self._snapshot or self.current()

    def _look(self) -> list[tuple[str, int, int]]:
        """Return path, modification time and size of all files, sorted."""
        found: list[tuple[str, int, int]] = []
        for folder in self._folders:
            for path in (self._root / folder).rglob("*"):
                if path.is_file():
                    status = path.stat()
                    found.append((path.relative_to(self._root).as_posix(), status.st_mtime_ns, status.st_size))
        return sorted(found)

    def _read(self, paths: list[str]) -> Snapshot:
        files = {path: (self._root / path).read_bytes() for path in paths}
        files |= self._derive(files)
        total = hashlib.sha256()
        for path, content in files.items():
            total.update(f"{path}\0{len(content)}\0".encode())
            total.update(content)
        return Snapshot(total.hexdigest()[:_DIGITS], files)
