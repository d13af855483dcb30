"""Explore: sliders over the latent dimensions, the picture at the speed of the hand."""

from ui import state
from ui.cache import latent_profile
from ui.components import explorer

entry = state.current_model()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
left = explorer(entry, profile, state.current_point(entry.id), key="explorer")
if left is not None:
    state.remember_point(entry.id, left)
