"""Cleans untrusted names for display and makes ids from them; neither is ever used as a path."""

import re
import unicodedata

from vae.data.generated import is_generated

__all__ = ["DATA_ID", "clean_label", "make_id"]

DATA_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
_SLUG = 48  # characters, so that a number still fits after it


def clean_label(text: str, most: int = 60) -> str:
    """Return one line of visible text, or "": NFC, without control or direction characters, at most `most` long."""
    # Categories C*: control, format (including changes of writing direction), surrogates (bytes that are not UTF-8).
    visible = "".join(
        " " if unicodedata.category(sign)[0] == "Z" or sign in "\t\n\r" else sign
        for sign in unicodedata.normalize("NFC", text[: 20 * most])
        if sign in "\t\n\r" or unicodedata.category(sign)[0] != "C"
    )
    line = " ".join(visible.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def make_id(title: str, taken) -> str:
    """Make an id from a title that `taken(id) -> bool` does not know: "Café, 2026" → "cafe-2026".

    Ids that are reserved for generated data (`vae.data.generated`) are never returned.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG].strip("-") or "images"
    if is_generated(f"{slug}-"):  # a number may follow
        slug = f"images-{slug}"[:_SLUG].strip("-")
    number, name = 1, slug
    while taken(name):
        number += 1
        name = f"{slug}-{number}"
    return name
