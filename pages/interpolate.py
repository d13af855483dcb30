"""Interpolate: four paths from picture to picture, in step, and as a film."""

from ui import state
from ui.cache import latent_profile
from ui.components import live_paths

entry = state.current_model()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
point, spec = state.current_point(entry), state.made_map(entry)
stops = live_paths(entry, profile, point, state.current_stops(entry), spec, key="paths")
if stops is not None:
    state.remember_stops(entry.id, stops)
