"""The coupling networks of a flow prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae.models.networks.stack import Part, Stack

if TYPE_CHECKING:
    from vae.models.config import ModelConfig

__all__ = ["coupling_parts"]


def coupling_parts(config: ModelConfig) -> list[Part]:
    """Return one network for each coupling of a flow prior: z → scale and shift, `(latent_dim,)` each.

    Scale and shift start at zero, so every coupling starts as the identity, and the prior as N(0, I).
    """
    parts = []
    for index in range(config.prior_blocks):
        stack, name = Stack((config.latent_dim,)), f"coupling_{index}"
        stack.add("Dense", f"{name}_hidden_0", units=config.prior_units, activation="relu")
        hidden = stack.add("Dense", f"{name}_hidden_1", units=config.prior_units, activation="relu")
        heads = tuple(
            stack.add("Dense", f"{name}_{head}", inputs=(hidden,), units=config.latent_dim, kernel="zeros")
            for head in ("scale", "shift")
        )
        parts.append(stack.finish(heads))
    return parts
