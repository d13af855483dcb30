"""Parts of the Python code that loads exported files, shared by several formats."""

from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["heads_of", "picked", "unpacked"]


def heads_of(config: ModelConfig | ImportedConfig) -> tuple[str, ...]:
    """Return the names of the exported encoder's outputs; () for a decoder alone."""
    if not config.encodes:
        return ()
    return ("z_mean", "z_log_var") if config.variational else ("z_mean",)


def unpacked(names: tuple[str, ...]) -> str:
    """Return the left side of an assignment that unpacks a sequence into these names."""
    return ", ".join(names) if len(names) > 1 else f"({''.join(names)},)"


def picked(names: tuple[str, ...], ending: str = "") -> str:
    """Return the right side of an assignment that takes these names from the dictionary `posterior`."""
    return ", ".join(f'posterior["{name}"]{ending}' for name in names)
