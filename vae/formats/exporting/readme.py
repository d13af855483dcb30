"""Writes the `README.txt` of an exported archive."""

from vae.formats.bundle import Bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.usage import heads_of

__all__ = ["readme"]


def readme(bundle: Bundle, format: ExportFormat) -> str:
    """Describe the inputs and outputs of an exported model, and the Python that loads it."""
    id, title, config = bundle.manifest.id, bundle.manifest.title, bundle.manifest.model
    picture = ", ".join(map(str, config.image_shape))
    heads = heads_of(config)
    text = [f"{title} ({id}), exported from Zscope as {format.title}.", ""]
    if heads:
        text += [
            "Encoder",
            f"  input images: float32 (n, {picture}), height, width, channels, in [0, 1]",
            f"  output {', '.join(heads)}: float32 (n, {config.latent_dim})"
            + (", mean and log-variance of q(z | x)" if config.variational else ", the code (no variance)"),
            "",
        ]
    text += ["Decoder", f"  input codes: float32 (n, {config.code_dim})"]
    if config.classes:
        text.append(f"    z, {config.latent_dim} numbers, then {config.classes} class weights that sum to 1")
    text += [f"  output pictures: float32 (n, {picture}), in [0, 1]", ""]
    text += [f"In Python (pip install {f'numpy {format.install}'.strip()}), in this folder:", ""]
    text += [f"  {line}" for line in format.usage(id, config).splitlines()]
    return "\n".join([*text, "", f"Training data: {bundle.card.licence}", ""])
