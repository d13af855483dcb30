"""Randomly changed bundles are refused, or they load with valid contents.

Own and imported models: 450 mutations in the quick tier, 2,000 in the full one, 100,000 in `make torture`.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tier import scaled
from tests.vae.formats.importing.imported_bundles import hashed, save_graphs, save_onnx
from vae.errors import BundleError
from vae.formats.bundle import Bundle, load_bundle, save_bundle
from vae.formats.bundle.onnx_file import parse_onnx

_TIMES = settings(
    max_examples=scaled(quick=50, full=220, torture=11_000),  # of each test and each kind of bundle
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=["own", "graphs", "onnx"])
def original(request, tmp_path_factory, make_content) -> tuple[Path, dict[str, bytes], Bundle]:
    """Return a folder to overwrite, its original files, and their bundle."""
    folder = tmp_path_factory.mktemp("mutations") / "tiny"
    if request.param == "own":
        save_bundle(folder, **make_content())
    else:
        {"graphs": save_graphs, "onnx": save_onnx}[request.param](folder)
    return folder, {path.name: path.read_bytes() for path in folder.iterdir()}, load_bundle(folder)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _equal_content(one: Bundle, other: Bundle) -> bool:
    return (
        one.card == other.card
        and one.onnx == other.onnx
        and one.weights.keys() == other.weights.keys()
        and all(one.weights[name].tobytes() == weight.tobytes() for name, weight in other.weights.items())
        and all(
            getattr(one.reference, name).tobytes() == value.tobytes() for name, value in vars(other.reference).items()
        )
    )


def _is_sound(bundle: Bundle) -> None:
    """Check what the app requires of a loaded bundle."""
    dims = bundle.manifest.model.latent_dim
    assert len(bundle.card.metrics.kl_per_dimension) == dims
    assert bundle.reference.z_mean.shape[1] == dims
    assert all(np.isfinite(weight).all() for weight in bundle.weights.values())
    assert all(weight.dtype == np.float32 for weight in bundle.weights.values())
    assert np.isfinite(bundle.reference.z_mean).all()
    for part, data in bundle.onnx.items():
        parse_onnx(data, part)
    json.dumps(bundle.card.model_dump(mode="json"), allow_nan=False)


# Digits and letters keep JSON and headers readable, so that lies are not all refused as garbage.
_BYTES = st.sampled_from(b"0123456789aeglrux- ") | st.integers(0, 255)


@_TIMES
@given(st.data())
def test_changed_bytes_are_refused_or_harmless(original, data):
    """Change bytes of any file and keep the hashes: either nothing loads, or weights, codes and card are unchanged."""
    folder, files, true = original
    name = data.draw(st.sampled_from(sorted(files)))
    raw = bytearray(files[name])
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), _BYTES), min_size=1, max_size=4)):
        raw[place] = value
    raw = raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.integers(0, 3)) == 3 else raw
    _write(folder, files | {name: bytes(raw)})
    try:
        found = load_bundle(folder)
    except BundleError as error:
        assert error.hint
        return
    assert _equal_content(found, true)
    if name != "model.json":
        assert found.manifest == true.manifest
    _is_sound(found)


@_TIMES
@given(st.data())
def test_changed_bytes_under_fitting_hashes_are_refused_or_sound(original, data):
    """The same with hashes that fit the changed files."""
    folder, files, _ = original
    networks = sorted(files.keys() - {"model.json", "card.json", "reference.npz"})
    name = data.draw(st.sampled_from([*networks, *networks, "reference.npz", "card.json"]))
    raw = bytearray(files[name])
    front = st.integers(0, min(len(raw), 1500) - 1)
    places = st.one_of(front, st.integers(0, len(raw) - 1))
    for place, value in data.draw(st.lists(st.tuples(places, _BYTES), min_size=1, max_size=3)):
        raw[place] = value
    _write(folder, hashed(files | {name: bytes(raw)}))
    try:
        found = load_bundle(folder)
    except BundleError:
        return
    _is_sound(found)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["relu", "gaussian", "mnist", "../..", "zscope-model", 0, 1, 3, 16, 512, 4096]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _paths(content, here=()) -> list[tuple]:
    """Return the path of each value of a JSON content."""
    found = [here] if here else []
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        found += _paths(value, (*here, key))
    return found


@_TIMES
@given(st.data())
def test_changed_fields_under_fitting_hashes_are_refused_or_sound(original, data):
    """Replace, remove or add one or two fields of the JSON files."""
    folder, files, true = original
    name = data.draw(st.sampled_from(["model.json", "card.json"]))
    content = json.loads(files[name])
    for _ in range(data.draw(st.integers(1, 2))):
        *parents, last = data.draw(st.sampled_from(_paths(content)))
        holder = content
        for key in parents:
            holder = holder[key]
        action = data.draw(st.sampled_from(["change", "drop", "add"]))
        if action == "change":
            holder[last] = data.draw(_JSON)
        elif action == "drop":
            del holder[last]
        elif isinstance(holder, dict):
            holder[data.draw(st.text(max_size=6))] = data.draw(_JSON)
        if not _paths(content):
            break
    files = files | {name: json.dumps(content).encode("utf-8", "surrogatepass")}
    _write(folder, hashed(files) if name == "card.json" else files)
    try:
        found = load_bundle(folder)
    except BundleError:
        return
    _is_sound(found)
    for part, weight in true.weights.items():
        np.testing.assert_array_equal(found.weights[part], weight)
