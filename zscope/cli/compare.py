"""`compare`: two models side by side."""

import json
from typing import Annotated

import typer

from vae.errors import BadRequestError
from vae.evaluation.figures import show
from zscope.cli.framework import load_runtime
from zscope.cli.progress import progress, reporter
from zscope.library.registry import open_model

__all__ = ["compare"]

_SHOWN = 10  # most changed images


def compare(
    a: Annotated[str, typer.Argument(help="A model's id (see `models`).")],
    b: Annotated[str, typer.Argument(help="The id of another model of images of the same shape.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
):
    """Compare two models: figures with the error of each difference, matched dimensions, and the test images whose
    neighbours change most.

    For models of different data sets the figures are listed without a comparison.
    """
    bundles = open_model(a), open_model(b)
    load_runtime()
    from vae.evaluation.comparison import (
        compare_figures,
        follow_linearly,
        match_dimensions,
        neighbourhood_change,
        what_is_common,
    )
    from zscope.library.image_comparison import errors_of_images
    from zscope.library.open_models import wide_neighbours

    manifests = bundles[0].manifest, bundles[1].manifest
    same = what_is_common(*manifests) == "data"
    per_image = {}
    if same:
        with progress() as bars:
            per_image = errors_of_images(a, b, measure=reporter(bars))
    lines = compare_figures((manifests[0], bundles[0].card), (manifests[1], bundles[1].card), per_image)
    result = {"a": a, "b": b, "same_data": same, "figures": [_figure(line) for line in lines]}
    if same:
        z = bundles[0].reference.z_mean, bundles[1].reference.z_mean
        matching, following = match_dimensions(*z), follow_linearly(*z)
        result["matching"] = [
            {"a": int(i), "b": int(j), "correlation": float(r), "slope": float(slope)}
            for i, j, r, slope in zip(matching.a, matching.b, matching.correlation, matching.slope, strict=True)
        ]
        result |= {"only_a": matching.only_a.tolist(), "only_b": matching.only_b.tolist()}
        result["linear_share"] = following.share
        try:
            change = neighbourhood_change(wide_neighbours(a), wide_neighbours(b))
        except BadRequestError as error:  # a collapsed model: print the figures all the same
            result["change"] = {"refused": str(error)}
        else:
            most = [{"image": int(row), "change": float(change.change[row])} for row in change.order[:_SHOWN]]
            result["change"] = {
                "neighbours": change.neighbours,
                "mean": change.mean,
                "standard_error": change.standard_error,
                "chance": change.chance,
                "most": most,
            }
    if as_json:
        print(json.dumps(result, indent=1))
    else:
        _print(result, lines)


def _figure(line) -> dict:
    figures = {
        name: value and {"value": value.value, "standard_error": value.standard_error}
        for name, value in (("a", line.a), ("b", line.b), ("difference", line.difference))
    }
    return {"name": line.name, "unit": line.unit} | figures | {
        "paired": line.paired, "better": line.better, "note": line.note,
    }  # fmt: skip


def _print(result: dict, lines) -> None:
    a, b = result["a"], result["b"]
    print(f"A: {a}\nB: {b}\n")
    print(f"{'':19}{'A':>18}{'B':>19}{'B - A':>22}  better")
    for line in lines:
        unit, in_cells = ("", "%") if line.unit == "%" else (line.unit, "")
        cells = [show(figure, line.digits, in_cells, error=line.measured) for figure in (line.a, line.b)]
        gap = show(line.difference, line.digits, in_cells, error=True) if line.difference else ""
        mark = "*" if line.paired else " "
        name = f"{line.name}, {unit}" if unit else line.name
        print(f"{name:19}{cells[0]:>18}{cells[1]:>19}{gap:>21}{mark}  {(line.better or '').upper()}".rstrip())
    print(
        "\n± standard errors; * of paired differences, otherwise of two independent measurements."
        "\nBetter: the difference is larger than two standard errors."
    )
    for note, names in _notes(lines).items():
        print(f"Not compared: {', '.join(names)}: {note}.")
    if not result["same_data"]:
        return
    print()
    for pair in result["matching"]:
        print(f"z{pair['a']:<4} ↔ z{pair['b']:<4} r = {pair['correlation']:+.2f}")
    for name, model in (("only_a", a), ("only_b", b)):
        if result[name]:
            print(f"Unmatched in {model}: {', '.join(f'z{d}' for d in result[name])}")
    print(f"A linear function of {a}'s codes explains {100 * result['linear_share']:.1f} % of the variance of {b}'s.")
    change = result["change"]
    if "refused" in change:
        print(change["refused"])
        return
    mean, error = 100 * change["mean"], 100 * change["standard_error"]
    print(
        f"{mean:.1f} ± {error:.1f} % of an image's {change['neighbours']} nearest neighbours differ in {b} "
        f"(chance: {100 * change['chance']:.1f} %). Largest changes:"
    )
    shown = (f"#{one['image']} ({100 * one['change']:.0f} %)" for one in change["most"])
    print(", ".join(shown))


def _notes(lines) -> dict[str, list[str]]:
    """Names of figures by the reason why they are not compared."""
    notes: dict[str, list[str]] = {}
    for line in lines:
        if line.note:
            notes.setdefault(line.note, []).append(line.name)
    return notes
