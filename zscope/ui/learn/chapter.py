"""What a chapter consists of.

All texts are plain data, each a complete sentence or title, so that they can be translated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Chapter", "Figure", "Link", "Mistake"]


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        name: key in `assets/js/learn/figure.js`.
        options: arguments of the figure.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """A link to another page of the app.

    Attributes:
        page: name of its file in `pages`.
        text: what to do there.
    """

    page: str
    text: str


@dataclass(frozen=True)
class Mistake:
    """A mistake that tutorials contain, as lines of code of which one or more are wrong.

    Attributes:
        id: its name in the address and in tests.
        title: what the code is meant to do.
        lines: lines of code, or of a formula.
        wrong: indices of the wrong lines.
        right: the lines that replace them.
        explanation: what is wrong, and what it does.
        models: key in `assets/learn/models.json` → title, of small models to compare; the right one first.
        figure: a figure that shows the effect.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    wrong: tuple[int, ...]
    right: tuple[str, ...]
    explanation: str
    models: Mapping[str, str] = field(default_factory=dict)
    figure: Figure | None = None


@dataclass(frozen=True)
class Chapter:
    """One chapter.

    Attributes:
        id: its name in the address, `?chapter=…`.
        title: its heading.
        question: one line for the table of contents.
        text: paragraphs, Markdown with formulas between dollar signs; at most 200 words in all.
        formulas: LaTeX, a line each.
        try_it: what to do with the figure.
        figures: its figures, from top to bottom.
        code: references "module:name" to the project's own code; its source is read when the page is shown.
        mistakes: what tutorials get wrong.
        links: pages of the app that continue the chapter.
        extra: name of a function of `zscope.ui.learn.extras` that shows more; "" for none.
    """

    id: str
    title: str
    question: str
    text: tuple[str, ...]
    try_it: str
    figures: tuple[Figure, ...]
    formulas: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    links: tuple[Link, ...] = ()
    extra: str = ""
