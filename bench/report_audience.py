"""The section of BENCHMARKS.md on phones that follow a speaker."""

__all__ = ["report_audience"]


def report_audience(result: dict) -> str:
    alone, followed = result["drag_alone"], result["drag_followed"]
    rows = "\n".join(
        f"| `{model}` | {told['raw_bytes']:,} | {told['png']['bytes']:,} | {told['png']['ms']:.2f} | {told['webp']['bytes']:,} | {told['webp']['ms']:.2f} |"
        for model, told in result["pictures"].items()
    )
    return f"""## Audience

{result["phones"]} phones (WebSocket clients in two other processes on the same machine) follow a speaker who publishes {result["points_per_second"]:.0f} points per second of `{result["model"]}` for
{result["seconds"]:.0f} s (`bench/audience.py`). Latency is from sending a point to the arrival of its picture at a phone, over all phones and pictures. The server shows the newest
point ten times a second. The speaker's own drag over the live channel runs at the same time, and alone before and after.

| | measured | goal |
|---|---|---|
| point to phone, p50 / p95 / p99 | {result["p50_ms"]} / {result["p95_ms"]} / {result["p99_ms"]} ms | p95 ≤ 150 ms |
| pictures per second of a phone, median / slowest | {result["frames_per_second"]} / {result["slowest_frames_per_second"]} | |
| phones that received the last point | {result["last_point_reached"]} of {result["phones"]} | all |
| server's CPU time per second | {result["server_cpu_share"]} s | |
| speaker's drag with the audience, p50 / p95 | {followed["p50_ms"]} / {followed["p95_ms"]} ms | |
| speaker's drag alone, p50 / p95 | {alone["p50_ms"]} / {alone["p95_ms"]} ms | |

Encoding of one picture, the mean of 200 decoded test images. A frame is a PNG with at most a few dozen bytes before it, encoded once for all phones.

| model | pixels, bytes | PNG, bytes | PNG, ms | lossless WebP, bytes | lossless WebP, ms |
|---|---|---|---|---|---|
{rows}
"""
