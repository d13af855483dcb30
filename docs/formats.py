"""Writes the table of export formats in user-guide.md from their objects: `python -m docs.formats`."""

import re
from pathlib import Path

from vae.formats.exporting import FORMATS

__all__ = ["GUIDE", "export_table", "with_export_table"]

GUIDE = Path(__file__).parent / "user-guide.md"
_TABLE = re.compile(r"(### Export a model\n\n)(?:\|.*\n)+")


def export_table() -> str:
    """Return the table, one line for each registered format."""
    rows = ["| format | `--format` | contents | to load it |", "|---|---|---|---|"]
    for one in FORMATS.values():
        install = f"`pip install numpy {one.install}`" if one.install else ""
        rows.append(f"| {one.title} | `{one.key}` | {one.contents} | {install} |")
    return "\n".join(rows) + "\n"


def with_export_table(guide: str) -> str:
    """Return the text of the user guide with its table replaced.

    Raises:
        ValueError: it has no table under "Export a model".
    """
    if not _TABLE.search(guide):
        raise ValueError("The user guide has no table under the heading 'Export a model'.")
    return _TABLE.sub(lambda found: found[1] + export_table(), guide)


if __name__ == "__main__":
    GUIDE.write_text(with_export_table(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
