"""The three members of a `.keras` archive: known names only, sizes checked before and after anything is unpacked."""

import zipfile
from pathlib import Path

from vae.errors import ImportRefusedError

__all__ = ["KERAS_MEMBERS", "read_keras_archive"]

# What Keras 3 writes, and the most bytes of each.
KERAS_MEMBERS = {"metadata.json": 10_000, "config.json": 1_000_000, "model.weights.h5": 200_000_000}


def read_keras_archive(path: Path, name: str) -> dict[str, bytes]:
    """The members by name.

    Args:
        name: the person's name of the file, for errors.

    Raises:
        ImportRefusedError: no zip, another member than the three, one missing or too large, or it cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            foreign = sorted(set(names) - KERAS_MEMBERS.keys())
            missing = sorted(KERAS_MEMBERS.keys() - set(names))
            if foreign:
                raise ImportRefusedError(
                    f"{name} holds {foreign[0][:80]!r}: a Keras archive of a network has a configuration and weights "
                    "and nothing else.",
                    "Save a model without assets, such as vocabularies or other files.",
                )
            if missing or len(names) != len(set(names)):
                what = f"lacks {missing[0]}" if missing else "holds a member twice"
                raise ImportRefusedError(f"{name} {what}.", "Save it again with Keras 3: model.save('x.keras').")
            return {member.filename: _read(archive, member, name) for member in members}
    except ImportRefusedError:
        raise
    except Exception as error:  # what the parsers of zips and of their compressions raise is no promise of theirs
        raise ImportRefusedError(f"{name} cannot be unpacked: {error}.", "Save it again with Keras 3.") from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    most = KERAS_MEMBERS[member.filename]
    if member.file_size <= most:
        with archive.open(member) as stream:
            data = stream.read(most + 1)  # the directory's size is only a claim
        if len(data) <= most:
            return data
    raise ImportRefusedError(
        f"{member.filename} of {name} has more than {most:,} bytes.", "No network that can be explored needs so much."
    )
