"""Our own components: a few inline lines each, which load the real modules from our own asset route."""

from collections.abc import Sequence
from dataclasses import asdict

import plotly
import streamlit as st

from live import Operation
from live.layout import Layout
from ui.links import Point, Stop
from ui.map.settings import EXPLAINED, METHODS
from ui.map.status import TURN_KEY
from ui.server import base_path
from vae.colors import CLASS_COLORS
from vae.data import load_test_split
from vae.data.catalog import dataset_info
from vae.latent import LatentProfile
from vae.maps import COMPUTED, MapSpec
from vae.maps.directions import KeptDirection, find_direction
from vae.maps.making import map_key as find_key
from vae.preparation import wants_of
from vae.registry import ModelEntry

__all__ = ["explorer", "live_map", "live_paths", "own_image", "point_of", "stop_of"]

# A blob module cannot import by relative path, so the address is made absolute from where the page itself came from.
_LOADER = """
export default function (component) {
  const module = import(new URL(`${component.data.base}/assets/js/explore/mount.js`, location.origin).href);
  module
    .then(({ mount }) => mount(component))
    .catch((error) => {
      const root = component.parentElement.querySelector(".root");
      root.textContent = `The explorer could not be loaded: ${error}. Reload the page.`;
    });
  return () => module.then(({ unmount }) => unmount(component.parentElement)).catch(() => {});
}
"""

_MAP_LOADER = _LOADER.replace("explore/mount.js", "map/mount.js").replace("The explorer could", "The map could")

_PATHS_LOADER = _LOADER.replace("explore/mount.js", "paths/mount.js").replace("The explorer could", "The paths could")

_OWN_LOADER = _LOADER.replace("explore/mount.js", "own/mount.js").replace("The explorer could", "The page could")

_OWN = st.components.v2.component("zscope_own", html="<div class='root'></div>\n", js=_OWN_LOADER)
_PATHS = st.components.v2.component("zscope_paths", html="<div class='root'></div>\n", js=_PATHS_LOADER)
_MAP = st.components.v2.component("zscope_map", html="<div class='root'></div>\n", js=_MAP_LOADER)
_EXPLORER = st.components.v2.component("zscope_explorer", html="<div class='root'></div>\n", js=_LOADER)


def explorer(
    entry: ModelEntry,
    profile: LatentProfile,
    point: Point | None,
    spec: MapSpec | None,
    directions: Sequence[KeptDirection],
    key: str,
) -> Point | None:
    """The live explorer of one model.

    Args:
        point: where to start; None plays a walk through the data until touched.
        spec: the map beside the sliders, which is made; None leaves it out.
        directions: a slider each.

    Returns:
        Where the person let go last, in this model; None before the first time.
    """
    result = _EXPLORER(
        key=key,
        data={
            "base": base_path(),
            "model": _model(entry, profile),
            "dimensions": _dimensions(profile),
            "colors": list(CLASS_COLORS),
            "point": _point(point),
            "map": None if spec is None else _map(entry, spec),
            "directions": [_direction(direction) for direction in directions],
        },
        on_point_change=lambda: None,
    )
    return point_of(result, entry)


def live_map(entry: ModelEntry, profile: LatentProfile, spec: MapSpec, point: Point | None, ready: bool, key: str):
    """The live map of one model.

    Args:
        ready: whether it is made; else the page shows it forming, and says when it is.

    Returns:
        The component's result: `point` (see `point_of`), `selection` (rows of the points), `made`, `stop`.
    """
    model, content, map_key = _model(entry, profile), f"{base_path()}/content", find_key(entry.id, spec)
    making = {
        "key": map_key,
        "linear": spec.method not in COMPUTED,
        "names": _axis_names(entry, spec),
        "explained": EXPLAINED[spec.method],
        "ready": ready,
        "turn": st.session_state.get(TURN_KEY, 0),
        "statusUrl": f"{content}/maps/{map_key}/status",
        "frameUrl": f"{content}/maps/{map_key}/frame",
        # Which images are at hand may change: other points, other addresses.
        "sheetsUrl": f"{content}/data/{entry.manifest.dataset}/SPLIT/sheet?v={model['imagesVersion']}-{map_key}",
        "imagesUrl": f"{content}/data/{entry.manifest.dataset}/SPLIT/images?v={model['imagesVersion']}-{map_key}",
    }
    return _MAP(
        key=key,
        data={
            "base": base_path(),
            "model": model,
            "palette": list(CLASS_COLORS),
            "plotlyUrl": f"{base_path()}/assets/vendor/plotly.min.js?v={plotly.__version__}",
            "point": _point(point),
            "map": _map(entry, spec) | making,
        },
        on_point_change=lambda: None,
        on_selection_change=lambda: None,
        on_made_change=lambda: None,
        on_stop_change=lambda: None,
        on_ended_change=lambda: None,
    )


def live_paths(
    entry: ModelEntry,
    profile: LatentProfile,
    point: Point | None,
    stops: Sequence[Stop] | None,
    spec: MapSpec | None,
    key: str,
) -> tuple[Stop, ...] | None:
    """The four paths through some codes of one model.

    Args:
        point: where Explore and the map are.
        stops: to begin with; two random test images when None.
        spec: the map that the paths are drawn on, which is made; None leaves it out.

    Returns:
        The stops as they are by now; None before they were chosen.
    """
    content = f"{base_path()}/content/models/{entry.id}"
    result = _PATHS(
        key=key,
        data={
            "base": base_path(),
            "model": _model(entry, profile),
            "dimensions": _dimensions(profile),
            "colors": list(CLASS_COLORS),
            "point": _point(point),
            "stops": None if stops is None else [_point(stop.point) | {"hold": stop.hold} for stop in stops],
            "map": None if spec is None else _map(entry, spec),
            "pathUrl": f"{content}/path",
            "movieUrl": f"{content}/movie",
        },
        on_stops_change=lambda: None,
    )
    left = result.stops
    if not left or left.get("model") != entry.id:
        return None
    found = [
        Stop(Point(tuple(float(value) for value in stop["z"]), stop.get("image")), float(stop["hold"]))
        for stop in left["stops"]
    ]
    fits = len(found) >= 2 and all(len(stop.point.z) == entry.manifest.model.code_dim for stop in found)
    return tuple(found) if fits else None


def own_image(entry: ModelEntry, profile: LatentProfile, spec: MapSpec | None, key: str):
    """A person's own picture, and what one model makes of it.

    Args:
        spec: the map that its place is shown on, which is made; None leaves it out.

    Returns:
        The component's result: `point` (see `point_of`); `stop`, once, a picture for Interpolate (see `stop_of`); `go`,
        once, the name of the page to go to.
    """
    return _OWN(
        key=key,
        data={
            "base": base_path(),
            "model": _model(entry, profile),
            "dimensions": _dimensions(profile),
            "colors": list(CLASS_COLORS),
            "map": None if spec is None else _map(entry, spec),
            "wants": asdict(wants_of(entry.manifest)),
            "url": f"{base_path()}/content/models/{entry.id}",
        },
        on_point_change=lambda: None,
        on_stop_change=lambda: None,
        on_go_change=lambda: None,
    )


def stop_of(result, entry: ModelEntry) -> tuple[str, Point] | None:
    """The letter, A or B, and the point of a picture for Interpolate; None where none was given."""
    stop = result.stop
    if not stop or stop.get("model") != entry.id or stop.get("letter") not in ("A", "B"):
        return None
    z = tuple(float(value) for value in stop["z"])
    return (stop["letter"], Point(z)) if len(z) == entry.manifest.model.code_dim else None


def point_of(result, entry: ModelEntry) -> Point | None:
    """Where the hand let go last, by a component's result; None before the first time, or in another model."""
    left = result.point
    if not left or left.get("model") != entry.id or len(left["z"]) != entry.manifest.model.code_dim:
        return None  # of another model, or of one of this name that was trained anew
    return Point(tuple(float(value) for value in left["z"]), left.get("image"))


def _point(point: Point | None) -> dict | None:
    return None if point is None else {"z": list(point.z), "image": point.image}


def _map(entry: ModelEntry, spec: MapSpec) -> dict:
    """What a page needs of a map that is made."""
    text, key = spec.text(), find_key(entry.id, spec)
    return {
        "method": spec.method,
        "title": METHODS[spec.method],
        "settings": text,
        "channel": f"{entry.id}?{text}",
        "url": f"{base_path()}/content/models/{entry.id}/map?{text}&v={key}",
        "densityUrl": f"{base_path()}/content/models/{entry.id}/density?{text}&v={key}",
    }


def _direction(direction: KeptDirection) -> dict:
    """The typedef `Direction` of `assets/js/explore/directions.js`."""
    return {name: getattr(direction, name) for name in ("id", "title", "a", "b", "vector", "start", "low", "high")}


def _axis_names(entry: ModelEntry, spec: MapSpec) -> list[str]:
    if spec.method == "raw":
        return [f"z{axis}" for axis in spec.axes]
    if spec.method == "pca":
        return [f"axis {axis + 1}" for axis in spec.axes]
    if spec.method == "along":
        return [find_direction(entry.id, spec.direction).title, "beside it"]
    return ["", ""]


def _model(entry: ModelEntry, profile: LatentProfile) -> dict:
    """The typedef `Model` of `assets/js/explore/explorer.js`."""
    config, info = entry.manifest.model, dataset_info(entry.manifest.dataset)
    content = f"{base_path()}/content"
    # Other content, another address: browsers keep what they were given.
    codes, weights = entry.manifest.files["reference.npz"].sha256[:16], entry.manifest.networks_hash[:16]
    prior = config.prior if config.variational else None
    return {
        "id": entry.id,
        "title": entry.title,
        "latentDim": config.latent_dim,
        "codeDim": config.code_dim,
        "imageShape": list(config.image_shape),
        "classes": list(info.class_names),
        "images": len(load_test_split(info.id)),
        "dataTitle": info.title,
        "prior": prior,
        "encodes": config.encodes,
        # How far apart codes are: 1 where the prior sees to it, else the data's own scale.
        "unit": 1.0 if prior == "normal" else _scale(profile),
        "decodeRows": Layout(config.code_dim, config.image_shape, config.classes).max_rows(Operation.DECODE),
        "codesUrl": f"{content}/models/{entry.id}/codes?v={codes}",
        "priorUrl": prior and f"{content}/models/{entry.id}/prior?v={weights}",
        "imagesUrl": f"{content}/data/{info.id}/test/images?v={info.version}",
        "imagesVersion": info.version,
    }


def _scale(profile: LatentProfile) -> float:
    """The active dimensions' spread, as one number."""
    spread = profile.spread[profile.active]
    return round(float((spread**2).mean() ** 0.5), 4) if len(spread) else 1.0


def _dimensions(profile: LatentProfile) -> list[dict]:
    """In slider order."""
    return [
        {
            "index": int(index),
            "kl": round(float(profile.kl[index]), 4),
            "effect": round(float(profile.effect[index]), 4),
            "spread": round(float(profile.spread[index]), 4),
            "active": bool(profile.active[index]),
            "low": round(float(profile.low[index]), 3),
            "high": round(float(profile.high[index]), 3),
            "median": round(float(profile.median[index]), 3),
            "histogram": [round(float(share), 3) for share in profile.histogram[index]],
        }
        for index in profile.order
    ]
