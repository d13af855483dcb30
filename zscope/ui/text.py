"""Escapes untrusted text for Streamlit, HTML and Plotly."""

import re
from html import escape

from vae.bidi import without_direction

__all__ = ["html_text", "plain", "plotly_text"]

# Plotly's tags and entities, its templates `%{…}` and its formulas `$…$`.
_PLOTLY = {ord(sign): f"&#{ord(sign)};" for sign in "&<>%$"}
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:@&/=])")
_JOINER = "\u2060"  # invisible
# After Markdown's escapes are resolved, Streamlit searches the text for URLs, icons and arrows: split them.
_AFTER_PARSING = re.compile(r"(?<=[:@])|(?<=www)(?=\.)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE)


def plain(text: str) -> str:
    """Escape text so that Streamlit shows it literally, in one line: no links, pictures, formulas or icons.

    All text from a URL or a bundle must pass through here. As Markdown, an untrusted `![](https://…)` would make the
    browser of every user contact another host.
    """
    line = " ".join(without_direction(text).split())  # a line break or an indent could start a block
    return _SIGNS.sub(r"\\\1", _AFTER_PARSING.sub(_JOINER, line))


def html_text(text: str) -> str:
    """Escape text so that HTML shows it literally, also in an attribute."""
    return escape(without_direction(text))


def plotly_text(text: str) -> str:
    """Escape text so that a Plotly figure shows it literally: no links, tags or templates.

    The same as `plotlyText` of `assets/js/map/plot.js`.
    """
    return " ".join(without_direction(text).split()).translate(_PLOTLY)
