"""Maps of the test images that two models have with the same method and settings."""

from vae.errors import ZscopeError
from vae.latent.projections import PROJECTIONS
from zscope.jobs.maps import find_job, start_job
from zscope.library.maps import MapSpec
from zscope.library.maps.making import find_map, map_key
from zscope.library.registry import ModelEntry
from zscope.messages import MapPair
from zscope.ui import state
from zscope.ui.component_data import map_data
from zscope.ui.server import base_path

__all__ = ["common_maps", "maps_in_making"]

_PCA = MapSpec(method="pca")  # available as soon as the points are measured


def common_maps(a: ModelEntry, b: ModelEntry) -> list[MapPair]:
    """Return the maps that exist for both models, the last one shown first. PCA needs only the measured points."""
    comparable = [MapSpec(method=projection.key) for projection in PROJECTIONS.values() if projection.comparable]
    wanted = [state.current_map(a.id), state.current_map(b.id), *comparable]
    specs = [spec.flat() for spec in wanted if spec and spec.images == "test" and spec.projection.comparable]
    found: list[MapPair] = []
    for spec in dict.fromkeys(specs):
        if all(_exists(entry, spec) for entry in (a, b)):
            found.append({"method": spec.method, "a": map_data(a, spec), "b": map_data(b, spec)})
    return found


def maps_in_making(a: ModelEntry, b: ModelEntry) -> list[str]:
    """Start measuring missing points and return the URLs of their progress.

    Raises:
        ZscopeError: the points cannot be measured.
    """
    urls = []
    for entry in (a, b):
        if find_map(entry.id, _PCA) is None:
            key = map_key(entry.id, _PCA)
            job = find_job(key)
            if job is None or not (job.active or job.error):
                start_job(entry.id, _PCA)
            urls.append(f"{base_path()}/content/maps/{key}/status")
    return urls


def _exists(entry: ModelEntry, spec: MapSpec) -> bool:
    try:
        return find_map(entry.id, spec) is not None
    except ZscopeError:  # one of them does not support the settings, such as an axis
        return False
