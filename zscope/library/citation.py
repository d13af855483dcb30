"""BibTeX entry and five lines of Python for a model."""

from datetime import datetime

from zscope.library.registry import ModelEntry

__all__ = ["bibtex", "five_lines"]

# Characters that LaTeX reads as commands; `translate` replaces each once, so no replacement is replaced again.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    }
)  # fmt: skip


def bibtex(entry: ModelEntry, made: datetime, author: str) -> str:
    """Return a BibTeX entry.

    Args:
        entry: a model that is not broken.
        made: date of the training or import.
        author: name of the author.
    """
    manifest, card = entry.parts()
    weights = manifest.networks_hash
    fields = {
        "title": f"{{{_latex(entry.title)}}}",
        "author": f"{{{_latex(author)}}}",
        "year": str(made.year),
        "month": f"{made:%b}".lower(),
        "howpublished": f"Zscope model bundle \\texttt{{{entry.id}}}",
        "note": f"{_latex(card.summary.rstrip('.'))}; weights SHA-256 \\texttt{{{weights[:16]}}}",
    }
    # A month is one of BibTeX's own names, without braces.
    lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}," for name, value in fields.items()]
    return "\n".join([f"@misc{{zscope-{entry.id}-{weights[:8]},", *lines, "}"])


def five_lines(entry: ModelEntry) -> str:
    """Return Python code that opens a listed model, encodes images and decodes their codes.

    For a model without an encoder, the code decodes random codes.
    """
    manifest, _ = entry.parts()
    config, id = manifest.model, entry.id
    pictures = ", ".join(map(str, (8, *config.image_shape)))
    draw = f"pictures = model.decode_pixels(codes)  # uint8 ({pictures})"
    if not config.encodes:
        return (
            "import numpy as np\n"
            "from zscope import load_model\n"
            f'model = load_model("{id}")\n'
            f"codes = np.random.default_rng(0).standard_normal((8, {config.code_dim}))\n{draw}"
        )
    return (
        "from vae.data import load_test_split\n"
        "from zscope import load_model\n"
        f'model = load_model("{id}")\n'
        f'codes, _ = model.encode(load_test_split("{manifest.dataset}").images[:8])'
        f"  # float32 (8, {config.code_dim})\n{draw}"
    )


def _latex(text: str) -> str:
    return " ".join(text.split()).translate(_LATEX)
