"""Writes reproducible zips: the same content gives the same bytes."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

__all__ = ["write_zip"]


def write_zip(content: Mapping[str, bytes | Path], file: Path) -> None:
    """Write a zip of bytes and files by name, all with the same time of modification."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if isinstance(data, Path) and data.is_dir():
                continue
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, data if isinstance(data, bytes) else data.read_bytes())
