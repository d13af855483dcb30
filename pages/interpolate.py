"""Interpolate: paths between pictures, played side by side and exported as a film."""

from zscope.ui import state
from zscope.ui.cache import latent_profile
from zscope.ui.components import live_paths, stops_of

entry = state.current_model()
profile = latent_profile(entry.id, entry.manifest.files["reference.npz"].sha256)
point, spec = state.current_point(entry), state.made_map(entry)
result = live_paths(entry, profile, point, state.current_stops(entry), spec, key="paths")
if stops := stops_of(result, entry):
    state.remember_stops(entry.id, stops)
if result.go == "map":
    state.leave_for(result.go)
