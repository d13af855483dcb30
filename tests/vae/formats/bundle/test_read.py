"""A saved bundle is loaded bit for bit; anything else is refused with a hint."""

import json
import shutil
import tracemalloc

import numpy as np
import pytest

from vae.errors import BundleError
from vae.formats.bundle import BUNDLE_FILES, load_bundle, read_manifest, save_bundle
from vae.models.config import ModelConfig


def _same(bundle, content) -> bool:
    """Check equality, bit for bit."""
    arrays = [(bundle.weights[name], weight) for name, weight in content["weights"].items()]
    arrays += [(getattr(bundle.reference, name), value) for name, value in vars(content["reference"]).items()]
    return (
        bundle.weights.keys() == content["weights"].keys()
        and all(found.dtype == given.dtype and found.shape == given.shape for found, given in arrays)
        and all(found.tobytes() == given.tobytes() for found, given in arrays)
        and bundle.card == content["card"]
        and bundle.manifest.model == content["config"]
        and (bundle.manifest.id, bundle.manifest.title) == (content["id"], content["title"])
    )


class TestRoundTrip:
    @pytest.mark.parametrize(
        "config",
        [
            ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10),
            ModelConfig(image_shape=(8, 16, 3), latent_dim=1, widths=(4,), dense_units=5, likelihood="gaussian"),
        ],
    )
    def test_save_and_load(self, tmp_path, make_content, config):
        content = make_content(config)
        assert save_bundle(tmp_path / "tiny", **content) == tmp_path / "tiny"
        assert {entry.name for entry in (tmp_path / "tiny").iterdir()} == set(BUNDLE_FILES)
        assert _same(load_bundle(tmp_path / "tiny"), content)
        assert _same(load_bundle(str(tmp_path / "tiny")), content)

    def test_a_zip_loads_the_same_and_a_copy_too(self, bundle_folder, zip_of, make_content, tmp_path):
        for prefix in ("", "tiny/"):
            assert _same(load_bundle(zip_of(bundle_folder, prefix)), make_content())
        shutil.copytree(bundle_folder, tmp_path / "copy")
        assert _same(load_bundle(tmp_path / "copy"), make_content())

    def test_the_comparison_would_see_a_difference(self, bundle_folder, make_content):
        content = make_content()
        content["weights"]["encoder/z_mean/bias"][0] = np.nextafter(content["weights"]["encoder/z_mean/bias"][0], 9)
        assert not _same(load_bundle(bundle_folder), content)
        assert not _same(load_bundle(bundle_folder), make_content(seed=1))

    @pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
    def test_the_rebuilt_model_decodes_the_same_bits(self, tmp_path, make_content, likelihood):
        from vae.inference.codec import Codec
        from vae.models.vae import VAE

        config = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=9, likelihood=likelihood)
        vae = VAE(config, seed=5)
        content = make_content(config) | {"weights": {name: w.numpy() for name, w in vae.named_weights().items()}}
        again = load_bundle(save_bundle(tmp_path / "tiny", **content)).vae
        codes = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
        images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8)
        np.testing.assert_array_equal(Codec(vae).decode(codes), Codec(again).decode(codes))
        np.testing.assert_array_equal(Codec(vae).encode(images), Codec(again).encode(images))
        for name, weight in vae.named_weights().items():
            np.testing.assert_array_equal(again.named_weights()[name].numpy(), weight.numpy())

    def test_a_really_trained_model_decodes_the_same_bits(self, trained, published):
        from vae.inference.codec import Codec

        codes = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
        np.testing.assert_array_equal(Codec(load_bundle(published).vae).decode(codes), Codec(trained.vae).decode(codes))


class TestDamage:
    @pytest.mark.parametrize("name", BUNDLE_FILES)
    @pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
    def test_a_cut_off_file(self, bundle_folder, zip_of, name, share):
        whole = (bundle_folder / name).read_bytes()
        (bundle_folder / name).write_bytes(whole[: int(share * len(whole))])
        for path in (bundle_folder, zip_of(bundle_folder)):
            with pytest.raises(BundleError, match=name.split(".")[0]) as caught:
                load_bundle(path)
            assert caught.value.hint

    @pytest.mark.parametrize("name", [name for name in BUNDLE_FILES if name != "model.json"])
    def test_a_changed_bit(self, bundle_folder, name):
        data = bytearray((bundle_folder / name).read_bytes())
        data[len(data) // 2] ^= 1
        (bundle_folder / name).write_bytes(data)
        with pytest.raises(BundleError, match=rf"{name} differs from the file that model\.json describes.*copy"):
            load_bundle(bundle_folder)

    def test_files_of_two_exports(self, bundle_folder, make_content, tmp_path):
        other = save_bundle(tmp_path / "other", **make_content(seed=1))
        shutil.copy(other / "weights.safetensors", bundle_folder)
        with pytest.raises(BundleError, match=r"weights\.safetensors differs from the file"):
            load_bundle(bundle_folder)

    @pytest.mark.parametrize(
        "change",
        [
            lambda m: m["files"].pop("card.json"),
            lambda m: m["files"].update({"run.py": m["files"]["card.json"]}),
            lambda m: m["files"].update({"model.json": m["files"]["card.json"]}),
            lambda m: m.update(files={}),
        ],
    )
    def test_a_manifest_of_other_files(self, bundle_folder, edit_json, change):
        edit_json(bundle_folder, "model.json", change)
        with pytest.raises(BundleError, match=r"model\.json lists the files"):
            load_bundle(bundle_folder)


class TestJson:
    """JSON files with invalid contents, whose sizes and hashes fit."""

    @pytest.mark.parametrize("name", ["model.json", "card.json"])
    @pytest.mark.parametrize(
        "data",
        [b"", b"{", b"[]", b"null", b'"text"', b"{}", b"\xff\xfe\x00", b"\x00" * 100, b"[" * 20_000, b'{"id": 1e999}'],
        ids=lambda data: repr(data[:12]),
    )
    def test_garbage(self, bundle_folder, rewrite, name, data):
        rewrite(bundle_folder, name, data)
        for read in (load_bundle, read_manifest):
            with pytest.raises(BundleError, match=rf"{name}: "):
                read(bundle_folder)

    @pytest.mark.parametrize(
        ("name", "change", "place"),
        [
            ("model.json", lambda m: m.update(extra=1), "extra"),
            ("model.json", lambda m: m.update(version=2), "version"),
            ("model.json", lambda m: m.update(version="1"), "version"),
            ("model.json", lambda m: m.update(format="keras"), "format"),
            ("model.json", lambda m: m.update(id="../../etc"), "id"),
            ("model.json", lambda m: m.update(title=""), "title"),
            ("model.json", lambda m: m.update(title="x" * 81), "title"),
            ("model.json", lambda m: m.update(dataset="a/b"), "dataset"),
            ("model.json", lambda m: m.pop("model"), "model"),
            ("model.json", lambda m: m["model"].update(extra=1), r"model\.extra"),
            ("model.json", lambda m: m["model"].update(latent_dim=True), r"model\.latent_dim"),
            ("model.json", lambda m: m["model"].update(latent_dim=3.0), r"model\.latent_dim"),
            ("model.json", lambda m: m["model"].update(latent_dim=10**30), r"model\.latent_dim"),
            ("model.json", lambda m: m["model"].update(activation="Lambda"), r"model\.activation"),
            ("model.json", lambda m: m["model"].update(widths=[4, 10**9]), r"model\.widths\.1"),
            ("model.json", lambda m: m["model"].update(image_shape=[10, 8, 1]), "halved"),
            ("model.json", lambda m: m["files"]["card.json"].update(bytes=-1), "bytes"),
            ("model.json", lambda m: m["files"]["card.json"].update(sha256="A" * 64), "sha256"),
            ("card.json", lambda c: c.update(extra=1), "extra"),
            ("card.json", lambda c: c.pop("licence"), "licence"),
            ("card.json", lambda c: c.update(summary="x" * 301), "summary"),
            ("card.json", lambda c: c["metrics"]["elbo"].update(value="1"), r"metrics\.elbo\.value"),
            ("card.json", lambda c: c["metrics"]["elbo"].update(value=float("nan")), r"metrics\.elbo\.value"),
            ("card.json", lambda c: c["metrics"]["mse"].update(standard_error=float("inf")), r"mse\.standard_error"),
            ("card.json", lambda c: c["metrics"]["kl_per_dimension"].append(float("nan")), r"kl_per_dimension\.3"),
            ("card.json", lambda c: c["training"].update(seconds=float("inf")), r"training\.seconds"),
            ("card.json", lambda c: c["training"]["history"].update(loss=[float("nan")]), r"history\.loss\.0"),
            ("card.json", lambda c: c["training"]["config"].update(ema=float("nan")), r"config\.ema"),
            ("card.json", lambda c: c["training"]["config"].update(epochs=0), r"config\.epochs"),
        ],
    )
    def test_a_wrong_field_is_named(self, bundle_folder, edit_json, name, change, place):
        edit_json(bundle_folder, name, change)
        for read in (load_bundle, read_manifest):
            with pytest.raises(BundleError, match=rf"{name}: .*{place}") as caught:
                read(bundle_folder)
            assert caught.value.hint

    @pytest.mark.parametrize("count", [2, 4])
    def test_a_card_of_another_latent_dim(self, bundle_folder, edit_json, count):
        edit_json(bundle_folder, "card.json", lambda c: c["metrics"].update(kl_per_dimension=[0.1] * count))
        with pytest.raises(
            BundleError, match=rf"KL divergence of {count} dimensions, the model has 3.*of one export together"
        ):
            load_bundle(bundle_folder)

    def test_a_card_that_counts_other_weights(self, bundle_folder, edit_json):
        edit_json(bundle_folder, "card.json", lambda c: c.update(parameters=c["parameters"] + 1))
        with pytest.raises(BundleError, match="states 1,532 weights, the networks have 1,531"):
            load_bundle(bundle_folder)

    @pytest.mark.parametrize("count", [1, 4])
    def test_a_card_with_effects_of_other_dimensions(self, bundle_folder, edit_json, count):
        edit_json(bundle_folder, "card.json", lambda c: c["metrics"].update(effect_per_dimension=[0.1] * count))
        with pytest.raises(BundleError, match=f"the effects of {count} dimensions"):
            load_bundle(bundle_folder)


class TestArchitecture:
    @pytest.mark.parametrize(
        "change",
        [{"latent_dim": 4}, {"widths": [4, 7]}, {"widths": [4]}, {"dense_units": 11}, {"likelihood": "gaussian"}],
    )
    def test_a_config_the_weights_do_not_fit(self, bundle_folder, edit_json, change):
        edit_json(bundle_folder, "model.json", lambda m: m["model"].update(change))
        dims = change.get("latent_dim", 3)
        edit_json(bundle_folder, "card.json", lambda c: c["metrics"].update(kl_per_dimension=[0.1] * dims))
        with pytest.raises(BundleError, match="one export together"):
            load_bundle(bundle_folder)

    def test_a_bomb_is_refused_before_anything_is_built(self, bundle_folder, edit_json):
        giant = {"image_shape": [128, 128, 3], "widths": [512] * 4, "dense_units": 4096, "latent_dim": 512}
        edit_json(bundle_folder, "model.json", lambda m: m["model"].update(giant))
        tracemalloc.start()
        with pytest.raises(BundleError, match="299,987,459 weights; the limit is 20,000,000"):
            load_bundle(bundle_folder)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2_000_000

    def test_reference_codes_of_another_width(self, bundle_folder, rewrite, make_content, tmp_path):
        wide = ModelConfig(image_shape=(8, 8, 1), latent_dim=5, widths=(4, 6), dense_units=10)
        other = save_bundle(tmp_path / "other", **make_content(wide))
        rewrite(bundle_folder, "reference.npz", (other / "reference.npz").read_bytes())
        with pytest.raises(
            BundleError, match=r"z_mean is float32 of shape \(297, 5\), expected float32 of shape \(297, 3\)"
        ):
            load_bundle(bundle_folder)


def test_reading_a_bundle_loads_no_framework(bundle_folder, run_python):
    code = f"""
import sys
from vae.formats.bundle import load_bundle
bundle = load_bundle({str(bundle_folder)!r})
assert bundle.manifest.id == "tiny"
sys.exit(any(name in sys.modules for name in ("tensorflow", "keras", "jax", "torch", "sklearn")))
"""
    done = run_python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_listing_reads_the_two_small_files_alone(bundle_folder, make_content):
    (bundle_folder / "weights.safetensors").write_bytes(b"")
    manifest, card = read_manifest(bundle_folder)
    assert manifest.id == "tiny"
    assert card == make_content()["card"]
    json.loads((bundle_folder / "card.json").read_text())


@pytest.mark.parametrize("name", ["weights.safetensors", "reference.npz"])
def test_a_listing_names_a_manifest_that_lists_other_files(bundle_folder, edit_json, name):
    """The pages and the live channel look their hashes up by name."""
    edit_json(bundle_folder, "model.json", lambda m: m["files"].pop(name))
    with pytest.raises(BundleError, match="lists the files"):
        read_manifest(bundle_folder)
