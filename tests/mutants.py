"""Mutation testing: changes the code in random places, one at a time, and runs the tests: `make mutants SEED=7`.

For each place, only the tests run that `coverage/contexts` names for its line (see `tests/coverage_contexts.py`), one
file after the other, until one fails. The places are the same for the same seed and code. Each file is changed in place
and restored afterwards, so the working tree must be clean.
"""

import argparse
import ast
import random
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from coverage.numbits import numbits_to_nums

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vae", "zscope", "pages")
COMPARISONS = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


def changed(node: ast.AST) -> ast.AST | None:
    """Return a node that means something else, or None where there is no such change."""
    match node:
        case ast.Compare(ops=[operator]):
            return ast.Compare(node.left, [COMPARISONS[type(operator)]()], node.comparators)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            return ast.BinOp(node.left, OPERATORS[type(operator)](), node.right)
        case ast.BoolOp(op=operator):
            return ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            return node.operand
        case ast.Constant(value=bool(value)):
            return ast.Constant(not value)
        case ast.Constant(value=int() | float()):
            return ast.Constant(type(node.value)(not node.value))
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            return ast.Return(ast.Constant(None))
    return None


def places(path: Path) -> list[ast.AST]:
    """Return the nodes of a file that `changed` can change, without annotations, decorators and overloads."""
    found: list[ast.AST] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.expr | ast.stmt) and changed(node) is not None:
            found.append(node)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "format_spec"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                    visit(child)

    visit(ast.parse(path.read_text()))
    return found


def mutate(path: Path, node: ast.expr | ast.stmt) -> tuple[str, str]:
    """Return the file's text with the node changed, and what was changed in words."""
    lines = path.read_bytes().splitlines(keepends=True)
    new = ast.unparse(ast.fix_missing_locations(changed(node)))
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    end = sum(map(len, lines[: end_line - 1])) + end_column
    whole = b"".join(lines)
    new = new if isinstance(node, ast.stmt) else f"({new})"
    told = f"{path.relative_to(ROOT)}:{node.lineno}: {whole[start:end].decode()} → {new}"
    return (whole[:start] + new.encode() + whole[end:]).decode(), re.sub(r"\s+", " ", told)


def tests_of(database: Path, path: Path, node: ast.expr | ast.stmt) -> dict[str, list[str]]:
    """Return test file → the tests in it that run a line of the node."""
    lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    found = defaultdict(set)
    with sqlite3.connect(database) as connection:
        tables = "arc" if connection.execute("SELECT count(*) FROM arc").fetchone()[0] else "line_bits"
        what = "arc.fromno, arc.tono" if tables == "arc" else "line_bits.numbits"
        rows = connection.execute(
            f"SELECT context.context, {what} FROM {tables} JOIN context ON context.id = {tables}.context_id"
            f" JOIN file ON file.id = {tables}.file_id WHERE file.path LIKE ?",
            (f"%/{path.relative_to(ROOT)}",),
        )
        for context, *ran in rows:
            if lines & (set(map(abs, ran)) if tables == "arc" else set(numbits_to_nums(ran[0]))):
                for part in context.split("|"):
                    if "::" in part:
                        found[part.split("::")[0]].add(part)
    # Browser tests are slow; a file of which few tests run the line is the most specific.
    order = sorted(found, key=lambda file: ("browser" in file, len(found[file])))
    return {file: sorted(found[file]) for file in order}


def caught_by(tests: dict[str, list[str]], limit: int) -> str | None:
    """Run the tests file by file and return the first that fails, None where all pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "", "-p", "no:randomly", "-p", "no:cacheprovider"]
    for file, chosen in tests.items():
        where = chosen if len(chosen) <= limit else [file]
        try:
            run = subprocess.run([*command, *where], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
        except subprocess.TimeoutExpired:
            return f"{file} (it takes longer than 15 minutes)"
        if run.returncode:
            failed = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.M)
            return failed[1] if failed else f"{file} (exit {run.returncode})"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--contexts", type=Path, default=ROOT / "coverage" / "contexts")
    parser.add_argument("--limit", type=int, default=200, help="run a whole file instead of more tests than this")
    settings = parser.parse_args()
    if subprocess.run(["git", "diff", "--quiet"], cwd=ROOT, check=False).returncode:
        parser.error("The working tree has changes: commit them first.")
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    all_places = [(path, index) for path in files for index in range(len(places(path)))]
    missed = 0
    for path, index in random.Random(settings.seed).sample(all_places, settings.count):
        before, node = path.read_bytes(), places(path)[index]
        text, told = mutate(path, node)
        tests = tests_of(settings.contexts, path, node)
        try:
            path.write_text(text)
            by = caught_by(tests, settings.limit)
        finally:
            path.write_bytes(before)
        missed += by is None
        reached = sum(map(len, tests.values()))
        print(f"{'caught' if by else 'MISSED'}  {told}  ({reached} tests) {by or ''}", flush=True)
    print(f"{settings.count - missed} of {settings.count} caught (seed {settings.seed})")


if __name__ == "__main__":
    main()
