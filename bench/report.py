"""Makes BENCHMARKS.md from the measured results."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.report_audience import report_audience
from bench.report_cluster import report_bulk, report_cluster
from bench.report_models import report_exports, report_hostile, report_imported, report_networks

__all__ = ["REPORT", "RESULTS", "machine", "report_page", "write_report"]

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
REPORT = HERE.parent / "BENCHMARKS.md"


def machine() -> dict:
    """The machine and the package versions of a measurement."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpus": os.cpu_count() if not hasattr(os, "sched_getaffinity") else len(os.sched_getaffinity(0)),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "streamlit")),
        "load_before": round(os.getloadavg()[0], 2),
    }


def report_page(results: dict) -> str:
    """BENCHMARKS.md as text; sections that were never measured are left out."""
    sections = [_INTRODUCTION]
    for part, section in _SECTIONS.items():
        if part in results:
            sections.append(section(results[part]) + _measured_on(results[part]["machine"]))
    return "\n".join(sections)


def write_report(results: dict) -> None:
    """Write BENCHMARKS.md."""
    REPORT.write_text(report_page(results))


_INTRODUCTION = """# Benchmarks

`make bench` measures all sections except those on two versions, on clusters and on encoding many images, which name their commands, and the last, which `make bench-long` measures.
`python -m bench hand codec` measures sections by name. All of them write `bench/results.json` and this page. Each baseline runs on the same machine in the same run, so compare ratios, not milliseconds.
The machines are shared and noisy. Each section states its machine and the load average before the run.
"""


def _hand(result: dict) -> str:
    ours, stock = result["explorer"], result["stock_page"]
    return f"""## Drag latency

`mnist-16` in headless Chromium. The mouse drags one slider back and forth for four seconds, five times. Explore is measured from the slider's
input event to the new pixels on the canvas, and from the mouse move, which the browser delivers with its next frame. The baseline is
the same model with `st.slider` and `st.image` (`bench/stock_page.py`). Its picture changes only after the slider is released.

| | Explore | plain Streamlit page | goal |
|---|---|---|---|
| pictures during a drag | {ours["updates_per_drag"]} | {stock["updates_per_drag"]} | |
| pictures per second | {ours["frames_per_second"]} | 0 | ≥ 50 |
| event to new pixels, p50 | {ours["p50_ms"]} ms | – | ≤ 8 ms |
| event to new pixels, p95 | {ours["p95_ms"]} ms | – | ≤ 16 ms |
| mouse move (system time stamp) to new pixels, p50 / p95 | {ours["from_mouse_p50_ms"]} / {ours["from_mouse_p95_ms"]} ms | – | |
| release to picture, p50 | – | {stock["release_to_picture_p50_ms"]} ms | |
| decoding, part of event to new pixels | {ours["decode_ms"]} ms | | |

From mouse to picture, the plain Streamlit page takes **{result["latency_ratio"]} times** as long, and only after the release.
"""


def _bare(result: dict) -> str:
    titles = {"desktop": "1440 × 900", "phone": "390 × 844", "4K": "3840 × 2160"}
    titles["slow"] = f"1440 × 900, browser slowed {result['slower']} times"
    rows = "\n".join(
        f"| {titles[size]} | {name} | {page['pictures_per_second']} | {page['rate_ratio']} | {page['p50_ms']} ms | "
        f"{page['p95_ms']} ms | {page['p50_ratio']} |"
        for size, pages in result["pages"].items()
        for name, page in pages.items()
    )
    return f"""## Live pages against a bare page

The bare page has one slider, one canvas and the app's live channel (`bench/bare.html`), on the same server and in the same browser. A mouse sends 60 moves
per second, whatever the page does, for {result["seconds"]:.0f} seconds; {result["rounds"]} rounds in turns. Explore: a slider; map: hover; interpolate: the
scrubber, four pictures at a time; reconstruct: drawing, which encodes and decodes. Latency is from the input event to the new pixels. Goals for Explore: ≥ 0.95 of
the bare page's pictures per second and ≤ 1.15 of its p50 (at least 0.85 and 1.3); with a slow browser ≥ 20 pictures per second and p95 ≤ 100 ms.

| window | page | pictures/s | ÷ bare | p50 | p95 | p50 ÷ bare |
|---|---|---|---|---|---|---|
{rows}
"""


def _channel(result: dict) -> str:
    return f"""## The channel against an echo

Python clients of `{result["model"]}` and of an echo route of equal frames (`bench/bare_app.py`), in turns on the same server. One client: milliseconds from
request to answer. {result["clients"]} clients: answers per second at full speed. Clients and server share the machine.

| | channel | echo | ratio | goal |
|---|---|---|---|---|
| one client, p50 without decoding ({result["decode_p50_ms"]} ms) | {result["channel_p50_ms"]} ms | {result["echo_p50_ms"]} ms | {result["one_ratio"]} | ≤ 1.5 (2) |
| {result["clients"]} clients, answers per second | {result["channel_per_second"]} | {result["echo_per_second"]} | {result["many_ratio"]} | ≥ 0.7 (0.5) |
"""


def _clients(result: dict) -> str:
    dragging = result["dragging"]
    return f"""## Many clients

{result["clients"]} Python clients of `mnist-16`. First, each sends {result["requested_per_client"]:.0f} requests per second to the whole app for ten seconds. Then
they send requests as fast as possible to the live channel alone, with and without batching in turn. Clients and server share the machine.

| | measured | goal |
|---|---|---|
| answers per second, all clients | {dragging["per_second"]} | |
| median client, answers per second | {dragging["median_client_per_second"]} | |
| slowest client, share of the median | {dragging["slowest_share_of_median"]} | ≥ 0.5 |
| p50 / p95 | {dragging["p50_ms"]} / {dragging["p95_ms"]} ms | p95 ≤ 150 ms |
| full speed with batching | {result["full_speed_batching_per_second"]} answers/s | |
| full speed without | {result["full_speed_single_per_second"]} answers/s | |
| **ratio** | **{result["batching_ratio"]}** | |
"""


def _codec(result: dict) -> str:
    rows = "\n".join(
        f"| {name} | {result[name]['per_second']:,} | {result[name]['bare_per_second']:,} | "
        f"{100 * result[name]['share_of_bare']:.1f} % | ≥ 80 % |"
        for name in ("encode", "decode")
    )
    return f"""## Throughput

`Codec` on {result["images"]:,} images of `{result["model"]}`, from NumPy to NumPy, on {result["device"]}. The baseline is the compiled
function alone with prepared tensors. Medians of seven runs.

| | `Codec`, per second | compiled function, per second | share | goal |
|---|---|---|---|---|
{rows}
"""


def _startup(result: dict) -> str:
    return f"""## Start time

From `streamlit run app.py` (already installed) to the first decoded pixels in the browser: **{result["seconds_median"]} s** (median of
{result["runs"]}, slowest {result["seconds_max"]} s; goal ≤ 15 s).
"""


def _first_picture(result: dict) -> str:
    bare, ours = result["bare"], result["explore"]
    live = ""
    if "live_first_ms" in result:  # older results have none
        live = f"\n| live picture, first / second visit | {result['live_first_ms']:,} / {result['live_again_ms']:,} ms | | | |"
    return f"""## First picture

From the navigation to the first picture, in a window of 1440 × 900, on servers that have loaded `mnist-16`; median of {result["rounds"]} rounds in turns. The
baseline is a bare `st.App` page with one `st.image` (`bench/picture_page.py`). The first visit has an empty browser cache. Layout shift is the cumulative layout
shift of Explore in the four seconds after its first picture. The
server decodes the first picture of Explore and sends it with the page's data; the live picture is the first one of the live channel.

| | Explore | bare page | ratio | goal |
|---|---|---|---|---|
| first visit | {ours["first_ms"]:,} ms | {bare["first_ms"]:,} ms | {result["first_ratio"]} | ≤ 1.3 |
| second visit | {ours["again_ms"]:,} ms | {bare["again_ms"]:,} ms | {result["again_ratio"]} | ≤ 1.3 |{live}
| layout shift, median / largest | {ours["shift"]} / {result["largest_shift"]} | {bare["shift"]} | | < 0.02 |
"""


def _opening(result: dict) -> str:
    cold, warm, memory = result["not_loaded_ms"], result["loaded_ms"], result["memory_mb"]
    return f"""## Opening a model

A click on a model in the sidebar of Explore, to its first picture: three models that the server has not loaded, then the same three again. {result["rounds"]} servers.
Memory: resident memory after Explore, Map, Interpolate and Reconstruct were used, each with another model.

| | median (lowest to highest) | goal |
|---|---|---|
| not loaded: click to first picture | {cold["median"]} ms ({cold["min"]} to {cold["max"]}) | ≤ 300 ms |
| loaded: click to first picture | {warm["median"]} ms ({warm["min"]} to {warm["max"]}) | |
| ratio of the medians | {cold["median"] / warm["median"]:.2f} | |
| memory of the server | {memory["server"]} MB | ≤ 450 MB |
| memory of its processes | {memory["its processes"]} MB | |
"""


def _versions(result: dict) -> str:
    titles = {
        "start_seconds": "start to the first picture, s",
        "peak_megabytes": "peak memory of the server, MB",
        "drag_p50_ms": "drag, p50, ms",
        "drag_p95_ms": "drag, p95, ms",
        "drag_from_mouse_p50_ms": "drag from the mouse move, p50, ms",
        "decode_ms": "decoding, ms",
    }
    rows = "\n".join(
        f"| {titles[name]} | {_median_and_range(found['base'])} | {_median_and_range(found['now'])} | {found['ratio']} |"
        for name, found in result["figures"].items()
    )
    return f"""## Compared with an earlier version

`BASE={result["base_commit"]} python -m bench versions` runs the sections *Start time* and *Drag latency* of both versions in turn, {result["rounds"]} times
each. Commit {result["base_commit"]} is the version before the code was split into two packages; it computes models with TensorFlow. Median (lowest to
highest) and the ratio of the medians. Before ONNX Runtime was used, the ratios were 1.03 for the start, 1.00 for the memory and 0.95 for the
median drag.

| | commit {result["base_commit"]} | this version | ratio |
|---|---|---|---|
{rows}
"""


def _median_and_range(values: dict) -> str:
    return f"{values['median']:,} ({values['min']:,} to {values['max']:,})"


def _styles(result: dict) -> str:
    titles = {
        "eager": "eager `GradientTape`",
        "function": "`tf.function`",
        "xla": "`tf.function`, XLA",
        "fit": "Keras `fit`, as in Keras' own VAE example",
        "ours": "**Zscope**",
    }
    rows = "\n".join(
        f"| {titles[name]} | {style['images_per_second']:,} | {style['ours_times_faster']} | {style['peak_mb']:,} MB |"
        for name, style in result["styles"].items()
    )
    return f"""## Training speed

One epoch of {result["images"]:,} images of MNIST. Network (conv 16-32, dense 256), optimizer, loss and batches of 128 are the same for all. Compilation
is not counted. Eager mode runs an eighth of the epoch. Medians of three runs, each in a new process. Zscope alone also
updates a moving average of the weights and checks for divergence. The average takes 2 to 3 % of a step; without it, Zscope is as fast as
`tf.function`.

| | images per second | Zscope is faster by | peak memory |
|---|---|---|---|
{rows}
"""


def _accuracy(result: dict) -> str:
    def told(run: dict) -> str:
        if run["accuracy"] >= result["goal"]:
            return f"{run['seconds']} s ({run['steps']} steps)"
        return f"not in {run['seconds']} s: {100 * run['accuracy']:.1f} % after {run['steps']:,} steps"

    ours, example = ("; ".join(map(told, result[who])) for who in ("ours", "keras_example"))
    arrived = all(run["accuracy"] >= result["goal"] for run in result["keras_example"])
    return f"""## From scratch to {100 * result["goal"]:.0f} % kNN accuracy

Seconds of training on MNIST, with compilation, until a kNN vote of 10,000 training codes is right for {100 * result["goal"]:.0f} % of 2,000 validation images.
The accuracy is measured every 60 steps, later every 300, up to {result["most_steps"]:,} steps; that time is not counted. Both models have {result["latent_dim"]} dimensions.
Zscope uses the quick preset. The baseline has the architecture and settings of Keras' VAE example (`bench/keras_example.py`). Three
seeds.

| | seconds of training |
|---|---|
| Zscope, quick preset | {ours} |
| Keras' example | {example} |
| **times faster** (median; goal ≥ 3) | **{"" if arrived else "more than "}{result["times_faster"]}** |
"""


def _epochs(result: dict) -> str:
    return f"""## Long training

{result["epochs"]} epochs of the quick preset on {result["images"]:,} images. Steps wait for images {100 * result["waited_share"]:.2f} % of the time. Peak
memory is {result["peak_mb_after_second"]:,} MB after the second epoch and {result["peak_mb_after_last"]:,} MB after the last.
"""


def _maps(result: dict) -> str:
    titles = {"pca": "PCA", "raw": "two dimensions", "tsne": "t-SNE", "umap": "UMAP"}

    def share(told: dict, name: str) -> str:
        return f"{100 * told[name]:.1f} %" if name in told else "exact"

    quality, tsne = result["quality"], result["tsne"]
    qualities = "\n".join(
        f"| {titles[name]} | {told['trustworthiness']:.3f} | {told['continuity']:.3f} "
        f"| {share(told, 'agreement_fitted')} | {share(told, 'agreement_placed')} | {share(told, 'placed_of_fitted')} "
        f"| {share(told, 'within_stated_error')} |"
        for name, told in quality["methods"].items()
    )
    lives = "\n".join(
        f"| {titles[name]} | {told['place']['p50_ms']} / {told['place']['p95_ms']} ms "
        f"| {told['invert']['p50_ms']} / {told['invert']['p95_ms']} ms |"
        for name, told in result["live"].items()
    )
    times = " and ".join(f"{seconds} s" for seconds in tsne["ours_seconds"])
    return f"""## Quality of maps

`{result["model"]}`: each map is fitted to {quality["seen"]:,} codes of test images, and {quality["held_out"]:,} other codes are placed on it. *Agreement* is the share of points
whose class is that of most of their ten nearest points on the map. *Within the stated error* is the share of unseen codes inside the radius that
the inverse projection states for 90 % of them (goal: 85 to 95 %). Goal of placed / fitted: ≥ 95 %.

| | trustworthiness | continuity | agreement, fitted | agreement, placed | placed / fitted | within the stated error |
|---|---|---|---|---|---|---|
{qualities}

t-SNE of {tsne["codes"]:,} codes, perplexity 30, all cores: Zscope {times}, scikit-learn {tsne["scikit_learn_seconds"]} s: **{tsne["times_faster"]} times faster**. Agreement: Zscope
{100 * tsne["ours_agreement"]:.2f} %, scikit-learn {100 * tsne["scikit_learn_agreement"]:.2f} %, each ± 0.15 % (goals: not slower, not worse).

One code or position per request over the live channel, from request to answer, p50 / p95. Goals of placing: p95 ≤ 5 ms (PCA, two dimensions), ≤ 60 ms (t-SNE,
UMAP). Inverting includes decoding the code, encoding the picture and placing the result.

| | place a code | invert a position |
|---|---|---|
{lives}
"""


def _map_page(result: dict) -> str:
    rows = "\n".join(
        f"| {told['points']:,} | {told['first_paint_ms'] / 1000:.1f} s | {told['hover']['p50_ms']} / {told['hover']['p95_ms']} ms "
        f"| {told['hover_from_mouse']['p50_ms']} / {told['hover_from_mouse']['p95_ms']} ms "
        f"| {told['lasso_half_ms']} ms | {told['lasso_half_with_summary_ms']} ms |"
        for told in result["maps"].values()
    )
    made = result["seconds_to_make_all"]
    making = f" Computing the map of all images took {made:.0f} s." if made else ""
    return f"""## The Map page

t-SNE of `{result["model"]}` in headless Chromium with software GL, 1440 × 900. *First paint* is the time from opening the address to points on the screen, with
Streamlit's page. *Event to picture* is the time from the hover event to the decoded picture, over points and gaps, p50 / p95. *Mouse to picture* starts at
the mouse's time stamp. Goals for 70,000 points: first paint ≤ 3 s, event to picture ≤ 25 / 60 ms, lasso ≤ 1 s;
for 10,000 points: event to picture p50 ≤ 15 ms.{making}

| points | first paint | event to picture | mouse to picture | lasso of half: points selected | summary on the page |
|---|---|---|---|---|---|
{rows}
"""


def _paths(result: dict) -> str:
    titles = {"linear": "straight", "slerp": "spherical", "graph": "data graph", "geodesic": "geodesic"}
    live = result["live"]
    changes = "\n".join(
        f"| {titles[kind]} | {told['p50_ms']:.0f} / {told['p95_ms']:.0f} ms | {goal} |"
        for (kind, told), goal in zip(
            live["change"].items(), ("≤ 100 ms", "≤ 100 ms", "≤ 200 ms", "≤ 1500 ms"), strict=True
        )
    )
    tables = ""
    for model, pairs in result["pairs"].items():
        rows = "\n".join(
            f"| {titles[kind]} | {_share(told, 'measure')} | {_share(told, 'length')} "
            f"| {100 * told['off_data_mean']:.1f} ± {100 * told['off_data_spread']:.1f} % "
            f"| {100 * told['off_data_crossing']:.0f} % |"
            for kind, told in pairs["paths"].items()
        )
        tables += f"""
`{model}`, {pairs["pairs"]} pairs of test images of different classes. A geodesic takes {pairs["geodesic_seconds_median"]} s. Lengths are relative to the straight path,
mean ± standard deviation (maximum): by the geodesic's metric (the pull-back metric with a penalty far from the data, `vae/inference/pullback`) and by pixels
alone. *Off the data* is the share of the path farther from the data than 95 % of the images. The last column is the same for the {pairs["crossing_pairs"]} pairs whose
straight path is off the data for more than a tenth of its length.

| | length by the metric | length by pixels | off the data | off the data, crossing pairs |
|---|---|---|---|---|
{rows}
"""
    films = ", ".join(
        f"{format.upper()} {told['seconds']} s ({told['kilobytes']:,} kB)" for format, told in result["export"].items()
    )
    return f"""## Paths

From choosing another picture A to all nine pictures of a strip on screen, `{live["model"]}` in headless Chromium, p50 / p95. The geodesic is shown while it
converges.

| | | goal |
|---|---|---|
{changes}

Scrubbing, from the event to all four pictures: p50 {live["scrub"]["p50_ms"]} ms, p95 {live["scrub"]["p95_ms"]} ms (goal p50 ≤ 12 ms).
{tables}
120 frames of 512 pixels: {films} (goals: MP4 and WebP ≤ 3 s, GIF ≤ 12 s).
"""


def _photographs(result: dict) -> str:
    originals = result["originals"]

    def line(title: str, told: dict) -> str:
        share = told["mse"] / originals["mse"]
        return f"| {title} | {100 * told['right']:.1f} ± {100 * told['right_error']:.1f} % | {told['mse']:.5f} | {share:.2f} |"

    rows = [line("the digits", originals)]
    for name, title in (("paper", "dark ink on paper"), ("board", "light ink on a board")):
        rows += [
            line(f"{title}, prepared", result[name]["prepared"]),
            line(f"{title}, resized", result[name]["plain_resize"]),
        ]
    prepare = result["paper"]["prepare"]
    return f"""## Photographs

{result["count"]:,} test digits as simulated phone photographs (640×480, tinted paper or a board, shadow, vignetting, rotated by up to 12°, blur, noise, JPEG quality 60;
`bench/photographs.py`), prepared automatically (`vae/pictures/preparation`) or only resized, then reconstructed by `{result["model"]}`. *Accuracy* is that of the vote
of the ten nearest test images (goal ≥ 93 %). *Error* is the squared error of the reconstruction per pixel (goal ≤ 1.5 times that of the digits).

| | accuracy | error | relative to the digits |
|---|---|---|---|
{chr(10).join(rows)}

Preparing one photograph takes p50 {prepare["p50_ms"]} ms, p95 {prepare["p95_ms"]} ms.
"""


def _own(result: dict) -> str:
    pen, file, upload = result["pen"], result["by_file"], result["upload"]
    judged, seen = upload["to_verdict"], upload["to_reconstruction"]
    return f"""## Drawings and uploads

In a headless browser, with `mnist-16` (`bench/own.py`). **Drawing**: from the pen's event to the reconstruction on screen p50 {pen["p50_ms"]:.1f} ms, p95 {pen["p95_ms"]:.1f} ms
(goal: p50 ≤ 20), {pen["pictures_per_second"]:.0f} pictures per second. The map's marker and the sliders follow. Sent as a picture file each time, like an upload, a drawing
would take p50 {file["p50_ms"]:.0f} ms: {file["p50_ms"] / pen["p50_ms"]:.1f} times as long.

**A photograph** of {upload["megapixels"]} megapixels ({upload["megabytes"]:.1f} MB of JPEG): from its selection to the reconstruction on screen p50 {seen["p50_ms"]:.0f} ms, p95 {seen["p95_ms"]:.0f} ms (goal ≤ 400); to the
assessment p50 {judged["p50_ms"]:.0f} ms. The server's memory rises by {upload["server_peak_megabytes"]} MB at most (goal ≤ 300).
"""


def _repair(result: dict) -> str:
    return f"""## Repair

The lower half of {result["count"]} test images is hidden and restored with `{result["model"]}` (`vae/pictures/repair`). Mean squared error on the hidden part:
{result["repaired_mse"]:.4f}; reconstructing the masked image instead: {result["encoder_alone_mse"]:.4f}. Repair is {100 * (1 - result["ratio"]):.0f} % lower (goal ≥ 25 %), and
lower for {100 * result["better_share"]:.0f} % of the images. It takes p50 {result["time"]["p50_ms"]:.0f} ms, p95 {result["time"]["p95_ms"]:.0f} ms.
"""


def _anomaly(result: dict) -> str:
    rows = "\n".join(
        f"| `{model}` | {told['outside']} among {told['inside']}, {told['images']:,} test images | {told['unusual']:.4f} "
        f"| {told['likelihood']:.4f} |"
        for model, told in result.items()
        if model != "machine"
    )
    return f"""## Unusual pictures

How well the score of unusual pictures (`vae/pictures/reconstruction`) separates another data set from the model's own: area under the ROC curve (goal ≥ 0.97). The last
column uses the bound on the likelihood alone.

| model | data | score | likelihood |
|---|---|---|---|
{rows}
"""


def _left_out(result: dict) -> str:
    digits = result["digits"]
    head = " | ".join(str(told["digit"]) for told in digits)
    rows = "\n".join(
        f"| {score} | {' | '.join(f'{told[score]:.3f}' for told in digits)} "
        f"| {result[score]['mean']:.3f} ± {result[score]['standard_error']:.3f} |"
        for score in ("unusual", "likelihood")
    )
    seconds = sum(told["training_seconds"] for told in digits) / len(digits)
    return f"""## Unknown digits

Ten small models (`vae/training/presets`, {result["preset"]}; {seconds:.0f} s of training each). Each model lacks one digit of MNIST, in training and among the
reference images, which are held out of the train split. The table says how well the test images of the missing digit are separated from those of the
other nine: area under the ROC curve, mean ± standard error over the ten models. No test image was used to calibrate the score.

| missing digit | {head} | mean |
|---|{"---|" * (len(digits) + 1)}
{rows}
"""


def _share(told: dict, name: str) -> str:
    mean, spread, most = (told[f"{name}_of_straight{end}"] for end in ("", "_spread", "_max"))
    return f"{mean:.3f} ± {spread:.3f} ({most:.3f})"


def _measured_on(where: dict) -> str:
    return (
        f"\n<sub>{where['date']}, {where['cpus']} CPUs, {where['platform']}; {where['packages']}; "
        f"load average before: {where['load_before']}.</sub>\n"
    )


_SECTIONS = {
    "hand": _hand,
    "bare": _bare,
    "channel": _channel,
    "clients": _clients,
    "audience": report_audience,
    "codec": _codec,
    "startup": _startup,
    "first_picture": _first_picture,
    "opening": _opening,
    "versions": _versions,
    "styles": _styles,
    "accuracy": _accuracy,
    "epochs": _epochs,
    "maps": _maps,
    "map_page": _map_page,
    "paths": _paths,
    "photographs": _photographs,
    "own": _own,
    "repair": _repair,
    "anomaly": _anomaly,
    "imported": report_imported,
    "networks": report_networks,
    "cluster": report_cluster,
    "bulk": report_bulk,
    "exports": report_exports,
    "hostile": report_hostile,
    "left_out": _left_out,
}
