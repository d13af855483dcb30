"""Returns a finished map, or starts making it, or asks the user whether to start."""

import streamlit as st

from zscope.jobs.maps import find_job, start_job, stop_job
from zscope.library.maps import MapSpec
from zscope.library.maps.making import MapParts, find_map, map_key
from zscope.ui.language import _, told
from zscope.ui.text import plain

__all__ = ["TURN_KEY", "ensure_made"]

TURN_KEY = "zscope_map_turn"  # counts starts: the component restarts with each
_LATEST = "zscope_map_latest"  # key of the map that this session requested last
_REQUESTED = "zscope_map_requested"  # keys of maps that this session requested


def ensure_made(model_id: str, spec: MapSpec) -> MapParts | None:
    """Return the map; start making it and return None if it does not exist. Ends the run if the user must decide.

    Raises:
        ZscopeError: the model cannot be opened, or the map is not possible for it.
    """
    parts = find_map(model_id, spec)
    if parts is not None:
        return parts
    key = map_key(model_id, spec)
    requested = st.session_state.setdefault(_REQUESTED, set())
    job = find_job(key)
    if not (job and job.active) and key in requested:
        st.title(_("Map"), anchor=False)
        if job and job.error:
            st.error(plain(told(job.error)))
        else:
            st.info(_("The map was stopped before it was finished."))
        if not st.button(_("Make map"), type="primary", icon=":material/scatter_plot:"):
            st.stop()
        st.session_state[TURN_KEY] = st.session_state.get(TURN_KEY, 0) + 1
    _cancel_previous(key)
    requested.add(key)
    st.session_state[_LATEST] = key
    start_job(model_id, spec)
    return None


def _cancel_previous(key: str) -> None:
    """Cancel the previous request of this session if its map has not started yet."""
    latest = st.session_state.get(_LATEST)
    if latest and latest != key:
        job = find_job(latest)
        if job and job.state == "queued":
            stop_job(latest)
            st.session_state[_REQUESTED].discard(latest)
