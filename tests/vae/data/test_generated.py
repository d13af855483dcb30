"""Generated data sets: pictures that a model decodes from its reference codes."""

import numpy as np
import pytest

from tests.vae.formats.importing.imported_bundles import save_onnx
from vae.data import dataset_info, load_dataset, load_test_split
from vae.data.generated import generated_id, generated_rows, is_generated
from vae.errors import DataError
from vae.inference.codec import Codec
from zscope.library.registry import find_model, open_model


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
    return tmp_path


def test_row_i_is_decoded_from_code_i(home):
    save_onnx(home / "own", id="own", dataset=generated_id("own"))
    assert find_model("own").fault == ""
    bundle = open_model("own")
    expected = Codec(bundle.vae).decode_pixels(bundle.reference.z_mean)
    np.testing.assert_array_equal(load_test_split("drawn-own").images, expected)
    info = dataset_info("drawn-own")
    assert (info.image_shape, info.version) == ((8, 8, 1), find_model("own").manifest.networks_hash[:16])


def test_all_generated_pictures_are_in_the_test_split(home):
    save_onnx(home / "own", id="own", dataset=generated_id("own"))
    data = load_dataset("drawn-own")
    assert (len(data.train), len(data.validation)) == (0, 0)
    assert len(data.test) == len(open_model("own").reference.z_mean)


def test_a_model_imported_again_is_decoded_again(home):
    save_onnx(home / "own", id="own", dataset=generated_id("own"))
    first = load_test_split("drawn-own").images
    codes = open_model("own").reference
    moved = type(codes)(codes.z_mean[::-1].copy(), codes.z_log_var, codes.labels, codes.data_distance)
    save_onnx(home / "own", id="own", dataset=generated_id("own"), reference=moved)
    np.testing.assert_array_equal(load_test_split("drawn-own").images, first[::-1])


def test_a_missing_model_has_no_generated_data(home):
    assert is_generated("drawn-missing") and not is_generated("mnist")
    with pytest.raises(DataError, match="was not found"):
        load_test_split("drawn-missing")


@pytest.mark.parametrize("shape", [(4, 4, 1), (28, 28, 1), (64, 64, 3), (256, 256, 3)])
def test_enough_for_a_map_and_few_enough_to_decode(shape):
    assert 200 <= generated_rows(shape) <= 2000
    assert generated_rows(shape) * np.prod(shape) <= max(6_000_000, 200 * np.prod(shape))
