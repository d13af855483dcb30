"""Other people's words on our pages."""

import re

__all__ = ["plain"]

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:@&/=])")
_JOINER = "\u2060"  # shown as nothing at all
# Streamlit looks for addresses, icons and arrows in the text once more after Markdown's escapes are gone: cut them.
_AFTER_PARSING = re.compile(r"(?<=[:@])|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def plain(text: str) -> str:
    """Text that Streamlit shows as it is, in one line: no links, pictures, formulas or icons.

    Whatever comes from a URL or a bundle goes through here. As Markdown, a stranger's `![](https://…)` would make every
    visitor's browser call another host.
    """
    line = " ".join(text.split())  # a line break or an indent could start a block
    return _SIGNS.sub(r"\\\1", _AFTER_PARSING.sub(_JOINER, line))
