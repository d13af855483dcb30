"""The component of the Learn page: the figures of a chapter, or one of its mistakes."""

from collections.abc import Mapping

from vae.pictures.colors import CLASS_COLORS
from zscope.messages import LearnFigure, LearnMistake, LearnPage
from zscope.ui.component_data import declare
from zscope.ui.language import _
from zscope.ui.learn.chapter import Chapter, Figure, Mistake
from zscope.ui.server import base_path

__all__ = ["show_figures", "show_mistake"]

_LEARN = declare("learn", "learn")
_TEXTS = ("title", "name", "models", "notes")  # options of figures that are shown


def show_figures(chapter: Chapter) -> None:
    """Show the figures of a chapter."""
    _LEARN(key=f"learn-{chapter.id}", data=_page([_figure(figure) for figure in chapter.figures], None))


def show_mistake(mistake: Mistake) -> None:
    """Show a mistake as lines of code of which the reader selects a wrong one."""
    data: LearnMistake = {
        "id": mistake.id,
        "title": _(mistake.title),
        "lines": [_(line) for line in mistake.lines],
        "wrong": list(mistake.wrong),
        "right": [_(line) for line in mistake.right],
        "explanation": _(mistake.explanation),
        "models": [{"key": key, "title": _(title)} for key, title in mistake.models.items()],
        "figure": _figure(mistake.figure) if mistake.figure else None,
    }
    _LEARN(key=f"mistake-{mistake.id}", data=_page([], data))


def _page(figures: list[LearnFigure], mistake: LearnMistake | None) -> LearnPage:
    return {
        "base": base_path(),
        "url": f"{base_path()}/assets/learn",
        "colors": list(CLASS_COLORS),
        "figures": figures,
        "mistake": mistake,
    }


def _figure(figure: Figure) -> LearnFigure:
    texts = {name: _shown(figure.options[name]) for name in _TEXTS if name in figure.options}
    return {"name": figure.name, "options": {**figure.options, **texts}}


def _shown(text: str | Mapping[str, str]) -> str | dict[str, str]:
    """Return a text in the session's language, or texts by key."""
    return _(text) if isinstance(text, str) else {key: _(one) for key, one in text.items()}
