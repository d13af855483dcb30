"""Points in URLs: what is written is read back, and nothing else is believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.errors import BadRequestError
from zscope.ui.links import parse_camera, parse_point

numbers = st.floats(-999, 999, allow_nan=False)


def written(value: float) -> str:
    """As `assets/js/core/link.js` writes it."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


@given(st.lists(numbers, min_size=1, max_size=40), st.none() | st.integers(0, 9999))
def test_a_point_is_read_back_to_three_decimals(z, image):
    point = parse_point(",".join(map(written, z)), None if image is None else str(image), len(z), 10_000)
    np.testing.assert_allclose(point.z, z, atol=5.1e-4)
    assert point.image == image


@given(st.text(max_size=60), st.none() | st.text(max_size=12))
def test_any_text_is_a_point_or_a_refusal(z, image):
    try:
        point = parse_point(z, image, 2, 10)
    except BadRequestError as error:
        assert error.message and error.hint
    else:
        assert len(point.z) == 2 and np.isfinite(point.z).all()
        assert point.image is None or 0 <= point.image < 10


@pytest.mark.parametrize(
    "z", ["", "1", "1,2,3", "nan,0", "inf,0", "1e9,0", "1,,2", "1;2", "0x1,2", "1," + "2" * 10_000]
)
def test_nonsense_is_refused_with_what_was_expected(z):
    with pytest.raises(BadRequestError, match="2 finite numbers"):
        parse_point(z, None, 2, 10)


@pytest.mark.parametrize("image", ["10", "-1", "1.0", "", "٣", "9" * 40])
def test_an_image_that_is_not_there_is_refused(image):
    with pytest.raises(BadRequestError, match="0 to 9"):
        parse_point("1,2", image, 2, 10)


@pytest.mark.parametrize("weights", ["1,0,0", "0,0.5,0.5", "0.333,0.333,0.333"])
def test_class_weights_are_read_behind_z(weights):
    point = parse_point(f"3,-2,{weights}", None, 5, 10, classes=3)
    assert point.z == (3, -2, *map(float, weights.split(",")))


@pytest.mark.parametrize("weights", ["0,0,0", "1,1,0", "2,-1,0", "0.5,0.4,0"])
def test_other_class_weights_are_refused(weights):
    with pytest.raises(BadRequestError, match="not class weights"):
        parse_point(f"3,-2,{weights}", None, 5, 10, classes=3)


def test_a_camera_is_six_numbers():
    assert parse_camera("1.5,-1.5,0.8,0,0,0.1") == (1.5, -1.5, 0.8, 0, 0, 0.1)


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5,6,7", "1,2,3,4,5,x", "1,2,3,4,5,nan", "1,2,3,4,5,inf", "1e9,0,0,0,0,0", "0,0,0,0,0,0"],
)
def test_another_camera_is_refused(text):
    with pytest.raises(BadRequestError, match="camera"):
        parse_camera(text)
