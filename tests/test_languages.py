"""The languages: complete catalogues, marked texts in Python, and messages that keep what they were made from."""

import ast
import copy
import json
import pickle
import re
from pathlib import Path

import pytest

from docs.languages import __main__ as command
from docs.languages.checks import faults_of
from docs.languages.python_texts import texts_of
from docs.languages.sources import find_texts
from vae.errors import BadRequestError
from vae.message import Message, message, plural_message, read_message, write_message
from zscope.languages import language_of, translate, translate_told
from zscope.serving.http_errors import describe_fault

ROOT = Path(__file__).resolve().parents[1]
CHINESE = "zh-Hans"


def test_the_catalogues_are_complete_and_up_to_date(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["docs.languages", "--check"])
    assert (command.main(), capsys.readouterr().err.strip()) == (0, "")


@pytest.mark.parametrize(
    ("translations", "fault"),
    [
        ({"a": {}}, "no translation"),
        ({"a": {"{n} images": "图像"}}, "placeholders"),
        ({"a": {"{n} images": "{n} 张图像 "}}, "space at an end"),
        ({"a": {"{n} images": "{n} 张图像"}, "b": {"{n} images": "{n} 幅图像"}}, "another translation"),
    ],
)
def test_a_wrong_translation_is_found(translations, fault):
    texts = {name: {"{n} images": []} for name in translations}
    (found,) = faults_of(texts, translations)
    assert fault in found


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("zh-CN", CHINESE), ("zh", CHINESE), ("zh_SG", CHINESE), ("zh-Hans", CHINESE), ("zh-TW", None),
        ("en-US", "en"), ("en", "en"), ("fr-FR", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_language_of_a_browser(locale, tag):
    assert language_of(locale) == tag


class TestMessage:
    def test_is_its_english_text(self):
        text = message("No model is called {id}.", id="a{b}")
        assert (text, text.template, text.values) == (
            "No model is called a{b}.",
            "No model is called {id}.",
            {"id": "a{b}"},
        )
        assert message("A brace {stays}.") == "A brace {stays}."

    @pytest.mark.parametrize(("n", "expected"), [(0, "0 weights"), (1, "1 weight"), (1000, "1,000 weights")])
    def test_has_a_plural(self, n, expected):
        assert plural_message("{n} weight", "{n} weights", n, n=n if n < 1000 else "1,000") == expected

    def test_survives_other_processes_and_files(self):
        text = message("{outer}: {n}.", outer=message("Use {names}.", names="PNG"), n=3)
        for again in (
            pickle.loads(pickle.dumps(text)),
            copy.deepcopy(text),
            read_message(json.loads(json.dumps(write_message(text)))),
        ):
            assert (again, again.template, again.values["outer"].template) == (text, text.template, "Use {names}.")

    def test_is_translated_with_the_messages_in_it(self):
        text = message("Can't read {name}: {reason}.", name="x.png", reason=message("is missing"))
        assert translate(CHINESE, text) == "无法读取 x.png：缺失。"
        assert translate("en", text) == "Can't read x.png: is missing."


def test_a_text_without_translation_stays_english():
    assert translate(CHINESE, "A sentence that nobody wrote.") == "A sentence that nobody wrote."
    assert translate(CHINESE, "") == translate_told(CHINESE, "") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Free some space.", "请释放一些空间。"),
        ("No model is called mnist-3.", "没有名为 mnist-3 的模型。"),
        ("No run is called a.b. Start a new run.", "没有名为 a.b 的训练任务。请开始新的训练任务。"),
        ("My own words. Start a new run.", "My own words. Start a new run."),
    ],
)
def test_a_text_of_another_process_is_translated_by_its_template(text, expected):
    assert translate_told(CHINESE, text) == expected
    assert translate_told("en", text) == text


def test_the_browser_gets_what_an_error_was_made_from():
    fault = BadRequestError(message("No {noun} is called {key}.", noun="path", key="'x'"), "Choose another.")
    assert describe_fault(fault) == {
        "code": "bad_request", "message": "No path is called 'x'.", "mend": "Choose another.",
        "parts": {"template": "No {noun} is called {key}.", "values": {"noun": "path", "key": "'x'"}},
    }  # fmt: skip


# --- marked texts in Python ---

# Calls whose arguments people see, by the name of the function or method.
SHOWN = {
    "badge", "button", "caption", "checkbox", "dialog", "download_button", "error", "expander", "file_uploader",
    "info", "link_button", "markdown", "menu_button", "metric", "number_input", "pills", "popover", "progress",
    "radio", "segmented_control", "select_slider", "selectbox", "spinner", "subheader", "success", "tabs",
    "text_area", "text_input", "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
NOT_SHOWN = {
    "alignment", "color", "duration", "format", "gap", "horizontal_alignment", "icon", "key", "label_visibility",
    "language", "mime", "persist_state", "type", "vertical_alignment", "width",
}  # fmt: skip
# Literals there that are the same in every language.
SAME = {
    "/home/me/pictures": "a path",
    "euclidean": "a key",
    "0.5, 0.25": "numbers",
    "Language · 语言": "both languages at once",
    "text/html": "a media type",
    "text/csv": "a media type",
    "image/png": "a media type",
    "application/json": "a media type",
    "json": "a file type",
    "%.1f": "a number format",
}
PROSE = re.compile(r"[A-Za-z]{2,}")


def unmarked(path: Path) -> list[str]:
    """Texts that are shown without a mark, as "file:line: text"."""
    found = []
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", getattr(call.func, "id", "")) not in SHOWN:
            continue
        if getattr(getattr(call.func, "value", None), "id", "") == "LOGGER":
            continue
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg not in NOT_SHOWN)]
        for argument in given:
            for text, line in _literals(argument):
                if PROSE.search(_without_code(text)) and text not in SAME:
                    found.append(f"{path.name}:{line}: {text}")
    return found


def _literals(node: ast.AST):
    """Yield the literals of an expression that are shown: not in marks, subscripts, comparisons, or calls of others."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, node.lineno
    elif isinstance(node, ast.Call | ast.Subscript | ast.Compare | ast.Dict | ast.Lambda | ast.GeneratorExp):
        return
    else:
        for inner in ast.iter_child_nodes(node):
            yield from _literals(inner)


def _without_code(text: str) -> str:
    return re.sub(r":material/\w*|:gray\[|`[^`]*`|\bUTC\b|^(primary|secondary|tertiary)$|^[./-][\w./-]*$", "", text)


def _sources() -> list[Path]:
    files = [*(ROOT / "pages").glob("*.py"), *(ROOT / "zscope" / "ui").rglob("*.py")]
    return sorted(path for path in files if "learn" not in path.parts)


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_of_a_page_is_marked(path):
    assert unmarked(path) == []


@pytest.mark.parametrize(
    "source",
    [
        'st.button("Save map", key="Save map")',
        "st.caption(f'{n} images')",
        'st.info(_("Marked.") + " Not marked.")',
        'place.toast("Saved" if ok else _("Marked"))',
        'st.text_input(_("Name"), placeholder="Your name")',
    ],
)
def test_a_text_without_a_mark_is_found(tmp_path, source):
    (tmp_path / "page.py").write_text(source)
    assert len(unmarked(tmp_path / "page.py")) == 1


def test_marks_are_literals():
    """A mark of anything else would not be found by the extraction."""
    faults = []
    for path in [*_sources(), *(ROOT / "vae").rglob("*.py"), *(ROOT / "zscope").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if name in {"_", "N_", "message", "ngettext", "plural_message"} and call.args:
                bad = isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
                faults += [f"{path.name}:{call.lineno}"] if bad else []
    assert faults == []


def test_errors_that_people_see_have_no_formatted_text():
    """An f-string in an error has no template, so it would stay English."""
    faults = []
    for path in [*(ROOT / "vae").rglob("*.py"), *(ROOT / "zscope").rglob("*.py")]:
        if "cli" in path.parts:
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
            if name.endswith("Error") and name in OURS:
                faults += [f"{path.name}:{call.lineno}" for one in call.args if isinstance(one, ast.JoinedStr)]
    assert faults == []


OURS = {
    "BadRequestError", "BundleError", "DataError", "DataNotFoundError", "ImportRefusedError", "ModelNotFoundError",
    "NotFoundError", "TrainingError", "ZscopeError", "BusyError", "TooLargeError",
}  # fmt: skip


def test_the_extraction_reads_marks_errors_and_names(tmp_path):
    (tmp_path / "one.py").write_text(
        'raise DataError("A message.", message("Use {x}.", x=1))\n'
        'raise ValueError("For developers.")\n'
        'ngettext("{n} map", "{n} maps", n)\n'
        '_MEANING = "Short."\n'
        'PathKind(key="a", title="Straight", meaning=_MEANING)\n'
        '_("Yes" if ok else "No")\n'
        "class New(ExportFormat):\n    title = 'New format'\n    suffix = '.new'\n"
    )
    assert set(texts_of(tmp_path / "one.py")) == {
        "A message.", "Use {x}.", ("{n} map", "{n} maps"), "Straight", "Short.", "Yes", "No", "New format",
    }  # fmt: skip


def test_the_catalogues_have_texts_of_every_part():
    texts = find_texts()
    assert "Start training" in texts["interface"]
    assert {"Batch size", "No model is called {id}.", "The server failed on this request."} <= texts["errors"].keys()
    assert not any(isinstance(text, Message) for found in texts.values() for text in found)
