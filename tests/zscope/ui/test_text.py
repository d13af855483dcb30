"""Untrusted text is shown literally: a Markdown parser reads it as one plain line."""

import re
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from zscope.ui.text import html_text, plain, plotly_text

# CommonMark, with the two additions of Streamlit's that a parser of ours knows.
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What Streamlit looks for in the text after parsing, from its own bundle: addresses, icons, emoji, colours, arrows.
REPLACED = re.compile(
    r"https?://|www\.|[-.\w+]@[-\w]|:[-+\w]+[:\[]|:material/|->|<-|--|>=|<=|~=|mailto:\w|xmpp:\w", re.IGNORECASE
)
ATTACKS = [
    "![x](https://evil.example/p.png)", "[x](https://evil.example)", "<https://evil.example>", "<img src=x>",
    "https://evil.example", "www.evil.example", "WWW.evil.example", "me@evil.example", "mailto:me@evil.example",
    "`code`", "~~~\ncode", "    code", "a\r\r    code", "a\n\n# b", "\tcode", "# head", "head\n===", "head\n---",
    "* item", "- item", "+ item", "1. item", "1) item", "> quote", "***", "___", "**b** _i_ ~~s~~", "a  \nb", "a\\\nb",
    "&amp; &lt; &#33; &copy", "[a]: /url\n[a]", "[^1]", "|a|b|\n|-|-|\n|c|d|", "$x^2$ $$y$$", ":red[x] :red-badge[x]",
    ":smile: :material/warning: :streamlit:", "a -> b <- c -- d <-> e >= f <= g ~= h", "\\", "a\u2028\u2028b",
    "\x1c# b", "<!-- x -->",
]  # fmt: skip


def read(markdown: str) -> str:
    """What a Markdown reader shows; fails at anything but one paragraph of text."""
    tokens = PARSER.parse(markdown)
    kinds = [token.type for token in tokens]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"]), (markdown, kinds)
    parts = [part for token in tokens for part in token.children or ()]
    assert {part.type for part in parts} <= {"text"}, (markdown, parts)
    return "".join(part.content for part in parts)


def _check(text: str) -> None:
    shown = read(plain(text))
    assert not REPLACED.search(shown), shown
    # Line ends and runs of blanks become one blank; the joiner is invisible; NUL is not a character of Markdown.
    wanted = " ".join(text.split()).replace("\0", "\ufffd")
    assert shown.replace("\u2060", "") == wanted.replace("\u2060", "")


@pytest.mark.parametrize("text", ATTACKS)
def test_special_characters_are_shown_literally(text):
    _check(text)
    _check(f"see {text} there")


def test_ordinary_words_stay_readable():
    assert plain("No such model") == "No such model"
    assert read(plain("No model is called 'it's'. Use 1–3 (10 %)!")) == "No model is called 'it's'. Use 1–3 (10 %)!"
    assert plain("") == plain(" \n\t ") == ""


@given(st.text(max_size=80))
@example("\0")
def test_any_text_is_itself(text):
    _check(text)


SIGNS = st.sampled_from([*"\\`*_{}[]()#+-.!|<>~$:@&/=\"'^%;,1aw \t\n\r", "www.", "://", "http", "\n\n", "    ", "]("])


@given(st.lists(SIGNS, max_size=25).map("".join))
def test_any_heap_of_signs_is_itself(text):
    _check(text)


@given(st.lists(SIGNS | st.sampled_from(ATTACKS), max_size=6).map("".join))
def test_it_stays_inside_a_sentence_of_ours(text):
    """As a fault is shown: after a bold id, in the same paragraph."""
    name, fault = plain(text) or "x", plain(text)
    (_, inline, _) = PARSER.parse(f"Warning: Can't open **{name}**: {fault}")
    assert [part.type for part in inline.children if part.type != "text"] == ["strong_open", "strong_close"]


def test_the_direction_of_writing_is_never_turned():
    for shown in (plain, html_text, plotly_text):
        assert shown("photo\u202egnp.exe\u2066\u200f") in ("photognp.exe", r"photognp\.exe")
        assert shown("שלום") == "שלום"


def test_html_in_text_and_in_attributes():
    assert html_text("<b title='x'>&\"") == "&lt;b title=&#x27;x&#x27;&gt;&amp;&quot;"


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b>",
        '<a href="https://evil.example">x</a>',
        "a<br>b",
        "&lt;b&gt;",
        "%{meta}",
        "$x^2$",
        "cats & dogs",
        "5 < 6",
    ],
)
def test_removes_all_markup_of_plotly(text):
    escaped = plotly_text(text)
    assert not re.search(r"[<>%$]|&(?!#\d+;)", escaped)
    assert unescape(escaped) == text
