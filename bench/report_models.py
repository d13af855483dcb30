"""The sections of BENCHMARKS.md on imported and exported models."""

__all__ = ["report_exports", "report_hostile", "report_imported", "report_networks"]


def report_networks(result: dict) -> str:
    """The section on the processes of imported networks."""
    rows = "\n".join(
        f"| {n} | {one['here_ms'][0]} / {one['here_ms'][1]} ms | {one['there_ms'][0]} / {one['there_ms'][1]} ms | {one['added_ms_p50']} ms |"
        for n, one in result["rows"].items()
    )
    return f"""## Imported networks in a process of their own

A small imported decoder, run in the server's process and in a process of its own, in turns, p50 / p95. Goal: at most 0.3 ms added for one row (p50). The
process starts in {result["start_s"]} s, at the first request.

| rows | in the server | in its own process | added, p50 |
|---|---|---|---|
{rows}
"""


def report_imported(result: dict) -> str:
    original, onnx = result["original"], result["onnx"]
    return f"""## Imported models

`{result["model"]}` exported to ONNX, imported again and run by ONNX Runtime. It and the original are dragged in turns in headless Chromium, from event to pixels:
original p50 {original["p50_ms"]} ms, p95 {original["p95_ms"]} ms; ONNX p50 {onnx["p50_ms"]} ms, p95 {onnx["p95_ms"]} ms: **{result["p50_ratio"]} times** (goal ≤ 1.5).

From selecting a model that the server has not loaded to its first picture: median {result["first_pixels_seconds_median"]} s, slowest of {result["first_pixels_opened"]}
{result["first_pixels_seconds_max"]} s (goal ≤ 1.5 s).
"""


def report_exports(result: dict) -> str:
    formats = {"bundle": "bundle", "keras": "Keras", "saved-model": "SavedModel", "onnx": "ONNX", "litert": "LiteRT"}

    def cell(told: dict) -> str:
        return f"{told['largest']:.1e}, {told['megabytes']} MB, {told['seconds']:.0f} s".replace("0.0e+00", "0")

    rows = "\n".join(
        f"| `{model}` | {' | '.join(cell(told[format]) for format in formats)} "
        f"| {255 * told['html']['largest']:.1f}/255, {told['html']['megabytes']} MB | {told['jax']['largest']:.1e} |"
        for model, told in result["models"].items()
    )
    return f"""## Exports and backends

Each exported file is loaded by its own runtime in a process without Zscope (`vae/formats/exporting/checking`). A cell has the largest absolute difference from the live
model over codes, log-variances and pictures of {result["images"]} test images (goal ≤ 1e-4), the size of the file, and the time to write and check it. The web page has rounded
weights, so its column states the difference in grey levels. The last column compares TensorFlow with JAX on the same bundle on the CPU (goal ≤ 1e-5).

| model | {" | ".join(formats.values())} | web page | TensorFlow, JAX |
|---|{"---|" * (len(formats) + 2)}
{rows}
"""


def report_hostile(result: dict) -> str:
    rows = "\n".join(f"| {told['name']} | {told['seconds']} s | {told['reason']} |" for told in result["files"])
    return f"""## Harmful files

{result["count"]} files that try to run code or to exhaust memory, disk or time are imported, each in a new process. All are refused, and the marker file that their code would touch
is unchanged. The server's process grows by {result["grown_megabytes"]} MB in all (goal < 200). Slowest {result["seconds_max"]} s (goal ≤ 5), median {result["seconds_median"]} s.

<details><summary>All files</summary>

| file | refused after | reason |
|---|---|---|
{rows}

</details>
"""
