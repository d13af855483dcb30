"""The test images of Pillow, from the package index that pip is configured with."""

import hashlib
import json
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from http.client import HTTPException
from pathlib import Path

__all__ = ["download", "unpack"]

VERSION = "13.0.0"
_SECONDS = 10  # until the server answers


def download(folder: Path) -> Path:
    """The source archive of Pillow, downloaded once and checked by the digest of the index.

    Raises:
        OSError: the archive cannot be downloaded.
    """
    try:
        return _download(folder)
    except (HTTPException, KeyError) as error:  # a truncated answer, or not that of an index
        raise OSError(f"The package index gave an invalid answer: {error!r}") from error


def _download(folder: Path) -> Path:
    archive = folder / f"pillow-{VERSION}.tar.gz"
    if not archive.exists():
        index = _index().rstrip("/")
        request = urllib.request.Request(f"{index}/pillow/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            base, listed = answer.url, _listed(answer.read())
        with urllib.request.urlopen(urllib.parse.urljoin(base, listed["url"]), timeout=_SECONDS) as answer:
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != listed["hashes"].get("sha256"):
            raise OSError("The archive does not have the digest of the index.")
        partial = archive.with_suffix(".part")
        partial.write_bytes(content)
        partial.replace(archive)
    return archive


def unpack(archive: Path, folder: Path) -> Path:
    """Extract its pictures; return their folder."""
    top = f"pillow-{VERSION}/Tests/images"
    with tarfile.open(archive) as tar:
        tar.extractall(folder, [member for member in tar if member.name.startswith(f"{top}/")], filter="data")
    return folder / top


def _index() -> str:
    from pip._internal.models.index import PyPI

    for key in (":env:.index-url", "global.index-url"):
        request = [sys.executable, "-m", "pip", "config", "get", key]
        done = subprocess.run(request, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return PyPI.simple_url


def _listed(answer: bytes) -> dict:
    try:
        files = json.loads(answer)["files"]
    except ValueError as error:
        raise OSError("The index does not answer in JSON.") from error
    for file in files:
        if file["filename"].lower() == f"pillow-{VERSION}.tar.gz":
            return file
    raise OSError(f"The index has no source of Pillow {VERSION}.")
