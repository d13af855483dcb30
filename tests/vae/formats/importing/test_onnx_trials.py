"""ONNX files are test-run with every batch size, with zeros and with extreme numbers."""

import signal

import numpy as np
import pytest

from tests.vae.formats.importing.imported_bundles import save_onnx
from tests.vae.formats.importing.onnx_files import constant, file_of, node
from vae.batching import BUCKETS
from vae.errors import ImportRefusedError
from vae.formats.bundle import load_bundle
from vae.formats.importing import onnx_networks
from vae.models.imported_config import ONNX_ROWS, OnnxPart
from zscope.jobs.importing.launcher import take_in

_SIZES = [size for size in BUCKETS if size <= ONNX_ROWS]
_MOST = np.finfo(np.float32).max


@pytest.fixture
def given(monkeypatch) -> list[np.ndarray]:
    """Return the inputs of all test runs, in order."""
    inputs, results = [], onnx_networks._results
    monkeypatch.setattr(
        onnx_networks,
        "_results",
        lambda session, name, outputs, x, file: inputs.append(x) or results(session, name, outputs, x, file),
    )
    return inputs


def _extremes(inputs: list[np.ndarray]) -> set[str]:
    """The numbers that whole rows were made of."""
    return {str(x.flat[0]) for x in inputs if len(x) == 1 and len({str(number) for number in x.flat}) == 1}


def _check(inputs: list[np.ndarray], sizes: list[int]) -> None:
    assert sorted({len(x) for x in inputs}) == sizes
    assert _extremes(inputs) == {str(np.float32(number)) for number in (0, _MOST, -_MOST, np.inf, -np.inf, np.nan)}


def test_a_network_as_it_came(given):
    assert onnx_networks.read_onnx(file_of(), "decoder.onnx").batch is None
    _check(given, _SIZES)


def test_a_network_for_one_row_at_a_time(given):
    one_row = [node("Identity", ["one_by_two"], ["lengths"]), node("Reshape", ["z", "lengths"], ["made"])]
    data = file_of(*one_row, constants=[constant("one_by_two", np.array([1, 2]))])
    source = onnx_networks.read_onnx(data, "decoder.onnx")
    assert source.batch == 1
    _check(given, [1])


@pytest.mark.parametrize("batch", [None, 1])
def test_the_network_of_a_bundle(given, tmp_path, batch):
    data = load_bundle(save_onnx(tmp_path / "onnx")).onnx["decoder"]
    part = OnnxPart(input_shape=(2,), output_shapes=((8, 8, 1),), batch=batch, parameters=0)
    onnx_networks.try_part(data, part, "decoder.onnx")
    _check(given, [1] if batch else _SIZES)


def test_accepts_a_decoder_that_overflows_for_extreme_codes():
    """Overflow for extreme codes does not matter, since no image has such a code."""
    data = file_of(node("Mul", ["z", "z"], ["square"]), node("Sub", ["square", "square"], ["zero"]),
                   node("Add", ["zero", "z"], ["made"]))  # fmt: skip
    assert onnx_networks.read_onnx(data, "decoder.onnx").batch is None


def test_reports_a_crash_of_the_import_process(monkeypatch):
    monkeypatch.setattr("zscope.jobs.importing.launcher._status", lambda folder: -signal.SIGFPE)
    with pytest.raises(ImportRefusedError, match=r"The process that read the files crashed \(SIGFPE\)"):
        take_in([("decoder.onnx", file_of())])
