"""Weights: an exact round trip; a file that does not fit the architecture is refused before it is read."""

import json
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import save

from vae.errors import BundleError
from vae.formats.bundle.weights import PARAMETER_BUDGET, check_budget, pack_weights, read_weights
from vae.models.config import ModelConfig
from vae.models.networks.plan import parameter_count

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10)
GAUSSIAN = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10, likelihood="gaussian")


@pytest.fixture
def weights(make_content):
    return make_content()["weights"]


def _with_header(data: bytes, change) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    changed = change(header)
    header = header if changed is None else changed
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


@pytest.mark.parametrize("config", [CONFIG, GAUSSIAN])
def test_round_trip_of_weights_is_exact(make_content, config):
    weights = make_content(config)["weights"]
    found = read_weights(pack_weights(weights), config)
    assert found.keys() == weights.keys()
    for name, weight in weights.items():
        assert (found[name].dtype, found[name].shape) == (np.float32, weight.shape)
        assert found[name].tobytes() == weight.tobytes()


def test_layout_and_precision_do_not_matter_on_the_way_in(weights):
    other = {name: np.asfortranarray(weight.astype(np.float64)) for name, weight in weights.items()}
    assert pack_weights(other) == pack_weights(weights)


class TestForeign:
    def test_a_missing_weight(self, weights):
        del weights["decoder/logits/bias"]
        with pytest.raises(BundleError, match=r"missing decoder/logits/bias.*one export together"):
            read_weights(pack_weights(weights), CONFIG)

    def test_an_unknown_weight(self, weights):
        with pytest.raises(BundleError, match="unknown decoder/extra"):
            read_weights(pack_weights(weights | {"decoder/extra": np.zeros(1)}), CONFIG)

    def test_another_shape_even_of_the_same_size(self, weights):
        name = "encoder/hidden/kernel"
        with pytest.raises(BundleError, match=r"encoder/hidden/kernel is F32 of shape \(10, 24\).* \(24, 10\)"):
            read_weights(pack_weights(weights | {name: weights[name].reshape(10, 24)}), CONFIG)

    @pytest.mark.parametrize("kind", [np.float16, np.float64, np.int32])
    def test_another_dtype(self, weights, kind):
        name = "encoder/hidden/bias"
        with pytest.raises(BundleError, match=r"encoder/hidden/bias is .* the architecture has F32"):
            read_weights(save(weights | {name: weights[name].astype(kind)}), CONFIG)

    def test_weights_of_another_architecture(self, weights):
        other = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 7), dense_units=10)
        with pytest.raises(BundleError, match="architecture has F32 of shape"):
            read_weights(pack_weights(weights), other)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_a_weight_that_is_no_number(self, weights, value):
        weights["decoder/conv_0/kernel"][1, 2, 3, 4] = value
        with pytest.raises(BundleError, match="decoder/conv_0/kernel contains NaN or infinity"):
            read_weights(pack_weights(weights), CONFIG)


class TestDamaged:
    def test_every_cut_is_refused(self, weights):
        data = pack_weights(weights)
        for kept in [*range(0, 40), len(data) // 2, len(data) - 1]:
            with pytest.raises(BundleError):
                read_weights(data[:kept], CONFIG)

    def test_padding_is_refused(self, weights):
        with pytest.raises(BundleError, match="cut off or padded"):
            read_weights(pack_weights(weights) + b"\0", CONFIG)

    @pytest.mark.parametrize(
        "header",
        [b"", b"{", b"[]", b"null", b"5", b"\xff\xfe", b'{"a": 5}', b'{"a": {"dtype": "F32"}}', b"[" * 50_000],
        ids=lambda header: repr(header[:12]),
    )
    def test_a_header_that_is_none(self, weights, header):
        with pytest.raises(BundleError, match="no readable header"):
            read_weights(_with_header(pack_weights(weights), lambda _: header), CONFIG)

    def test_offsets_that_overlap_or_point_elsewhere(self, weights):
        def overlap(header):
            header["encoder/hidden/bias"]["data_offsets"] = header["encoder/z_mean/bias"]["data_offsets"]

        def outside(header):
            header["encoder/hidden/bias"]["data_offsets"] = [10**12, 10**12 + 40]

        for change in (overlap, outside):
            with pytest.raises(BundleError, match=r"cannot be read|header states"):
                read_weights(_with_header(pack_weights(weights), change), CONFIG)

    def test_a_giant_header_is_not_parsed(self, weights):
        """A hundred megabytes of JSON are gigabytes of Python objects."""
        bomb = b'{"__metadata__": [' + b"[]," * 3_000_000 + b"[]]}"
        data = _with_header(pack_weights(weights), lambda _: bomb)
        tracemalloc.start()
        with pytest.raises(BundleError, match="no readable header"):
            read_weights(data, CONFIG)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000


class TestBudget:
    def test_all_reasonable_models_are_within(self):
        check_budget(ModelConfig())
        check_budget(ModelConfig(image_shape=(64, 64, 3), latent_dim=128, widths=(32, 64, 128, 256)))

    def test_the_parameter_budget_is_exact(self):
        def config(units: int) -> ModelConfig:
            return ModelConfig(image_shape=(32, 32, 1), latent_dim=1, widths=(32, 64), dense_units=units)

        per_unit = parameter_count(config(2)) - parameter_count(config(1))
        largest = 1 + (PARAMETER_BUDGET - parameter_count(config(1))) // per_unit
        assert largest < 4096
        check_budget(config(largest))
        with pytest.raises(BundleError, match="the limit is 20,000,000"):
            check_budget(config(largest + 1))

    def test_a_bomb_is_refused_by_arithmetic(self):
        bomb = ModelConfig(image_shape=(128, 128, 3), latent_dim=512, widths=(512,) * 4, dense_units=4096)
        tracemalloc.start()
        with pytest.raises(BundleError, match="299,987,459 weights; the limit is 20,000,000"):
            check_budget(bomb)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1_000_000
