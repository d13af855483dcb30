"""The residual block (He et al. 2016, "Identity Mappings in Deep Residual Networks"), with group normalisation."""

from vae.models.networks.stack import Stack

__all__ = ["add_block"]

_GROUPS = 8  # Wu & He 2018: figures hardly depend on it; batch statistics would tie a picture to its batch


def add_block(stack: Stack, name: str, activation: str) -> None:
    """Add x + conv(act(norm(conv(act(norm(x)))))), `(h, w, c)` → the same shape.

    The second kernel starts at zero, the block as the identity (Zhang et al. 2019, "Fixup").

    Args:
        name: of the block; its parts are `{name}/norm_0`, `{name}/act_0`, `{name}/conv_0`, and the same with 1.
    """
    source, channels = stack.last, stack.shape[-1]
    groups = next(groups for groups in range(min(_GROUPS, channels), 0, -1) if channels % groups == 0)
    for half, kernel in enumerate(("he", "zeros")):
        stack.add("GroupNormalization", f"{name}/norm_{half}", groups=groups, exact=False)
        stack.add("Activation", f"{name}/act_{half}", activation=activation)
        sliding = {"filters": channels, "kernel_size": (3, 3), "padding": "same"}
        stack.add("Conv2D", f"{name}/conv_{half}", kernel=kernel, exact=False, **sliding)
    stack.add("Add", name, inputs=(source, stack.last))
