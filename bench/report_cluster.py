"""The section of BENCHMARKS.md on workers of a cluster."""

__all__ = ["report_bulk", "report_cluster"]


def report_cluster(result: dict) -> str:
    slow, latency, kills = result["slow"], result["latency"], result["kills"]
    goals = {"1": "", "4": "≥ 3.6", "8": "≥ 6.5"}
    rows = "\n".join(
        f"| {number} | {rate} | {slow['ratios'][number]} | {goals[number]} |"
        for number, rate in slow["answers_per_s"].items()
    )
    return f"""## Workers of a cluster

`python -m bench cluster` starts a Ray cluster of {result["nodes"]} nodes on this machine. First, decoders that sleep for 20 ms per row, with one row in a batch and 64 clients, so
that neither the cores nor batches decide:

| workers | answers per second | ratio | goal |
|---|---|---|---|
{rows}

One code of `mnist-16` in turns: {latency["here_ms"][0]} ms in the server's process and {latency["worker_ms"][0]} ms by a worker (p50): {latency["added_ms_p50"]} ms are added (goal ≤ 3).

{kills["clients"]} clients of `mnist-16` on two workers, one of which is killed every five seconds for a minute ({kills["killed_workers"]} kills): {kills["errors"]} errors in {kills["answers"]:,} answers (goal: none),
p95 {kills["p95_ms"][1]} ms after {kills["p95_ms"][0]} ms undisturbed, a ratio of {kills["ratio"]} (goal ≤ 5).
"""


def report_bulk(result: dict) -> str:
    rates = result["images_per_s"]
    return f"""## Encoding many images

`python -m bench bulk` runs `zscope encode` on {result["images"]:,} images of MNIST's size with `{result["model"]}`: code, reconstruction, error and ELBO of each image, written as Parquet. One process with all
cores encodes {rates["one"]:,} images per second, a pool with one process for each core {rates["pool"]:,}: a ratio of {result["ratio"]} (goal ≥ 0.85, floor 0.6). The better of two
rounds each, with the start of the processes.
"""
