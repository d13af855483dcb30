"""Our own components: a few inline lines each, which load the real modules from our own asset route."""

import streamlit as st

from ui.links import Point
from ui.server import base_path
from ui.theme import CLASS_COLORS
from vae.data import CATALOG, load_test_split
from vae.latent import LatentProfile
from vae.registry import ModelEntry

__all__ = ["explorer"]

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

_EXPLORER = st.components.v2.component("zscope_explorer", html="<div class='root'></div>\n", js=_LOADER)


def explorer(entry: ModelEntry, profile: LatentProfile, point: Point | None, key: str) -> Point | None:
    """The live explorer of one model.

    Args:
        point: where to start; None plays a walk through the data until touched.

    Returns:
        Where the person let go last, in this model; None before the first time.
    """
    info = CATALOG[entry.manifest.dataset]
    model, base = entry.manifest.model, base_path()
    version = entry.manifest.files["reference.npz"].sha256[:16]  # other codes, another address: browsers keep them
    result = _EXPLORER(
        key=key,
        data={
            "base": base,
            "model": {
                "id": entry.id,
                "title": entry.title,
                "latentDim": model.latent_dim,
                "imageShape": list(model.image_shape),
                "classes": list(info.class_names),
                "images": len(load_test_split(info.id)),
                "dataTitle": info.title,
                "codesUrl": f"{base}/content/models/{entry.id}/codes?v={version}",
                "imagesUrl": f"{base}/content/data/{info.id}/test/images",
            },
            "dimensions": _dimensions(profile),
            "colors": list(CLASS_COLORS),
            "point": None if point is None else {"z": list(point.z), "image": point.image},
        },
        on_point_change=lambda: None,
    )
    left = result.point
    if not left or left.get("model") != entry.id:
        return None
    return Point(tuple(float(value) for value in left["z"]), left.get("image"))


def _dimensions(profile: LatentProfile) -> list[dict]:
    """In slider order."""
    return [
        {
            "index": int(index),
            "kl": round(float(profile.kl[index]), 4),
            "active": bool(profile.active[index]),
            "low": round(float(profile.low[index]), 3),
            "high": round(float(profile.high[index]), 3),
            "median": round(float(profile.median[index]), 3),
            "histogram": [round(float(share), 3) for share in profile.histogram[index]],
        }
        for index in profile.order
    ]
