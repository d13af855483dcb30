"""Other people's words on our pages."""

import re

__all__ = ["plain"]

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:@&/=])")


def plain(text: str) -> str:
    """Text that Streamlit shows as it is: no links, pictures, formulas or icons.

    Whatever comes from a URL or a bundle goes through here. As Markdown, a stranger's `![](https://…)` would make every
    visitor's browser call another host.
    """
    return _SIGNS.sub(r"\\\1", text.replace("\n", " "))
