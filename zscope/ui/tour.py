"""The tour for new users. The browser knows whether it was seen, and at which step it is."""

from zscope.library.registry import ModelEntry
from zscope.messages import TourPage
from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.component_data import declare, model_data
from zscope.ui.server import base_path

__all__ = ["show_tour"]

_TOUR = declare("tour", "tour", ("go",))
_PAGES = ("explore", "map", "reconstruct")


def show_tour(page: str, entry: ModelEntry) -> None:
    """Show the tour; go to the page of its next step, which ends the script's run.

    Args:
        page: name of the open page.
        entry: the open model.
    """
    profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
    data = TourPage(base=base_path(), page=page, model=model_data(entry, profile))
    result = _TOUR(key="tour", data=data, on_go_change=lambda: None)
    if result.go in _PAGES:
        state.leave_for(result.go)
