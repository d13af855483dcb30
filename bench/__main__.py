"""Runs benchmarks and writes bench/results.json and BENCHMARKS.md: `python -m bench [PART…]`.

Without names it runs all parts but the long ones.
"""

import json
import sys

from bench import (
    accuracy,
    anomaly,
    audience,
    bare,
    bulk,
    channel,
    clients,
    cluster,
    codec,
    epochs,
    exports,
    first_picture,
    hand,
    hostile,
    imported,
    left_out,
    map_page,
    maps,
    networks,
    opening,
    own,
    paths,
    photographs,
    repair,
    startup,
    styles,
    versions,
)
from bench.report import RESULTS, machine, write_report

PARTS = {
    part.__name__.removeprefix("bench."): part.run
    for part in (
        codec,
        clients,
        audience,
        channel,
        hand,
        bare,
        startup,
        first_picture,
        opening,
        styles,
        accuracy,
        epochs,
        maps,
        map_page,
        paths,
        photographs,
        own,
        repair,
        anomaly,
        imported,
        networks,
        exports,
        hostile,
        left_out,
        versions,
        cluster,
        bulk,
    )
}
LONG = {"left_out", "versions", "cluster", "bulk"}  # hours, another version, or an optional package


def main() -> None:
    chosen = sys.argv[1:] or [name for name in PARTS if name not in LONG]
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
    results: dict[str, dict] = {}
    for name in chosen:
        print(f"{name} …", flush=True)
        measured = {"machine": machine(), **PARTS[name]()}
        # Read only now: another run may have written its parts meanwhile.
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        results[name] = measured
        print(json.dumps(results[name], indent=1), flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    write_report(results)


main()
