"""BENCHMARKS.md from the measured results."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.report_models import report_exports, report_hostile, report_imported

__all__ = ["RESULTS", "machine", "write_report"]

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
REPORT = HERE.parent / "BENCHMARKS.md"


def machine() -> dict:
    """What it was measured on and with."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpus": os.cpu_count() if not hasattr(os, "sched_getaffinity") else len(os.sched_getaffinity(0)),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "streamlit")),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write_report(results: dict) -> None:
    """Write the report; a part that was never run is left out."""
    sections = [_INTRODUCTION]
    for part, section in _SECTIONS.items():
        if part in results:
            sections.append(section(results[part]) + _measured_on(results[part]["machine"]))
    REPORT.write_text("\n".join(sections))


_INTRODUCTION = """# Benchmarks

Made by `make bench` (all but the last, which is of `make bench-long`) or `python -m bench hand codec` (parts by name), which
writes `bench/results.json` and this page. Baselines run in the same run on the same machine: read the ratios, not the milliseconds.
Machines are shared and noisy; each part says what it ran on and the load average before it began.
"""


def _hand(result: dict) -> str:
    ours, stock = result["explorer"], result["stock_page"]
    return f"""## Hand to pixels

`mnist-16` in headless Chromium, the mouse dragging one slider to and fro for four seconds, five times. Ours: from the slider's
input event to the new pixels on the canvas, as the page shows it; and from the mouse move itself, which the browser holds
back until its next frame. Baseline: the same model behind `st.slider` and `st.image` (`bench/stock_page.py`),
whose picture can only change after the release.

| | explorer | stock Streamlit page | goal |
|---|---|---|---|
| pictures during a drag | {ours["updates_per_drag"]} | {stock["updates_per_drag"]} | |
| pictures a second | {ours["frames_per_second"]} | 0 | ≥ 50 |
| event to new pixels, p50 | {ours["p50_ms"]} ms | – | ≤ 8 ms |
| event to new pixels, p95 | {ours["p95_ms"]} ms | – | ≤ 16 ms |
| mouse move (the system's time stamp) to new pixels, p50 / p95 | {ours["from_mouse_p50_ms"]} / {ours["from_mouse_p95_ms"]} ms | – | |
| release to picture, p50 | – | {stock["release_to_picture_p50_ms"]} ms | |
| of it decoding | {ours["decode_ms"]} ms | | |

From the mouse to the picture the stock page takes **{result["latency_ratio"]} times** as long, and only after the release.
"""


def _clients(result: dict) -> str:
    dragging = result["dragging"]
    return f"""## Many at once

{result["clients"]} Python clients on `mnist-16`, each asking {result["requested_per_client"]:.0f} times a second for ten seconds
against the whole app; then as fast as they can against the channel alone, with and without batching, in turns. Clients and
server share the machine.

| | measured | goal |
|---|---|---|
| answers a second, all clients | {dragging["per_second"]} | |
| median client, answers a second | {dragging["median_client_per_second"]} | |
| slowest client's share of the median | {dragging["slowest_share_of_median"]} | ≥ 0.5 |
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

`Codec` on {result["images"]:,} images of `{result["model"]}`, NumPy to NumPy, on {result["device"]}, against the bare compiled
function fed with ready tensors; medians of seven turns.

| | ours, a second | bare, a second | share | goal |
|---|---|---|---|---|
{rows}
"""


def _startup(result: dict) -> str:
    return f"""## Start

From `streamlit run app.py` (installed) to the first decoded pixels in the browser: **{result["seconds_median"]} s** (median of
{result["runs"]}, slowest {result["seconds_max"]} s; goal ≤ 15 s).
"""


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
    return f"""## Training, style by style

One epoch of {result["images"]:,} images of MNIST, the same network (conv 16-32, dense 256), optimizer, loss and batches of 128 in
each; compiled before the clock starts; eager mode an eighth of the epoch. Medians of three turns, each in a process of its own. Ours also
keeps the weights' moving average and watches for divergence, the others do neither; without the average, whose update is 2 to 3 % of a step, it
is level with `tf.function`.

| | images a second | ours is faster by | peak memory |
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

Training on MNIST (compilation included) until the codes of 10,000 training images name the class of {100 * result["goal"]:.0f} % of 2,000
validation images; the clock stands still while that is looked at, every 60 steps, later every 300, up to {result["most_steps"]:,}. {result["latent_dim"]} dimensions each.
Ours: the quick preset. Baseline: the architecture and settings of Keras' own VAE example, written afresh (`bench/keras_example.py`). Three
seeds.

| | seconds of training |
|---|---|
| Zscope, quick preset | {ours} |
| Keras' example | {example} |
| **times faster** (median; goal ≥ 3) | **{"" if arrived else "more than "}{result["times_faster"]}** |
"""


def _epochs(result: dict) -> str:
    return f"""## Over many epochs

{result["epochs"]} epochs of the quick preset on {result["images"]:,} images: steps wait for their images {100 * result["waited_share"]:.2f} % of the time; peak
memory {result["peak_mb_after_second"]:,} MB after the second epoch, {result["peak_mb_after_last"]:,} MB after the last.
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
    return f"""## Maps: how good, how honest

`{result["model"]}`: maps fitted to {quality["seen"]:,} of the test images' codes, {quality["held_out"]:,} others placed on them. Agreement: the class of the ten
nearest on the map is a point's own. Within the stated error: the share of unseen codes that lie within the radius that the inverse states for
90 % of them (goal 85 to 95 %). Goal of placed over fitted: ≥ 95 %.

| | trustworthiness | continuity | agreement, fitted | agreement, placed | placed / fitted | within the stated error |
|---|---|---|---|---|---|---|
{qualities}

t-SNE of {tsne["codes"]:,} codes, perplexity 30, both cores: ours {times}, scikit-learn {tsne["scikit_learn_seconds"]} s: **{tsne["times_faster"]} times faster**; agreement ours
{100 * tsne["ours_agreement"]:.2f} %, scikit-learn's {100 * tsne["scikit_learn_agreement"]:.2f} %, each ± 0.15 % (goals: no slower, no worse).

One code or place at a time over the live channel, request to answer, p50 / p95. Placing has the goals p95 ≤ 5 ms (PCA, two dimensions) and ≤ 60 ms (t-SNE,
UMAP); inverting includes decoding the code found, encoding its picture and placing that.

| | place a code | invert a place |
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
    making = f" Making the map of all took {made:.0f} s." if made else ""
    return f"""## The Map page

t-SNE of `{result["model"]}` in headless Chromium with software GL, 1440 × 900. First paint: from the address to points on the screen, Streamlit's own page
included. Hover: from the page's event to the decoded picture beside it, over points and gaps, p50 / p95; and from the mouse's own time stamp, as
the browser holds moves back to its next frame. Goals: 70,000 points ≤ 3 s, ≤ 25 / 60 ms, lasso ≤ 1 s;
10,000 points hover p50 ≤ 15 ms.{making}

| points | first paint | event to picture | mouse to picture | lasso of half: points known | its summary on the page |
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
`{model}`, {pairs["pairs"]} pairs of test images of different classes; a geodesic takes {pairs["geodesic_seconds_median"]} s. Lengths are shares
of the straight path's, mean ± spread (most): by the measure (the pull-back metric, dearer off the data, `vae/inference/pullback`) and by the
pictures alone. Off the data is farther out than 95 % of the images; last, of the {pairs["crossing_pairs"]} pairs whose straight path is there for more than a tenth of its way:

| | length by the measure | by the pictures alone | off the data | where the straight one is |
|---|---|---|---|---|
{rows}
"""
    films = ", ".join(
        f"{format.upper()} {told['seconds']} s ({told['kilobytes']:,} kB)" for format, told in result["export"].items()
    )
    return f"""## Paths

Another A until all nine pictures of a strip are on screen, `{live["model"]}` in headless Chromium, p50 / p95; the geodesic is shown as it converges:

| | | goal |
|---|---|---|
{changes}

Scrubbing, the event to all four pictures: p50 {live["scrub"]["p50_ms"]} ms, p95 {live["scrub"]["p95_ms"]} ms (goal p50 ≤ 12 ms).
{tables}
120 frames of 512 pixels: {films} (goals: MP4 and WebP ≤ 3 s, GIF ≤ 12 s).
"""


def _photographs(result: dict) -> str:
    originals = result["originals"]

    def line(title: str, told: dict) -> str:
        share = told["mse"] / originals["mse"]
        return f"| {title} | {100 * told['right']:.1f} ± {100 * told['right_error']:.1f} % | {told['mse']:.5f} | {share:.2f} |"

    rows = [line("the digits themselves", originals)]
    for name, title in (("paper", "dark ink on paper"), ("board", "light ink on a board")):
        rows += [
            line(f"{title}, prepared", result[name]["prepared"]),
            line(f"{title}, resized", result[name]["plain_resize"]),
        ]
    prepare = result["paper"]["prepare"]
    return f"""## Photographs

{result["count"]:,} test digits as a phone takes them (640×480, tinted paper or a board, shadow, vignetting, turned by up to 12°, blur, noise, JPEG 60;
`bench/photographs.py`), prepared automatically (`vae/pictures/preparation`) or only resized, and what `{result["model"]}` makes of them. Right: the ten nearest
test images' vote (goal ≥ 93 %); error: of the reconstruction, per pixel (goal ≤ 1.5 times that of the digits themselves).

| | right | error | of the digits' own |
|---|---|---|---|
{chr(10).join(rows)}

Preparing one takes p50 {prepare["p50_ms"]} ms, p95 {prepare["p95_ms"]} ms.
"""


def _own(result: dict) -> str:
    pen, file, upload = result["pen"], result["by_file"], result["upload"]
    judged, seen = upload["to_verdict"], upload["to_reconstruction"]
    return f"""## One's own picture

In a headless browser, with `mnist-16` (`bench/own.py`). **Drawing**: from the pen's event to its reconstruction on screen p50 {pen["p50_ms"]:.1f} ms, p95 {pen["p95_ms"]:.1f} ms
(goal: p50 ≤ 20), {pen["pictures_per_second"]:.0f} pictures a second, the map's marker and the sliders following. Sent as a picture file each time, as an upload is, a drawing
would take p50 {file["p50_ms"]:.0f} ms: {file["p50_ms"] / pen["p50_ms"]:.1f} times as long.

**A photograph** of {upload["megapixels"]} megapixels ({upload["megabytes"]:.1f} MB of JPEG), from its choice to the reconstruction on screen: p50 {seen["p50_ms"]:.0f} ms, p95 {seen["p95_ms"]:.0f} ms (goal ≤ 400); to the verdict
on it p50 {judged["p50_ms"]:.0f} ms. The server's memory rises by {upload["server_peak_megabytes"]} MB at its peak (goal ≤ 300).
"""


def _repair(result: dict) -> str:
    return f"""## Repair

The lower half of {result["count"]} test images hidden and found again by `{result["model"]}` (`vae/pictures/repair`), mean squared error on the hidden part:
{result["repaired_mse"]:.4f}, against {result["encoder_alone_mse"]:.4f} of decoding the encoder's answer for the masked image: {100 * (1 - result["ratio"]):.0f} % lower (goal ≥ 25 %), and
lower for {100 * result["better_share"]:.0f} % of the images. It takes p50 {result["time"]["p50_ms"]:.0f} ms, p95 {result["time"]["p95_ms"]:.0f} ms.
"""


def _anomaly(result: dict) -> str:
    rows = "\n".join(
        f"| `{model}` | {told['outside']} among {told['inside']}, {told['images']:,} test images | {told['unusual']:.4f} "
        f"| {told['likelihood']:.4f} |"
        for model, told in result.items()
        if model != "machine"
    )
    return f"""## Pictures of another kind

How well the score of unusual pictures (`vae/pictures/reconstruction`) tells another data set's from the model's own, as the area under the ROC curve (goal ≥ 0.97),
beside the likelihood's bound alone:

| model | | unusual | likelihood |
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
    return f"""## A digit left out

Ten small models (`vae/training/presets`, {result["preset"]}; {seconds:.0f} s of training each), each without one digit of MNIST: none in training, none among the
images that others are compared with, which are held out of the train split. How well the left-out digit's test images are told from the
other nine's, none of which the score was calibrated on; area under the ROC curve, mean ± standard error over the ten:

| left out | {head} | mean |
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
    "clients": _clients,
    "codec": _codec,
    "startup": _startup,
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
    "exports": report_exports,
    "hostile": report_hostile,
    "left_out": _left_out,
}
