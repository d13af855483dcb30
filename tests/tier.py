"""The number of cases of a test in each tier: `make test` (quick), `make test-all` (full), `make torture`.

A test that only the larger tiers run carries the marker `full`. A test that runs in all of them but tries more in the
larger ones says its amounts where it stands: `scaled(quick=6, full=25, torture=500)`.
"""

import os

__all__ = ["TIER", "scaled"]

TIERS = ("quick", "full", "torture")
TIER = os.environ.get("TIER", "quick")
if TIER not in TIERS:
    raise ValueError(f"TIER is {TIER!r}, expected one of {', '.join(TIERS)}.")


def scaled(quick: int, full: int, torture: int | None = None) -> int:
    """Return the amount for this run's tier; `torture` defaults to `full`."""
    return {"quick": quick, "full": full, "torture": full if torture is None else torture}[TIER]
