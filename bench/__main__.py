"""`python -m bench [PART…]`: run the parts (all when none is named), write bench/results.json and BENCHMARKS.md."""

import json
import sys

from bench import (
    accuracy,
    anomaly,
    clients,
    codec,
    epochs,
    hand,
    map_page,
    maps,
    paths,
    photographs,
    repair,
    startup,
    styles,
)
from bench.report import RESULTS, machine, write_report

PARTS = {
    part.__name__.removeprefix("bench."): part.run
    for part in (
        codec,
        clients,
        hand,
        startup,
        styles,
        accuracy,
        epochs,
        maps,
        map_page,
        paths,
        photographs,
        repair,
        anomaly,
    )
}


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in chosen:
        print(f"{name} …", flush=True)
        results[name] = {"machine": machine(), **PARTS[name]()}
        print(json.dumps(results[name], indent=1), flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    write_report(results)


main()
