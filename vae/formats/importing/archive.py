"""Reads the three members of a `.keras` archive: known names only, sizes checked before and after unpacking."""

import zipfile
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.message import message

__all__ = ["KERAS_MEMBERS", "read_keras_archive"]

# The members that Keras 3 writes, with their largest sizes in bytes.
KERAS_MEMBERS = {"metadata.json": 10_000, "config.json": 1_000_000, "model.weights.h5": 200_000_000}


def read_keras_archive(path: Path, name: str) -> dict[str, bytes]:
    """Return the members by name.

    Args:
        name: of the file, for errors.

    Raises:
        ImportRefusedError: the file is not a zip, has other members, lacks one, or one is too large or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            foreign = sorted(set(names) - KERAS_MEMBERS.keys())
            missing = sorted(KERAS_MEMBERS.keys() - set(names))
            if foreign:
                raise ImportRefusedError(
                    message(
                        "{name} contains {foreign}. A Keras archive of a network contains only a configuration "
                        "and weights.",
                        name=name,
                        foreign=repr(foreign[0][:80]),
                    ),
                    "Save a model without assets, such as vocabularies or other files.",
                )
            if missing or len(names) != len(set(names)):
                what = f"lacks {missing[0]}" if missing else "contains a member twice"
                raise ImportRefusedError(
                    message("{name} {what}.", name=name, what=what),
                    "Save it again with Keras 3: model.save('x.keras').",
                )
            return {member.filename: _read(archive, member, name) for member in members}
    except ImportRefusedError:
        raise
    except Exception as error:  # zip and decompression libraries do not document their exceptions
        raise ImportRefusedError(
            message("{name} cannot be unpacked: {error}.", name=name, error=error), "Save it again with Keras 3."
        ) from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    most = KERAS_MEMBERS[member.filename]
    if member.file_size <= most:
        with archive.open(member) as stream:
            data = stream.read(most + 1)  # the size in the directory may be wrong
        if len(data) <= most:
            return data
    raise ImportRefusedError(
        message(
            "{filename} of {name} has more than {most} bytes.", filename=member.filename, name=name, most=f"{most:,}"
        ),
        "Save a smaller network.",
    )
