"""Names that strangers gave: labels to be shown, and ids made from them. Never paths."""

import re
import unicodedata

from vae.data.generated import is_drawn

__all__ = ["DATA_ID", "clean_label", "make_id"]

DATA_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
_SLUG = 48  # characters, so that a number still fits behind


def clean_label(text: str, most: int = 60) -> str:
    """One line of visible text, or "": NFC, no control or direction signs, at most `most` characters."""
    # Categories C*: control, format (which turn the direction of writing), surrogates (bytes that are no UTF-8).
    visible = "".join(
        " " if unicodedata.category(sign)[0] == "Z" or sign in "\t\n\r" else sign
        for sign in unicodedata.normalize("NFC", text[: 20 * most])
        if sign in "\t\n\r" or unicodedata.category(sign)[0] != "C"
    )
    line = " ".join(visible.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def make_id(title: str, taken) -> str:
    """An id for a title, unlike all that `taken(id) -> bool` says yes to: "Café, 2026" → "cafe-2026".

    It is never one that is kept for the pictures that a model draws itself (`vae.data.generated`).
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG].strip("-") or "images"
    if is_drawn(f"{slug}-"):  # with what may come behind it: a number
        slug = f"images-{slug}"[:_SLUG].strip("-")
    number, name = 1, slug
    while taken(name):
        number += 1
        name = f"{slug}-{number}"
    return name
