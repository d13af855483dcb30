"""Ignores refused model files when the user adds other files in the same dialog."""

from collections.abc import Callable, Sequence
from typing import Protocol

from vae.errors import ImportRefusedError
from zscope.jobs.importing.launcher import Intake, take_in

__all__ = ["RefusedFiles"]


class _Upload(Protocol):
    """A file of `st.file_uploader`."""

    file_id: str
    name: str

    def getvalue(self) -> bytes: ...


class RefusedFiles:
    """Remembers the files of a dialog that were refused.

    The uploader keeps a refused file when others are added. All files are first read together, since a file may have
    been refused only because the other half of its model was missing. Files that are still refused for the same reason
    are then left out.

    Args:
        take: reads files, as `zscope.jobs.importing.launcher.take_in` does.
    """

    def __init__(self, take: Callable[[list[tuple[str, bytes]]], Intake] = take_in):
        self._take = take
        self._left_out: set[str] = set()
        self._tried: set[str] = set()  # at the last refusal
        self._reason = ""  # of the last refusal

    def take_in(self, uploads: Sequence[_Upload]) -> Intake:
        """Read model files without those that are refused in any combination.

        Args:
            uploads: all files of the uploader.

        Raises:
            ImportRefusedError: with the reason of the refusal.
            OSError: a file cannot be copied.
        """
        ids = {upload.file_id for upload in uploads}
        if ids <= self._left_out:  # the accepted files were removed
            self._left_out.clear()
        try:
            return self._read(uploads, ids - self._left_out)
        except ImportRefusedError as error:
            before = self._tried & ids - self._left_out
            new = ids - self._left_out - before
            if before and new and str(error) == self._reason:
                self._left_out |= before
                return self.take_in(uploads)
            if before and new and self._reason_for(uploads, new) == str(error):
                self._left_out |= new
            else:
                self._tried, self._reason = before | new, str(error)
            raise

    def _read(self, uploads: Sequence[_Upload], ids: set[str]) -> Intake:
        return self._take([(upload.name, upload.getvalue()) for upload in uploads if upload.file_id in ids])

    def _reason_for(self, uploads: Sequence[_Upload], ids: set[str]) -> str:
        """Why these files alone are refused; "" if they are accepted."""
        try:
            self._read(uploads, ids).discard()
        except ImportRefusedError as error:
            return str(error)
        return ""
