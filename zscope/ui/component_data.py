"""Declares the page components and builds their data about a model, a point and a map."""

import json

import streamlit as st
from streamlit.components import v2

from vae.data import load_test_split
from vae.data.catalog import dataset_info
from vae.kinds import PRIORS
from vae.latent import LatentProfile
from vae.latent.paths import PathKind
from vae.latent.sliders import slider_unit
from zscope import messages
from zscope.library.maps import MapSpec
from zscope.library.maps.making import map_key as find_key
from zscope.library.registry import ModelEntry
from zscope.messages import AttributeData, MapData, Model, PageData, PointData
from zscope.serving import Operation
from zscope.serving.layout import Layout
from zscope.ui.component_scripts import loader
from zscope.ui.language import _, current_language
from zscope.ui.links import Point
from zscope.ui.server import base_path

__all__ = ["attribute_data", "declare", "map_data", "model_data", "path_data", "point_data"]

_HANDLED = "zscope_requests"  # {(component's key, name): time of the last request that was handled}


def declare(name: str, folder: str, requests: tuple[str, ...] = ()):
    """Declare a component with its modules in `assets/js/{folder}`; its entry point is `mount.js`.

    Args:
        requests: names of states that are handled once, as in the component's `mount.js`.

    Returns:
        A function of `key`, `data` and callbacks that shows the component and returns its states by name. A request has
        its value in the first run that receives it, and then None. The state `leaving`, which
        `assets/js/core/mounting.js` sets before a page is left, is returned to the component in `data`.
    """
    component = v2.component(f"zscope_{name}", html="<div class='root'></div>\n", js=loader(folder))

    def show(key: str, data: PageData, **callbacks):
        leaving = (st.session_state.get(key) or {}).get("leaving")
        # As text: Streamlit would import pandas and pyarrow, which take half a second and 70 MB, to look for tables.
        failure = _("Can't load this part of the page: {error}. Reload the page.")
        text = json.dumps({**data, "language": current_language(), "failure": failure, "leaving": leaving})
        result = component(key=key, data={"json": text}, on_leaving_change=lambda: None, **callbacks)
        result.update({one: _once(key, one, result.get(one)) for one in requests})
        return result

    return show


def _once(key: str, name: str, request: dict | None):
    """Return the value of a request that was not handled yet.

    The first run of a session has no new request: after a restart of the server, browsers send their old ones again.
    """
    handled = st.session_state.setdefault(_HANDLED, {})
    at = request["at"] if request else None
    if (key, name) not in handled:
        handled[key, name] = at
    if handled[key, name] == at or request is None:
        return None
    handled[key, name] = at
    return request["value"]


def point_data(point: Point | None) -> PointData | None:
    """Return the code and, if it belongs to one, the index of the test image."""
    return None if point is None else {"z": list(point.z), "image": point.image}


def map_data(entry: ModelEntry, spec: MapSpec) -> MapData:
    """Return what a component needs to show a finished map."""
    text, key = spec.text(), find_key(entry.id, spec)
    return {
        "method": spec.method,
        "title": _(spec.projection.title),
        "settings": text,
        "channel": f"{entry.id}?{text}",
        "url": f"{base_path()}/content/models/{entry.id}/map?{text}&v={key}",
        "densityUrl": f"{base_path()}/content/models/{entry.id}/density?{text}&v={key}",
    }


def attribute_data(entry: ModelEntry, spec: MapSpec) -> list[AttributeData]:
    """Return the attributes of the model's data set, with addresses of their values on a map."""
    info = dataset_info(entry.manifest.dataset)
    models, text = f"{base_path()}/content/models/{entry.id}", spec.text()
    return [
        {
            "name": attribute.name,
            "kind": attribute.kind,
            "url": f"{models}/attributes/{number}?{text}&v={info.version}-{find_key(entry.id, spec)}",
        }
        for number, attribute in enumerate(info.attributes)
    ]


def path_data(path: PathKind) -> messages.PathKind:
    """Return what the Interpolate page needs to know of a kind of path."""
    return {
        "key": path.key,
        "title": _(path.title),
        "explained": f"{_(path.meaning)} ({_(path.source)})" if path.source else _(path.meaning),
        "script": path.script,
        "converges": path.converges,
        "color": path.color,
        "dashes": list(path.dashes),
    }


def model_data(entry: ModelEntry, profile: LatentProfile) -> Model:
    """Return what a component needs to know of a model."""
    config, info = entry.manifest.model, dataset_info(entry.manifest.dataset)
    content = f"{base_path()}/content"
    # Browsers cache these URLs for good, so they contain hashes of the content.
    codes, weights = entry.manifest.files["reference.npz"].sha256[:16], entry.manifest.networks_hash[:16]
    prior = config.prior if config.variational else None
    return {
        "id": entry.id,
        "title": entry.title,
        "latentDim": config.latent_dim,
        "codeDim": config.code_dim,
        "imageShape": config.image_shape,
        "classes": list(info.class_names),
        "images": len(load_test_split(info.id)),
        "dataTitle": _(info.title),
        "prior": prior,
        "priorDraw": _(PRIORS[prior].draw) if prior else "",
        "encodes": config.encodes,
        "unit": slider_unit(profile, prior),
        "decodeRows": Layout(config.code_dim, config.image_shape, config.classes).max_rows(Operation.DECODE),
        "codesUrl": f"{content}/models/{entry.id}/codes?v={codes}",
        "priorUrl": prior and f"{content}/models/{entry.id}/prior?v={weights}",
        "imagesUrl": f"{content}/data/{info.id}/test/images?v={info.version}",
        "imagesVersion": info.version,
    }
