"""Parts of single chapters that Python computes when the page is shown."""

from math import prod

import streamlit as st

from vae.errors import BadRequestError
from vae.models.networks.plan import part_graph
from zscope.ui import state
from zscope.ui.errors import error_text
from zscope.ui.language import N_, _
from zscope.ui.learn.checks import CHECKS, answer_of
from zscope.ui.learn.source import source_of
from zscope.ui.text import plain

__all__ = ["network_tables"]

_TABLES = {
    "encoder": N_("| Encoder | layer | output | weights |"),
    "decoder": N_("| Decoder | layer | output | weights |"),
}


def network_tables() -> None:
    """Show the layers of the open model, and what the checks say about listings that do not run."""
    entry = state.current_model()
    st.subheader(_("The layers of the open model"), anchor=False)
    st.caption(plain(entry.title))
    for column, part in zip(st.container(key="learn-layers").columns(2), ("encoder", "decoder"), strict=True):
        with column:
            try:
                st.markdown(_layers(entry.manifest.model, part))
            except BadRequestError as error:  # an ONNX file, or a model without an encoder
                st.info(plain(error_text(error)))
    st.subheader(_("Listings that do not run"), anchor=False)
    st.markdown(
        _(
            "Tutorials contain listings that stop with an error, or worse, run with the wrong shapes. The checks below"
            " run now, before any framework is loaded."
        )
    )
    for title, check in CHECKS.items():
        with st.expander(_(title)):
            source = source_of(f"zscope.ui.learn.checks:{check.__name__}")
            st.code(source.text, language="python", wrap_lines=True)
            st.code(answer_of(check), language=None, wrap_lines=True)


def _layers(model, part: str) -> str:
    """Return a table of the layers of "encoder" or "decoder", Markdown.

    Raises:
        BadRequestError: their layers are unknown.
    """
    graph = part_graph(model, part)
    shapes, weights = graph.shapes(), graph.weight_shapes()
    rows = [_(_TABLES[part]), "|---|---|---|---|"]
    for layer in graph.layers:
        count = sum(prod(shape) for name, shape in weights.items() if name.startswith(f"{layer.name}/"))
        output = " × ".join(map(str, shapes[layer.name]))
        rows.append(f"| {plain(layer.name)} | {layer.kind} | {output} | {count:,} |")
    return "\n".join(rows)
