"""The bundled classifiers: their accuracy is that of the README, and their features are those of the network."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from vae.data import CATALOG, load_test_split
from vae.data.catalog import DatasetInfo
from vae.errors import BundleError
from vae.evaluation.features import FEATURE_FILES, FeatureExtractor, build_classifier, load_features, named_weights
from vae.evaluation.train_features import accuracy, main, train_classifier
from vae.formats.bundle.weights import pack_weights
from vae.models.untyped_keras import ops

FLOORS = {"mnist": 0.985, "fashion-mnist": 0.89}  # accuracy on the test split


def _extractor(info: DatasetInfo, folder: Path = FEATURE_FILES) -> FeatureExtractor:
    features = load_features(info, folder)
    assert features is not None
    return features


def _shipped_classifier(id: str):
    classifier = build_classifier(CATALOG[id])
    weights = load_file(FEATURE_FILES / f"{id}.safetensors")
    for name, variable in named_weights(classifier).items():
        variable.assign(weights[name])
    return classifier


class TestBundled:
    def test_each_of_these_data_sets_has_one(self):
        assert {path.stem for path in FEATURE_FILES.glob("*.safetensors")} == set(FLOORS)
        assert all(path.stat().st_size < 500_000 for path in FEATURE_FILES.glob("*.safetensors"))

    @pytest.mark.parametrize("id", FLOORS)
    def test_its_accuracy_is_that_of_the_readme(self, id):
        reached = accuracy(_shipped_classifier(id), load_test_split(id))
        assert reached >= FLOORS[id]
        (stated,) = re.findall(
            rf"\| `{id}\.safetensors` \|.*\| ([\d.]+) % \|", (FEATURE_FILES / "README.md").read_text()
        )
        assert 100 * reached == pytest.approx(float(stated), abs=0.05)

    @pytest.mark.parametrize("id", FLOORS)
    def test_its_features_are_the_input_of_its_last_layer(self, id):
        images, weights = load_test_split(id).images[:300], load_file(FEATURE_FILES / f"{id}.safetensors")
        features = _extractor(CATALOG[id])(images)
        assert (features.shape, features.dtype) == ((300, 64), np.float32)
        logits = features @ weights["logits/kernel"] + weights["logits/bias"]
        expected = ops.convert_to_numpy(_shipped_classifier(id)(images / np.float32(255)))
        np.testing.assert_allclose(logits, expected, atol=1e-3)

    def test_progress_is_reported(self):
        counts = []
        _extractor(CATALOG["mnist"])(load_test_split("mnist").images[:300], counts.append)
        assert sum(counts) == 300

    def test_other_data_have_none(self):
        assert load_features(CATALOG["digits"]) is None


def _change(weights, name, array):
    return weights | {name: array}


DAMAGE = {
    "a missing weight": lambda w: {name: array for name, array in w.items() if name != "features/bias"},
    "an unknown weight": lambda w: _change(w, "features/more", np.zeros(3, np.float32)),
    "another shape": lambda w: _change(w, "features/bias", np.zeros(65, np.float32)),
    "half precision": lambda w: _change(w, "features/bias", np.zeros(64, np.float16)),
    "a NaN": lambda w: _change(w, "features/bias", np.full(64, np.nan, np.float32)),
    "an infinity": lambda w: _change(w, "features/bias", np.full(64, np.inf, np.float32)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "mnist.safetensors"
    save_file(DAMAGE[damage](load_file(FEATURE_FILES / "mnist.safetensors")), path)
    with pytest.raises(BundleError, match=r"mnist\.safetensors.*features/"):
        load_features(CATALOG["mnist"], tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 100, "cut", "padded"])
def test_another_file_is_refused(tmp_path, content):
    whole = (FEATURE_FILES / "mnist.safetensors").read_bytes()
    content = {"cut": whole[:-4], "padded": whole + bytes(2_000_000)}.get(content, content)
    (tmp_path / "mnist.safetensors").write_bytes(content)
    with pytest.raises(BundleError, match=r"mnist\.safetensors (cannot be read|has 2,438,\d+ bytes)"):
        load_features(CATALOG["mnist"], tmp_path)


class TestTraining:
    @pytest.mark.full
    def test_it_uses_only_the_train_split_and_is_repeatable(self, digits):
        import dataclasses

        from vae.data.dataset import Split

        noise = Split(np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), np.uint8), np.zeros(200, np.int64))
        one = train_classifier(digits, epochs=15)
        same = train_classifier(dataclasses.replace(digits, validation=noise, test=noise), epochs=15)
        other = train_classifier(digits, epochs=15, seed=1)
        assert accuracy(one, digits.test) > 0.93
        arrays = [ops.convert_to_numpy(named_weights(model)["features/kernel"]) for model in (one, same, other)]
        np.testing.assert_array_equal(arrays[0], arrays[1])
        assert (arrays[0] != arrays[2]).any()

    def test_the_command_writes_a_file_that_can_be_loaded(self, tmp_path, capsys, digits):
        assert main(["digits", "--epochs", "2", "--out", str(tmp_path / "new")]) == 0
        features = _extractor(digits.info, tmp_path / "new")
        assert features(digits.test.images).shape == (297, 64)
        output = capsys.readouterr().out
        assert [line.split()[0] for line in output.splitlines()] == ["train", "validation", "test"]

    def test_the_bundled_sample_is_not_enough(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr("vae.data.sources._from_keras", lambda *_: None)
        assert main(["mnist", "--out", str(tmp_path)]) == 1
        assert "bundled sample" in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_unknown_data_are_one_line(self, tmp_path, capsys):
        assert main(["nothing", "--out", str(tmp_path)]) == 1
        assert capsys.readouterr().err.startswith("Error: No data set is called 'nothing'")


def test_the_file_has_all_trained_weights():
    classifier = build_classifier(CATALOG["mnist"])
    variables = named_weights(classifier)
    assert sum(np.prod(variable.shape) for variable in variables.values()) == classifier.count_params()
    packed = pack_weights({name: ops.convert_to_numpy(value) for name, value in variables.items()})
    assert len(packed) == (FEATURE_FILES / "mnist.safetensors").stat().st_size
