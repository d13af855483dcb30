"""Shows the table of contents, or one chapter: text, formula, figures, code and mistakes."""

import streamlit as st

from vae.assets import APP
from zscope.ui.language import _
from zscope.ui.learn import extras
from zscope.ui.learn.chapter import Chapter
from zscope.ui.learn.chapters import CHAPTERS
from zscope.ui.learn.component import show_figures, show_mistake
from zscope.ui.learn.source import source_of

__all__ = ["PARAMETER", "chapter_of", "show_chapter", "show_contents"]

PARAMETER = "chapter"  # of the address: id of the chapter
_STYLE = """<style>
.stMain [data-testid='stHeading'] h3 { font-size: 1.1rem; padding: 0.5rem 0 0.4rem; }
.st-key-learn-chapters { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
@media (max-width: 1050px) { .st-key-learn-page [data-testid='stColumn'] { min-width: 100%; } }
.st-key-learn-layers [data-testid='stMarkdownContainer'] { overflow-x: auto; font-size: 0.87rem; }
.st-key-learn-layers :is(th, td) { white-space: nowrap; padding-inline: 0.5rem; }
.st-key-learn-text .katex-display { margin: 0.2rem 0; overflow-x: auto; overflow-y: hidden; padding: 0.2rem 0; }
@media (max-width: 640px) {
  .st-key-learn-text .katex-display > .katex { font-size: 1em; }
  .st-key-learn-layers [data-testid='stMarkdownContainer'] { font-size: 0.78rem; }
  .st-key-learn-layers :is(th, td) { padding-inline: 0.35rem; }
}
</style>"""


def chapter_of(id: str | None) -> Chapter | None:
    """Return the chapter of an address; None if there is none with that id."""
    return next((chapter for chapter in CHAPTERS if chapter.id == id), None)


def show_contents() -> None:
    """Show the list of all chapters."""
    _write_address(None)
    st.html(_STYLE)
    st.title(_("Learn"), anchor=False)
    st.markdown(
        _(
            "Variational autoencoders in short chapters. Each one has a figure to play with, the formula, and the code"
            " of this project. *Spot the bug* shows mistakes that tutorials contain, and measures what they do."
        )
    )
    with st.container(key="learn-chapters"):
        for number, chapter in enumerate(CHAPTERS, 1):
            with st.container(gap="xxsmall", border=True):
                _link(chapter, f"**{number}. {_(chapter.title)}**")
                st.caption(_(chapter.question))
                if chapter.mistakes:
                    found = _("Mistakes to find: {count}", count=len(chapter.mistakes))
                    st.caption(f":material/bug_report: {found}")
    st.caption(
        _(
            "All numbers are measured: by the figure itself, or by `python -m docs.learn_models`, which trains the"
            " small models with the training code of this project on the train split of MNIST."
        )
    )


def show_chapter(chapter: Chapter) -> None:
    """Show a chapter."""
    _write_address(chapter)
    st.html(_STYLE)
    position = CHAPTERS.index(chapter)
    _show_links(position, titles=False)
    st.title(f"{position + 1}. {_(chapter.title)}", anchor=False)
    with st.container(key="learn-page"):
        _show_parts(chapter)
    if chapter.links:
        st.subheader(_("Continue in the app"), anchor=False)
        for link in chapter.links:
            st.page_link(_file(link.page), label=_(link.text), icon=":material/arrow_forward:")
    _show_links(position, titles=True)


def _show_parts(chapter: Chapter) -> None:
    """Show text and figures, and below them code and mistakes: on a phone, the figure follows the text."""
    text, figures = st.columns([5, 7], gap="medium")
    with text, st.container(key="learn-text"):
        for paragraph in chapter.text:
            st.markdown(_(paragraph))
        for formula in chapter.formulas:
            st.latex(_(formula))
        st.info(_(chapter.try_it), icon=":material/touch_app:")
    with figures:
        show_figures(chapter)
    code, mistakes = st.columns([5, 7], gap="medium") if chapter.mistakes else (st.container(), st.container())
    with code:
        st.subheader(_("Our code"), anchor=False)
        _show_code(chapter.code)
    with mistakes:
        if chapter.mistakes:
            st.subheader(_("Spot the bug"), anchor=False)
        for mistake in chapter.mistakes:
            show_mistake(mistake)
    if chapter.extra:
        getattr(extras, chapter.extra)()


def _write_address(chapter: Chapter | None) -> None:
    """Write the chapter into the address. A link to the page that is shown does not do that in Streamlit."""
    others = {name: value for name, value in st.query_params.to_dict().items() if name != PARAMETER}
    st.query_params.from_dict(others | ({PARAMETER: chapter.id} if chapter else {}))


def _show_code(references: tuple[str, ...]) -> None:
    for reference in references:
        source = source_of(reference)
        st.caption(f"`{source.place}`")
        st.code(source.text, language="python", wrap_lines=True)


def _show_links(position: int, titles: bool) -> None:
    """Link the table of contents, and the chapters before and after, with their titles if there is space."""
    with st.container(horizontal=True, gap="small"):
        st.page_link(_file("learn"), label=_("All chapters"), icon=":material/list:", query_params={})
        if position > 0:
            before = CHAPTERS[position - 1]
            _link(
                before,
                _("Previous: {title}", title=_(before.title)) if titles else _("Previous"),
                ":material/arrow_back:",
            )
        if position + 1 < len(CHAPTERS):
            after = CHAPTERS[position + 1]
            _link(after, _("Next: {title}", title=_(after.title)) if titles else _("Next"), ":material/arrow_forward:")


def _link(chapter: Chapter, label: str, icon: str | None = None) -> None:
    st.page_link(_file("learn"), label=label, icon=icon, query_params={PARAMETER: chapter.id})


def _file(page: str) -> str:
    """Return the path by which Streamlit finds a page."""
    return str(APP / "pages" / f"{page}.py")
