"""Networks that divide integers by what could end the process are refused before they run."""

import onnx
import pytest

from tests.vae.formats.importing.harmful_networks import DIVISIONS, dividing, harmless, row_dependent
from vae.errors import BundleError
from vae.formats.bundle.onnx_sizes import ROWS, rows_taken


def _rows(data: bytes) -> tuple[int, ...]:
    return rows_taken(onnx.ModelProto.FromString(data), "decoder.onnx")


@pytest.mark.parametrize(("operator", "integers", "divisor"), DIVISIONS)
def test_every_division_of_integers_by_computed_numbers_is_refused(operator, integers, divisor):
    with pytest.raises(BundleError, match=f"a {operator} divides integers by values that are not constant"):
        _rows(dividing(operator, integers, divisor))


def test_sizes_that_depend_on_the_number_of_rows_are_refused():
    with pytest.raises(BundleError, match="depends on the number of rows, and not as a batch axis"):
        _rows(row_dependent(40_000_000))
    assert _rows(harmless()) == ROWS
