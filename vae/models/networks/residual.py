"""The residual block (He et al. 2016, "Identity Mappings in Deep Residual Networks"), with group normalisation."""

from vae.models.networks.stack import Stack

__all__ = ["add_block"]

# Results hardly depend on it (Wu & He 2018). With batch statistics, a picture would depend on its batch.
_GROUPS = 8


def add_block(stack: Stack, name: str, activation: str) -> None:
    """Add x + conv(act(norm(conv(act(norm(x)))))), which keeps the shape `(h, w, c)`.

    The second kernel starts at zero, so the block starts as the identity (Zhang et al. 2019, "Fixup").

    Args:
        name: name of the block; its parts are `{name}/norm_0`, `{name}/act_0`, `{name}/conv_0`, and the same with 1.
    """
    source, channels = stack.last, stack.shape[-1]
    groups = next(groups for groups in range(min(_GROUPS, channels), 0, -1) if channels % groups == 0)
    for half, kernel in enumerate(("he", "zeros")):
        stack.add("GroupNormalization", f"{name}/norm_{half}", groups=groups, exact=False)
        stack.add("Activation", f"{name}/act_{half}", activation=activation)
        settings = {"filters": channels, "kernel_size": (3, 3), "padding": "same"}
        stack.add("Conv2D", f"{name}/conv_{half}", kernel=kernel, exact=False, **settings)
    stack.add("Add", name, inputs=(source, stack.last))
