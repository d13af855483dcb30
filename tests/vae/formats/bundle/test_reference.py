"""Reference codes: an exact round trip, and checks of width, number and finite values."""

import io

import numpy as np
import pytest

from vae.errors import BundleError
from vae.formats.bundle.reference import Reference, pack_reference, read_reference

FIELDS = ("z_mean", "z_log_var", "labels", "data_distance")


@pytest.fixture
def reference(make_content) -> Reference:
    return make_content()["reference"]


def _packed(arrays: dict) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def test_round_trip_is_exact(reference):
    found = read_reference(pack_reference(reference), 3)
    for name in FIELDS:
        assert getattr(found, name).dtype == (np.int64 if name == "labels" else np.float32)
        np.testing.assert_array_equal(getattr(found, name), getattr(reference, name))


def test_a_path_is_read_as_well(reference, tmp_path):
    (tmp_path / "reference.npz").write_bytes(pack_reference(reference))
    np.testing.assert_array_equal(read_reference(tmp_path / "reference.npz", 3).z_mean, reference.z_mean)


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_array_is_named(reference, name):
    arrays = {other: value for other, value in vars(reference).items() if other != name}
    with pytest.raises(BundleError, match=rf"reference\.npz has no array '{name}'"):
        read_reference(_packed(arrays), 3)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("z_mean", lambda a: a[:, :2]),
        ("z_mean", lambda a: a[:-1]),
        ("z_mean", lambda a: a.astype(np.float64)),
        ("z_mean", lambda a: a.ravel()),
        ("z_log_var", lambda a: np.concatenate([a, a], axis=1)),
        ("labels", lambda a: a.astype(np.float32)),
        ("labels", lambda a: a[:, None]),
        ("labels", lambda a: a[:-1]),
        ("labels", lambda a: np.int64(3)),
        ("data_distance", lambda a: a[:-1]),
        ("data_distance", lambda a: a[:, None]),
    ],
)
def test_another_shape_or_dtype_is_refused(reference, name, change):
    with pytest.raises(BundleError, match=r"reference\.npz: \w+ is .*expected"):
        read_reference(_packed(vars(reference) | {name: change(getattr(reference, name))}), 3)


@pytest.mark.parametrize("name", ["z_mean", "z_log_var", "data_distance"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rejects_nan_and_infinity(reference, name, value):
    array = getattr(reference, name).copy()
    array.flat[7] = value
    with pytest.raises(BundleError, match=rf"{name} contains NaN or infinity"):
        read_reference(_packed(vars(reference) | {name: array}), 3)


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_too_few_codes_for_the_meter_are_refused(reference, rows):
    few = {name: value[:rows] for name, value in vars(reference).items()}
    with pytest.raises(BundleError, match=rf"{rows} codes, at least 11"):
        read_reference(_packed(few), 3)


def test_the_fewest_codes_that_are_read_are_enough_for_the_meter(reference):
    from vae.latent.distance import DataDistance

    few = read_reference(_packed({name: value[:11] for name, value in vars(reference).items()}), 3)
    assert np.isfinite(DataDistance(few.z_mean, np.ones(3, bool)).measure(few.z_mean)).all()


def test_a_negative_label_is_refused(reference):
    labels = reference.labels.copy()
    labels[5] = -1
    with pytest.raises(BundleError, match="labels"):
        read_reference(_packed(vars(reference) | {"labels": labels}), 3)


def test_objects_are_refused(reference):
    with pytest.raises(BundleError, match="Python objects"):
        read_reference(_packed(vars(reference) | {"labels": np.array([print] * 40)}), 3)


def test_rejects_files_that_are_no_archive():
    for data in (b"", b"PK", b"not a zip at all"):
        with pytest.raises(BundleError, match=r"Can't read reference\.npz"):
            read_reference(data, 3)
