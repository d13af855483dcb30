"""The route of a data set's attributes on a map."""

import numpy as np
import pytest
from asgi import getter

from tests.attribute_model import attribute_maps
from zscope.library.maps.attributes import attribute_values
from zscope.serving.maps import map_routes


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    """Maps of test images and of all images."""
    with attribute_maps(tmp_path_factory.mktemp("attributes")) as made:
        yield made


def test_the_route_sends_them_and_refuses_other_numbers(maps):
    get, spec = getter(map_routes("/content")), maps["all"].spec
    status, headers, body = get(f"/content/models/hats-3d/attributes/1?{spec.text()}&v=x")
    assert status == 200 and "max-age" in headers["cache-control"]
    np.testing.assert_array_equal(np.frombuffer(body, "<f4"), attribute_values(maps["all"], 1))
    for number, expected in (("2", 404), ("-1", 400), ("x", 400), ("²", 400), ("99999", 400)):
        assert get(f"/content/models/hats-3d/attributes/{number}?{spec.text()}")[0] == expected
