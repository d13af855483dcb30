"""Bundled talks in the language of the session."""

from dataclasses import replace

from zscope.library.talks import Talk, TalkEntry, is_bundled, list_talks, load_talk
from zscope.ui.language import _

__all__ = ["list_shown_talks", "load_shown_talk", "translated_talk"]


def list_shown_talks() -> tuple[TalkEntry, ...]:
    """List the talks as `list_talks` does. Titles of bundled ones are in the session's language."""
    return tuple(replace(entry, title=_(entry.title)) if entry.bundled else entry for entry in list_talks())


def load_shown_talk(id: str) -> Talk:
    """Read a talk as `load_talk` does. Titles and notes of a bundled one are in the session's language."""
    talk = load_talk(id)
    return translated_talk(talk) if is_bundled(id) else talk


def translated_talk(talk: Talk) -> Talk:
    """Return a bundled talk with its titles and notes in the session's language."""
    scenes = tuple(replace(scene, title=_(scene.title), notes=_(scene.notes)) for scene in talk.scenes)
    return replace(talk, title=_(talk.title), scenes=scenes)
