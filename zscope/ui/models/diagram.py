"""Draws a network layer by layer: a box for each, sized by its output shape."""

from collections.abc import Sequence
from math import log2, prod, sqrt

from vae.models.architecture import Layer
from zscope.ui.language import N_, _, ngettext, told
from zscope.ui.text import html_text

__all__ = ["STYLES", "draw_network"]

STYLES = """
.zn-part { display: flex; flex-wrap: wrap; gap: 12px 0; margin: 4px 0 18px; }
.zn-part > b { flex: none; width: 100%; font-size: 0.86rem; font-weight: 500; color: light-dark(#5a6472, #98a3b3); }
.zn-layer { display: grid; align-content: start; justify-items: center; gap: 3px; width: 96px; padding: 0 3px;
  text-align: center; font-size: 0.76rem; line-height: 1.25; }
.zn-layer span { overflow-wrap: anywhere; }
.zn-layer em { font-style: normal; font-variant-numeric: tabular-nums; }
.zn-layer small { font-size: 0.7rem; line-height: 1.3; color: light-dark(#5a6472, #98a3b3); overflow-wrap: anywhere; }
.zn-frame { display: grid; place-items: end center; height: var(--tall); }
.zn-box { position: relative; }
.zn-box i { position: absolute; box-sizing: border-box; border: 1px solid; border-radius: 2px; }
.zn-arrow { flex: none; width: 0; padding-top: max(0px, var(--tall) - 34px); display: grid; justify-content: center;
  color: light-dark(#98a3b3, #5a6472); }
.zn-heads { display: grid; align-content: start; gap: 12px; margin-inline: 8px;
  border-inline: 1px solid light-dark(#98a3b3, #5a6472); border-radius: 8px; }
.zn-heads .zn-layer + .zn-layer .zn-frame { height: auto; }
"""

_COLORS = {
    "data": "#94a4a2", "encoder": "#3f90da", "code": "#ffa90e", "decoder": "#2a9d8f", "prior": "#9c5fc4",
    "likelihood": "#94a4a2",
}  # fmt: skip
_TITLES = {
    "encoder": N_("Encoder: image → code"),
    "decoder": N_("Decoder: code → image"),
    "prior": N_("Prior: noise → code"),
    "likelihood": N_("Likelihood: distribution of pixels around the decoder's mean"),
}
_SHEETS = 5  # at most, for the channels
_STEP = 3  # pixels from sheet to sheet


def draw_network(layers: Sequence[Layer]) -> str:
    """Return HTML of all parts. Names and kinds are escaped, since an imported model chooses its own.

    Args:
        layers: from `vae.models.architecture.layers_of`.
    """
    shapes = [shape for layer in layers for shape in (layer.input_shape, layer.output_shape)]
    largest = max((max(shape[:2]) for shape in shapes if len(shape) == 3), default=1)
    parts = {part: [layer for layer in layers if layer.part == part] for part in _TITLES}
    return "".join(_part(part, rows, largest) for part, rows in parts.items() if rows)


def _part(part: str, layers: list[Layer], largest: int) -> str:
    total = sum(layer.parameters for layer in layers)
    weights = _weights(total)
    pieces = [f"<b>{_(_TITLES[part])} · {weights}</b>"]
    if part != "likelihood":
        name = {"encoder": "x", "decoder": _("code"), "prior": _("noise")}[part]
        pieces.append(_box("data" if part == "encoder" else "code", name, layers[0].input_shape, largest))
    row = 0
    while row < len(layers):
        together = [layers[row]]
        while row + len(together) < len(layers) and layers[row + len(together)].beside:
            together.append(layers[row + len(together)])
        row += len(together)
        color = "code" if part == "encoder" and row == len(layers) else part
        boxes = "".join(_layer(layer, color, largest) for layer in together)
        if len(pieces) > 1:
            pieces.append("<span class='zn-arrow' aria-hidden='true'>→</span>")
        pieces.append(f"<div class='zn-heads'>{boxes}</div>" if len(together) > 1 else boxes)
    sizes = [_size(shape, largest) for layer in layers for shape in (layer.input_shape, layer.output_shape)]
    tall = max(height + _STEP * (sheets - 1) for _width, height, sheets in sizes)
    return f"<div class='zn-part' style='--tall:{tall:.0f}px'>{''.join(pieces)}</div>"


def _layer(layer: Layer, color: str, largest: int) -> str:
    kind = f"{told(layer.kind)}, {layer.activation}" if layer.activation else told(layer.kind)
    weights = _weights(layer.parameters) if layer.parameters else _("no weights")
    hover = f"{layer.part}/{layer.name}: {kind}. {_shape(layer.input_shape)} → {_shape(layer.output_shape)}, {weights}"
    return _box(color, layer.name, layer.output_shape, largest, [weights, kind], hover)


def _weights(count: int) -> str:
    return ngettext("{n} weight", "{n} weights", count, n=f"{count:,}")


def _box(color: str, name: str, shape: tuple[int, ...], largest: int, more: Sequence[str] = (), hover: str = "") -> str:
    below = "".join(f"<small>{html_text(line)}</small>" for line in more)
    return (
        f"<div class='zn-layer' title='{html_text(hover or name)}'>"
        f"<div class='zn-frame'>{_drawn(color, shape, largest)}</div>"
        f"<span>{html_text(name)}</span><em>{_shape(shape)}</em>{below}</div>"
    )


def _drawn(color: str, shape: tuple[int, ...], largest: int) -> str:
    width, height, sheets = _size(shape, largest)
    fill, behind = _COLORS[color], _STEP * (sheets - 1)
    style = f"width:{width:.1f}px;height:{height:.1f}px;border-color:{fill};background:{fill}{'40' if behind else '70'}"
    drawn = "".join(
        f"<i style='left:{_STEP * place}px;bottom:{_STEP * place}px;{style}'></i>" for place in reversed(range(sheets))
    )
    return f"<div class='zn-box' style='width:{width + behind:.0f}px;height:{height + behind:.0f}px'>{drawn}</div>"


def _size(shape: tuple[int, ...], largest: int) -> tuple[float, float, int]:
    """Width and height in pixels, and the number of sheets, which grows with the logarithm of the channels.

    A vector is drawn as a bar.
    """
    if len(shape) != 3:
        return 10, 10 + min(62.0, 6.5 * log2(max(1, prod(shape)))), 1
    longest = max(shape[:2])
    side = 12 + 52 * sqrt(longest / largest)
    return side * shape[1] / longest, side * shape[0] / longest, min(_SHEETS, 1 + round(log2(shape[2]) / 1.5))


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "1"
