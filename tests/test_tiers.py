"""`tests/tiers.py`: names of tests in two files, and which tests stay."""

import json

from tests.tiers import choose, key_of, read_scripts


def test_names_are_those_of_the_report():
    assert key_of("tests/vae/test_x.py::test_a") == ("tests.vae.test_x", "test_a")
    assert key_of("tests/vae/test_x.py::TestY::test_a[b::c.py/d]") == ("tests.vae.test_x.TestY", "test_a[b::c.py/d]")


def test_quick_tests_stay_and_slow_ones_by_their_new_lines_per_second():
    durations = {"quick": 0.1, "same": 5.0, "best": 5.0, "rest": 5.0, "dear": 100.0}
    ran = {"quick": {1}, "same": {1, 2, 3}, "best": {2, 3, 4, 5}, "rest": {6}, "dear": set(range(50))}
    assert set(choose(durations, ran, quick=1, budget=11)) == {"quick", "best", "rest"}
    assert set(choose(durations, ran, quick=1, budget=200)) >= {"quick", "best", "dear"}


def test_lines_of_scripts_are_those_that_ran(tmp_path):
    script = tmp_path / "a.js"
    script.write_text("one();\nif (x) {\n  two();\n}\n\nthree();\n")
    text = script.read_text()
    inner = {"startOffset": text.index("  two"), "endOffset": text.index("}"), "count": 0}
    whole = {"startOffset": 0, "endOffset": len(text), "count": 1}
    record = {
        "test": "tests/a.py::test_b",
        "result": [{"url": script.as_uri(), "functions": [{"ranges": [whole, inner]}]}],
    }
    (tmp_path / "coverage-page-1.json").write_text(json.dumps(record))
    [lines] = read_scripts(tmp_path).values()
    assert sorted(line for _, line in lines) == [0, 1, 3, 5]
