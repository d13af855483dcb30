"""Interpolate: four paths from one picture to another, in step, and as a film."""

from ui import state
from ui.cache import latent_profile
from ui.components import live_paths
from ui.paths.export import show_export

entry = state.current_model()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
spec = state.made_map(entry)
ends = live_paths(entry, profile, state.current_point(entry), state.current_ends(entry), spec, key="paths")
if ends is not None:
    state.remember_ends(entry.id, ends)
if ends := state.current_ends(entry):
    show_export(entry, ends)
