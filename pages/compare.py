"""Compare: two models side by side, on the same images."""

from vae.evaluation.comparison import compare_figures
from zscope.library.image_comparison import errors_of_images
from zscope.ui import state
from zscope.ui.compare.choice import choose_other
from zscope.ui.compare.component import live_comparison
from zscope.ui.components import point_of
from zscope.ui.errors import shown_errors

entry = state.current_model()
with shown_errors():
    other, common = choose_other(entry)
    images = errors_of_images(entry.id, other.id) if common == "data" else None
    lines = compare_figures((entry.manifest, entry.card), (other.manifest, other.card), images or {})
    result = live_comparison(entry, other, common, state.current_point(entry), lines, key="comparison")
    if left := point_of(result, entry):
        state.remember_point(entry.id, left)
