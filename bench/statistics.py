"""Medians and percentiles of measured times."""

import numpy as np

__all__ = ["percentiles"]


def percentiles(milliseconds) -> dict[str, float]:
    """p50, p95 and the number of samples."""
    values = np.asarray(milliseconds, np.float64)
    return {
        "p50_ms": round(float(np.percentile(values, 50)), 2),
        "p95_ms": round(float(np.percentile(values, 95)), 2),
        "samples": len(values),
    }
