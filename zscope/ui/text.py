"""Other people's words on our pages."""

import re
from html import escape

from vae.bidi import without_direction

__all__ = ["html_text", "plain", "plotly_text"]

# Plotly's tags and entities, its templates `%{…}` and its formulas `$…$`.
_PLOTLY = {ord(sign): f"&#{ord(sign)};" for sign in "&<>%$"}
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:@&/=])")
_JOINER = "\u2060"  # shown as nothing at all
# Streamlit looks for addresses, icons and arrows in the text once more after Markdown's escapes are gone: cut them.
_AFTER_PARSING = re.compile(r"(?<=[:@])|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def plain(text: str) -> str:
    """Text that Streamlit shows as it is, in one line: no links, pictures, formulas or icons.

    Whatever comes from a URL or a bundle goes through here. As Markdown, a stranger's `![](https://…)` would make every
    visitor's browser call another host.
    """
    line = " ".join(without_direction(text).split())  # a line break or an indent could start a block
    return _SIGNS.sub(r"\\\1", _AFTER_PARSING.sub(_JOINER, line))


def html_text(text: str) -> str:
    """Text that HTML shows as it is, in an attribute too."""
    return escape(without_direction(text))


def plotly_text(text: str) -> str:
    """Text that a Plotly figure shows as it is: no links, no bold letters, no templates. As `plotlyText` of
    `assets/js/map/plot.js`."""
    return " ".join(without_direction(text).split()).translate(_PLOTLY)
