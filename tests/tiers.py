"""Propose which slow tests to mark `full`, so that `make test` stays within its limit: `make tiers`.

It reads what one run recorded: the durations of the tests (`coverage/durations.xml`), the Python branches that each
test runs (`coverage/contexts`, see `tests/coverage_contexts.py`), and the JavaScript that each browser test runs
(`coverage/js`, see `tests/js/page_coverage.py`). Tests of less than `--quick` seconds stay. Of the others, those that
add the most per second stay until the time is used up. The rest is printed with its seconds, and with how many branches
of Python and lines of JavaScript no other test runs. A person decides: the first test of each kind stays, even if
others run its lines (docs/testing.md).

What a server runs counts for the test that started the server, so what browser tests add is mostly their JavaScript.
"""

import argparse
import heapq
import json
import sqlite3
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "coverage"
Key = tuple[str, str]  # the names of a test in the file of durations: its class with the path, its own


def key_of(node_id: str) -> Key:
    """Return the names that pytest's XML report gives to a test."""
    where, _, parameters = node_id.partition("[")
    path, *names = where.split("::")
    *classes, name = names
    return ".".join([path.removesuffix(".py").replace("/", "."), *classes]), name + (
        f"[{parameters}" if parameters else ""
    )


def read_durations(report: Path) -> dict[Key, float]:
    """Return the seconds of each test that ran, with its setup and teardown."""
    cases = ET.parse(report).iter("testcase")
    return {
        (case.get("classname", ""), case.get("name", "")): float(case.get("time", 0))
        for case in cases
        if case.find("skipped") is None
    }


def read_python(database: Path) -> dict[Key, set[tuple]]:
    """Return the branches of Python that each test runs: file, from line, to line."""
    found = defaultdict(set)
    with sqlite3.connect(database) as connection:
        rows = connection.execute(
            "SELECT context.context, arc.file_id, arc.fromno, arc.tono"
            " FROM arc JOIN context ON context.id = arc.context_id"
        )
        for context, *branch in rows:
            for part in context.split("|"):
                if "::" in part:
                    found[key_of(part)].add(tuple(branch))
    return found


def read_scripts(folder: Path) -> dict[Key, set[tuple]]:
    """Return the lines of JavaScript that each browser test runs: path, line."""
    found = defaultdict(set)
    texts: dict[str, tuple[int, np.ndarray, np.ndarray]] = {}
    for record in folder.glob("coverage-page-*.json"):
        content = json.loads(record.read_text())
        for script in content["result"]:
            path = script["url"]
            if path not in texts:
                text = Path(path.removeprefix("file://")).read_text()
                ends = np.cumsum([len(line) for line in text.splitlines(keepends=True)])
                texts[path] = len(text), ends, np.array([bool(line.strip()) for line in text.splitlines()])
            size, ends, written = texts[path]
            ran = np.zeros(size, bool)
            for function in script["functions"]:
                for part in function["ranges"]:  # from the outer to the inner
                    ran[part["startOffset"] : part["endOffset"]] = part["count"] > 0
            starts = np.concatenate([[0], ends[:-1]])
            lines = np.flatnonzero(np.logical_or.reduceat(ran, starts) & written)
            found[key_of(content["test"])].update((path, int(line)) for line in lines)
    return found


def choose(durations: dict[Key, float], ran: dict[Key, set[tuple]], quick: float, budget: float) -> list[Key]:
    """Return the tests that stay: all quick ones, then those that add the most per second, within the budget."""
    stay = [key for key, seconds in durations.items() if seconds < quick]
    covered = set().union(*(ran.get(key, ()) for key in stay)) if stay else set()
    left = budget - sum(durations[key] for key in stay)
    queue = [(-len(ran.get(key, ())) / seconds, key) for key, seconds in durations.items() if seconds >= quick]
    heapq.heapify(queue)
    while queue:
        _, key = heapq.heappop(queue)
        worth = -len(ran.get(key, set()) - covered) / durations[key]
        if queue and worth > queue[0][0]:
            heapq.heappush(queue, (worth, key))  # others are worth more now
        elif durations[key] <= left:
            stay.append(key)
            covered |= ran.get(key, set())
            left -= durations[key]
    return stay


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--budget",
        type=float,
        default=1500,
        help="seconds of all tests together: ten minutes in three processes, less the type check",
    )
    parser.add_argument("--quick", type=float, default=1.0, help="tests that take less stay in any case")
    parser.add_argument(
        "--durations",
        type=Path,
        default=RECORDS / "durations.xml",
        help="from --junitxml of a run without coverage, to be exact",
    )
    settings = parser.parse_args()
    durations = read_durations(settings.durations)
    ran = defaultdict(set, read_python(RECORDS / "contexts"))
    for key, lines in read_scripts(RECORDS / "js").items():
        ran[key] |= lines
    stay = set(choose(durations, ran, settings.quick, settings.budget))
    covered = set().union(*(ran[key] for key in stay))
    total = set().union(*ran.values())
    for key in sorted(durations.keys() - stay, key=lambda key: -durations[key]):
        lost = ran[key] - covered
        scripts = sum(len(unit) == 2 for unit in lost)
        print(f"{durations[key]:7.1f} s  {len(lost) - scripts:4} {scripts:4}  {'::'.join(key)}")
    seconds, all_seconds = sum(durations[key] for key in stay), sum(durations.values())
    print(f"{len(stay)} of {len(durations)} tests stay: {seconds:.0f} of {all_seconds:.0f} s")
    print(f"They run {len(covered)} of {len(total)} branches and lines ({len(covered) / len(total):.2%}).")


if __name__ == "__main__":
    main()
