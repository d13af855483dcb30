"""The rows of a model: connected shapes, and weights that add up."""

from dataclasses import replace
from itertools import pairwise

import pytest

from vae.models.architecture import layers_of
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.plan import parameter_count, part_graph
from zscope.library.registry import list_models

SMALL = ModelConfig(image_shape=(8, 12, 3), latent_dim=4, widths=(5, 6), dense_units=10)
KINDS = {
    "conv": SMALL,
    "dense": replace(SMALL, network="dense", widths=(12, 11)),
    "residual": replace(SMALL, network="residual", blocks=2, likelihood="gaussian"),
    "conditional": replace(SMALL, classes=3),
    "plain": replace(SMALL, variational=False),
    "flow": replace(SMALL, prior="realnvp", prior_blocks=3),
}
SHIPPED = {entry.id: entry.manifest.model for entry in list_models() if entry.shipped}


@pytest.mark.parametrize("config", [*KINDS.values(), *SHIPPED.values()], ids=[*KINDS, *SHIPPED])
def test_weights_add_up_and_shapes_are_connected(config):
    rows = layers_of(config)
    assert sum(row.parameters for row in rows) == parameter_count(config)
    for part, first, last in (
        ("encoder", config.image_shape, (config.latent_dim,)),
        ("decoder", (config.code_dim,), config.image_shape),
    ):
        layers = [row for row in rows if row.part == part]
        assert (layers[0].input_shape, layers[-1].output_shape) == (first, last)
        for before, row in pairwise(layers):
            assert row.input_shape == (before.input_shape if row.beside else before.output_shape)
        assert len({row.name for row in layers}) == len(layers)


def test_the_contents_of_a_row():
    rows = {(row.part, row.name): row for row in layers_of(SHIPPED["mnist-16"])}
    conv = rows["encoder", "conv_0"]
    assert (conv.input_shape, conv.output_shape) == ((28, 28, 1), (14, 14, 32))
    assert (conv.kind, conv.activation, conv.parameters) == ("convolution 4×4, stride 2", "silu", 4 * 4 * 32 + 32)
    assert rows["encoder", "z_log_var"].beside and not rows["encoder", "z_mean"].beside
    assert [row.name for row in rows.values() if row.part == "prior"] == [f"coupling_{i}" for i in range(8)]
    assert rows["likelihood", "log_sigma"].parameters == 1


def test_a_residual_block_is_one_row():
    rows = {row.name: row for row in layers_of(KINDS["residual"]) if row.part == "encoder"}
    block = rows["conv_0_block_1"]
    assert (block.kind, block.activation) == ("residual block, two convolutions 3×3", "relu")
    assert block.input_shape == block.output_shape == (4, 6, 5)
    assert block.parameters == 2 * (5 + 5) + 2 * (9 * 5 * 5 + 5)


def test_two_heads_are_parallel_and_a_plain_encoder_has_one():
    assert [row.name for row in layers_of(KINDS["plain"]) if row.beside] == []
    assert [row.name for row in layers_of(KINDS["conv"]) if row.beside] == ["z_log_var"]


class TestImported:
    """Imported networks: a graph has a row for each layer, an ONNX file one row."""

    def test_a_graph_has_the_rows_of_its_layers(self):
        decoder = part_graph(SMALL, "decoder")
        config = ImportedConfig(
            image_shape=SMALL.image_shape, latent_dim=4, variational=True, encoder=None, decoder=decoder
        )
        rows, expected = layers_of(config), [row for row in layers_of(SMALL) if row.part == "decoder"]
        assert [row.output_shape for row in rows] == [row.output_shape for row in expected]
        assert [row.parameters for row in rows] == [row.parameters for row in expected]
        assert sum(row.parameters for row in rows) == parameter_count(config)
        assert rows[-1].kind == "transposed convolution 4×4, stride 2"
        assert rows[0].activation == "relu" and rows[-1].activation == ""

    def test_rows_of_branches_name_their_inputs(self):
        graph = {
            "kind": "graph",
            "input_shape": (8, 8, 1),
            "layers": (
                {"kind": "Flatten", "name": "flat", "inputs": ("input",)},
                {"kind": "Dense", "name": "a", "inputs": ("flat",), "units": 6, "activation": "relu"},
                {"kind": "Dense", "name": "b", "inputs": ("flat",), "units": 6},
                {"kind": "Add", "name": "sum", "inputs": ("a", "b")},
                {"kind": "Dense", "name": "mean", "inputs": ("sum",), "units": 4},
                {"kind": "Dense", "name": "log_var", "inputs": ("sum",), "units": 4},
            ),
            "outputs": ("mean", "log_var"),
        }
        decoder = part_graph(replace(SMALL, image_shape=(8, 8, 1)), "decoder").model_dump()
        config = ImportedConfig.model_validate(
            {"image_shape": (8, 8, 1), "latent_dim": 4, "variational": True, "encoder": graph, "decoder": decoder}
        )
        rows = {row.name: row for row in layers_of(config) if row.part == "encoder"}
        assert [name for name, row in rows.items() if row.beside] == ["b", "log_var"]
        assert rows["sum"].kind == "Add of a, b"
        assert rows["a"].kind == "dense", "a row that takes the previous one does not name it"

    def test_two_heads_with_several_layers_are_parallel(self):
        """In any order of the layers, no head follows the other."""
        trunk = {"kind": "Flatten", "name": "flat", "inputs": ("input",)}
        heads = {
            name: {"kind": "Dense", "name": name, "inputs": (source,), "units": units}
            for name, source, units in (("a", "flat", 6), ("b", "flat", 6), ("mean", "a", 4), ("log_var", "b", 4))
        }
        decoder = part_graph(replace(SMALL, image_shape=(8, 8, 1)), "decoder").model_dump()
        for order in (("a", "b", "mean", "log_var"), ("a", "mean", "b", "log_var")):
            layers = (trunk, *(heads[name] for name in order))
            graph = {"kind": "graph", "input_shape": (8, 8, 1), "layers": layers, "outputs": ("mean", "log_var")}
            config = ImportedConfig.model_validate(
                {"image_shape": (8, 8, 1), "latent_dim": 4, "variational": True, "encoder": graph, "decoder": decoder}
            )
            rows = [row for row in layers_of(config) if row.part == "encoder"]
            assert [(row.name, row.beside) for row in rows] == [
                ("flat", False), ("a", False), ("b", True), ("mean", False), ("log_var", True),
            ]  # fmt: skip
            assert [row.kind for row in rows[3:]] == ["dense of a", "dense of b"]

    def test_an_onnx_file_is_one_row_with_all_its_weights(self):
        part = OnnxPart(input_shape=(8, 12, 3), output_shapes=((4,), (4,)), parameters=77)
        config = ImportedConfig(
            image_shape=(8, 12, 3), latent_dim=4, variational=True, encoder=part, decoder=part_graph(SMALL, "decoder")
        )
        rows = [row for row in layers_of(config) if row.part == "encoder"]
        assert [(row.name, row.parameters, row.beside) for row in rows] == [
            ("encoder.onnx", 77, False),
            ("output_1", 0, True),
        ]
