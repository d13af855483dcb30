"""Writes the tables of docs/zoo.md from the registered kinds: `python -m docs.zoo`."""

import re
from collections.abc import Iterable
from pathlib import Path

from vae.data.builtin import CATALOG
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS, Refusal

__all__ = ["TABLES", "zoo_page"]

FILE = Path(__file__).resolve().parent / "zoo.md"


def zoo_page(text: str) -> str:
    """Return the page with updated tables; each table is between two comments, of which the first has its name."""
    for name, table in TABLES.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = place.subn(lambda found, table=table: f"{found[1]}{table()}{found[2]}", text)
        if count != 1:
            raise ValueError(f"docs/zoo.md has {count} places for the table {name}")
    return text


def _likelihoods() -> str:
    rows = []
    for kind in LIKELIHOODS.values():
        rows.append((f"`{kind.key}`", kind.formula, kind.meaning, kind.source))
        if kind.binary:
            rows.append(
                (
                    f"`{kind.key} --binarize`",
                    "the same; each time an image is used, its pixels are sampled black or white by their grey level",
                    'comparison with published results ("dynamic binarisation")',
                    "Salakhutdinov & Murray 2008",
                )
            )
    return _table(("name", "log p(x | z), per pixel", "choose it for", "source"), rows)


def _priors() -> str:
    rows = [(f"`{kind.key}`", kind.formula, kind.meaning, kind.source) for kind in PRIORS.values()]
    return _table(("name", "p(z)", "choose it for", "source"), rows)


def _objectives() -> str:
    rows = [
        (kind.title, kind.option or f"`--objective {kind.key}`", kind.formula, kind.meaning, kind.source)
        for kind in OBJECTIVES.values()
    ]
    return _table(("name", "chosen by", "minimised", "choose it for", "source"), rows)


def _datasets() -> str:
    rows = [
        (f"`{info.id}`", info.title, "×".join(map(str, info.image_shape)), str(len(info.class_names)), info.licence)
        for info in CATALOG.values()
    ]
    return _table(("name", "title", "size", "classes", "licence"), rows)


def _refused() -> str:
    binary = " or ".join(f"`{kind.key}`" for kind in LIKELIHOODS.values() if kind.binary)
    rows = [(f"`--binarize` with a likelihood other than {binary}", "Other likelihoods do not describe binary pixels.")]
    for kind in OBJECTIVES.values():
        name = (kind.option or f"`--objective {kind.key}`").replace(" k`", "`")
        rows += [(f"{name} with {_options(refusal)}", refusal.reason) for refusal in kind.refuses]
        if not kind.variational:
            learned = " or ".join(f"`--prior {prior.key}`" for prior in PRIORS.values() if not prior.is_standard)
            rows.append((f"{name} with {learned}", "A plain autoencoder has no prior to learn."))
    for kind in PRIORS.values():
        rows += [(f"`--prior {kind.key}` with {_options(refusal)}", refusal.reason) for refusal in kind.refuses]
        if kind.least_dimensions > 1:
            few = f"fewer than {kind.least_dimensions} dimensions"
            rows.append((f"`--prior {kind.key}` with {few}", f"{kind.why_dimensions}."))
    rows.append(("`--conditional` without classes", "The decoder needs the class of each image."))
    return _table(("together", "why"), rows)


def _options(refusal: Refusal) -> str:
    return " or ".join(f"`--{name.replace('_', '-')}`" for name in refusal.settings)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_row(heads), f"|{'---|' * len(heads)}\n", *map(_row, rows)]
    return "".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    inner = " ".join(f"{cell} |".lstrip() for cell in (cell.replace("|", "\\|") for cell in cells))
    return f"| {inner}\n"


TABLES = {
    "likelihoods": _likelihoods,
    "objectives": _objectives,
    "priors": _priors,
    "data sets": _datasets,
    "refused": _refused,
}


if __name__ == "__main__":
    FILE.write_text(zoo_page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
