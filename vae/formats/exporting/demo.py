"""Writes a model as one HTML file: sliders, the plane and the decoder run in the browser, without a server.

The page's script is made of the app's modules (`assets/js/demo` and its imports). Its content security policy allows
this one script and no network access, so that neither a title nor the script can fetch anything.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence

import numpy as np

from vae.assets import ASSETS
from vae.data import dataset_info
from vae.errors import DataError
from vae.formats.bundle import Bundle
from vae.formats.exporting.mean_form import mean_form
from vae.formats.exporting.one_script import one_script
from vae.kinds import LIKELIHOODS, PRIORS
from vae.latent.profile import LatentProfile, profile
from vae.latent.projections.linear import pca_map
from vae.latent.sliders import slider_data, slider_unit
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.graph import Graph
from vae.models.networks.plan import part_graph, part_weights

__all__ = ["demo_page", "graph_data", "largest_difference", "rounding"]

_MOST_CODES = 5_000  # more points do not add information to a plane of this size
_MOST_NUMBERS = 500_000  # numbers in those codes: 1 MB
_DRAWS = 512  # samples of a flow prior, which the page cannot compute
_MEASURED = 256  # codes for the test of half-precision weights
_LARGEST_DIFFERENCE = 1 / 255  # of a pixel by half-precision weights: one grey level


def demo_page(bundle: Bundle, colors: Sequence[str]) -> bytes:
    """Return the page, UTF-8.

    The decoder's weights are written in half precision, unless that changes a pixel by more than one grey level.

    Args:
        colors: of the classes, CSS colours, used in turn.

    Raises:
        BadRequestError: the page cannot compute the decoder, such as an ONNX file, or the mean of its likelihood.
    """
    script = one_script(ASSETS / "js" / "demo" / "main.js")
    style = "\n".join((ASSETS / "css" / name).read_text(encoding="utf-8") for name in ("explore.css", "demo.css"))
    policy = f"default-src 'none'; script-src {_hashed(script)}; style-src {_hashed(style)}; img-src data:"
    icon = base64.b64encode((ASSETS / "icon.png").read_bytes()).decode()
    template = (ASSETS / "demo.html").read_text(encoding="utf-8")
    parts = {
        "policy": html.escape(policy),
        "title": html.escape(bundle.manifest.title),
        "icon": f"data:image/png;base64,{icon}",
        "style": style,
        "payload": _in_a_script(_payload(bundle, list(colors)) | {"languages": _languages(bundle, script)}),
        "script": script,
    }
    # In one pass, so that a placeholder in a title is not replaced.
    pieces = template.split("{{")
    page = pieces[0] + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces[1:]))
    return page.encode()


def rounding(bundle: Bundle) -> tuple[int, float]:
    """Return the number of codes for the test of the rounded weights, and their `largest_difference`."""
    return min(len(bundle.reference.z_mean), _MEASURED), _dtype(bundle)[1]


def _dtype(bundle: Bundle) -> tuple[str, float]:
    """Return the dtype of the page's weights, and the largest difference of a pixel that it causes."""
    difference = largest_difference(bundle)
    return ("float16", difference) if difference <= _LARGEST_DIFFERENCE else ("float32", 0.0)


def largest_difference(bundle: Bundle, dtype: str = "float16") -> float:
    """Return the largest difference of a pixel in [0, 1] when the decoder's weights are rounded to `dtype`.

    It is measured on up to 256 reference codes, with each class in turn for a conditional model. It is infinite if a
    weight exceeds the range of the type.
    """
    from keras import ops

    from vae.models.networks.build_graph import build_graph, graph_variables

    model = bundle.manifest.model
    graph, exact = undilated(part_graph(model, "decoder"), part_weights(model, "decoder", bundle.weights))
    network = build_graph(graph, "decoder")
    with np.errstate(over="ignore"):
        rounded = {name: array.astype(dtype).astype(np.float32) for name, array in exact.items()}
    if not all(np.isfinite(array).all() for array in rounded.values()):
        return float("inf")
    mean = (lambda picture: picture) if model.gives_pictures else LIKELIHOODS[model.likelihood].make().mean
    codes = bundle.reference.z_mean[_sample(len(bundle.reference.z_mean), _MEASURED)]
    if model.classes:
        codes = np.concatenate(
            [codes, np.eye(model.classes, dtype=np.float32)[np.arange(len(codes)) % model.classes]], 1
        )
    largest = 0.0
    for start in range(0, len(codes), 32):  # in small batches: the layers of large images need much memory
        pictures = []
        for weights in (exact, rounded):
            for name, variable in graph_variables(graph, network).items():
                variable.assign(weights[name])
            pictures.append(ops.convert_to_numpy(mean(network(ops.convert_to_tensor(codes[start : start + 32])))))
        difference = float(np.abs(pictures[0] - pictures[1]).max())
        largest = max(largest, difference if np.isfinite(difference) else float("inf"))
    return largest


def _payload(bundle: Bundle, colors: list[str]) -> dict:
    """Return the typedef `Payload` of `assets/js/demo/payload.js`."""
    manifest, reference = bundle.manifest, bundle.reference
    model = manifest.model
    mean = mean_form(model)  # first, because it may raise an error
    graph, weights = undilated(part_graph(model, "decoder"), part_weights(model, "decoder", bundle.weights))
    dtype, _ = _dtype(bundle)
    rows = _sample(len(reference.labels), min(_MOST_CODES, _MOST_NUMBERS // model.latent_dim))
    metrics = bundle.card.metrics
    profiled = profile(reference.z_mean, np.array(metrics.kl_per_dimension), metrics.effect_per_dimension)
    return {
        "card": {
            "title": manifest.title,
            "summary": bundle.card.summary,
            "licence": bundle.card.licence,
            "cite": _citation(bundle),
        },
        "model": _model(bundle, profiled),
        "dimensions": slider_data(profiled),
        "colors": colors,
        "graph": graph_data(graph),
        "weights": {
            "type": dtype,
            "shapes": {name: array.shape for name, array in weights.items()},
            "data": _packed(np.concatenate([array.ravel() for array in weights.values()]), dtype),
        },
        "mean": mean,
        "reference": {
            "rows": len(rows),
            "total": len(reference.labels),
            "codes": _packed(reference.z_mean[rows], "float16"),
            "labels": _packed(np.minimum(reference.labels[rows], 65_535), "uint16"),
        },
        "draws": _draws(bundle),
        "pca": _pca(reference.z_mean),
    }


def _languages(bundle: Bundle, script: str) -> dict[str, dict[str, str | list[str]]]:
    """Return the translations of the page's texts, by language: those of its script and of its model."""
    prior = PRIORS[bundle.manifest.model.prior].draw
    found = {}
    for file in sorted((ASSETS / "languages").glob("*/messages.json")):
        texts = json.loads(file.read_text(encoding="utf-8"))
        used = {text: texts[text] for text in texts if json.dumps(text, ensure_ascii=False) in script or text == prior}
        found[file.parent.name] = used
    return found


def graph_data(graph: Graph) -> dict:
    """Return the typedef `Graph` of `assets/js/demo/network.js`: layers with their settings, and all shapes."""
    layers = [layer.model_dump(mode="json") for layer in graph.layers]
    return {"layers": layers, "shapes": graph.shapes(), "output": graph.outputs[0]}


def _model(bundle: Bundle, profiled: LatentProfile) -> dict:
    config = bundle.manifest.model
    prior = config.prior if config.variational else None
    return {
        "id": bundle.manifest.id,
        "latentDim": config.latent_dim,
        "codeDim": config.code_dim,
        "encodes": config.encodes,
        "imageShape": config.image_shape,
        "classes": _class_names(bundle),
        "prior": prior,
        "priorDraw": PRIORS[prior].draw if prior else "",
        "unit": slider_unit(profiled, prior),
    }


def _class_names(bundle: Bundle) -> list[str]:
    labels = bundle.reference.labels
    try:
        return list(dataset_info(bundle.manifest.dataset).class_names)
    except DataError:  # the data set may be missing
        return [f"class {label}" for label in range(min(int(labels.max()) + 1, 1000))] if labels.any() else []


def _draws(bundle: Bundle) -> str | None:
    model = bundle.manifest.model
    if not model.variational or PRIORS[model.prior].is_standard:
        return None
    from keras import ops

    noise = np.random.default_rng(0).standard_normal((_DRAWS, model.latent_dim), np.float32)
    samples = ops.convert_to_numpy(bundle.vae.sample_prior(ops.convert_to_tensor(noise)))
    return _packed(np.asarray(samples), "float16")


def _pca(z_mean: np.ndarray) -> dict | None:
    if z_mean.shape[1] < 3 or not np.ptp(z_mean, axis=0).any():
        return None
    plane = pca_map(z_mean)
    return {
        name: np.round(getattr(plane, name).astype(np.float64), 6).tolist() for name in ("origin", "axes", "shares")
    }


def _citation(bundle: Bundle) -> str:
    """Return a BibTeX entry."""
    manifest, card = bundle.manifest, bundle.card
    made = "Imported into" if card.training is None else "Trained with"
    fields = {
        "title": manifest.title,
        "year": card.finished[:4],
        "note": f"{card.summary} {made} Zscope, {card.finished[:10]}. Networks: SHA-256 {manifest.networks_hash}",
    }
    # Braces and backslashes have a meaning in BibTeX.
    plain = {name: "".join(c for c in text if c not in "{}\\") for name, text in fields.items()}
    return "\n".join([f"@misc{{{manifest.id},", *(f"  {name} = {{{text}}}," for name, text in plain.items()), "}"])


def _sample(rows: int, most: int) -> np.ndarray:
    """Which rows, in order; the same ones every time."""
    return np.sort(np.random.default_rng(0).permutation(rows)[:most])


def _packed(array: np.ndarray, dtype: str) -> str:
    with np.errstate(over="ignore"):
        return base64.b64encode(array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()).decode()


def _in_a_script(data: dict) -> str:
    """Return JSON without characters that an HTML parser would interpret."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _hashed(text: str) -> str:
    """Return the hash by which a content security policy allows a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
