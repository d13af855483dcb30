"""The sections of BENCHMARKS.md on models from elsewhere, and for elsewhere."""

__all__ = ["report_exports", "report_hostile", "report_imported"]


def report_imported(result: dict) -> str:
    original, onnx = result["original"], result["onnx"]
    return f"""## Models from elsewhere

`{result["model"]}` exported to ONNX and imported again, run by onnxruntime, beside the original, both dragged in turns in headless Chromium, event to pixels:
original p50 {original["p50_ms"]} ms, p95 {original["p95_ms"]} ms; ONNX p50 {onnx["p50_ms"]} ms, p95 {onnx["p95_ms"]} ms: **{result["p50_ratio"]} times** (goal ≤ 1.5).

From the click on a model that the server has not loaded to its first picture: median {result["first_pixels_seconds_median"]} s, slowest of {result["first_pixels_opened"]}
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

Each exported file loaded again by its own runtime in a process without this project (`vae/formats/exporting/checking`): the largest absolute difference from the live model
over codes, log-variances and pictures of {result["images"]} test images (goal ≤ 1e-4), the file's size, and the seconds that writing and checking took. The web page's
weights are rounded; its own column. Last: TensorFlow against JAX on the same bundle, both on the CPU (goal ≤ 1e-5).

| model | {" | ".join(formats.values())} | web page | TensorFlow, JAX |
|---|{"---|" * (len(formats) + 2)}
{rows}
"""


def report_hostile(result: dict) -> str:
    rows = "\n".join(f"| {told['name']} | {told['seconds']} s | {told['reason']} |" for told in result["files"])
    return f"""## Strangers' files

{result["count"]} files of our own making that would do harm if they were believed (a canary in the harm's place), through the whole intake, one process each: all refused, the canary
untouched, the server's process grown by {result["grown_megabytes"]} MB in all (goal < 200); slowest {result["seconds_max"]} s (goal ≤ 5), median {result["seconds_median"]} s.

<details><summary>Each of them</summary>

| file | refused after | reason |
|---|---|---|
{rows}

</details>
"""
