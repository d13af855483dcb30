"""Toy kinds, registered by one object each, are found everywhere: from a setting to an exported file."""

import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from docs.zoo import FILE, zoo_page
from tests.vae.formats.exporting.node_decoding import decode_in_node
from vae.array_ops import ops
from vae.data import CATALOG, load_dataset, load_test_split
from vae.data.builtin import DatasetInfo
from vae.errors import BadRequestError, BundleError, DataError
from vae.evaluation.figures import meaning_of_nats
from vae.formats.bundle import load_bundle, save_bundle
from vae.formats.exporting.demo import demo_page
from vae.formats.exporting.export import export_model
from vae.inference.codec import Codec
from vae.kinds import LIKELIHOODS, OBJECTIVES, PRIORS, LikelihoodKind, ObjectiveKind, PriorKind, Refusal
from vae.models.config import ModelConfig, TrainConfig, check_together, config_from_json, make_config
from vae.models.elbo import log_normal, reparameterize
from vae.models.likelihoods import Likelihood
from vae.models.priors import Prior
from vae.models.settings import settings_of
from vae.registry import Registry
from zscope.cli import app
from zscope.cli.settings_options import option_of


class Squares(Likelihood):
    """Negative squared errors around the sigmoid of the logits."""

    def log_prob(self, x, logits, training=False):
        return -4.0 * ops.sum(ops.square(x - self.mean(logits)), axis=(-3, -2, -1))


class Arctan(Squares):
    """With a mean that neither ONNX export nor web page knows."""

    def mean(self, logits):
        return 0.5 + ops.arctan(logits) / np.pi


class Wide(Prior):
    """N(0, 4 I)."""

    def log_prob(self, z):
        return log_normal(z, 0.0, float(np.log(4)))

    def sample(self, noise):
        return 2.0 * noise


LOSSES = []


def capacity(batch):
    """The KL is kept at 2 nats (Burgess et al. 2018)."""
    LOSSES.append(batch.config.objective)
    vae = batch.vae
    noise = keras.random.normal(ops.shape(batch.z_mean), seed=batch.noise)
    z = reparameterize(batch.z_mean, batch.z_log_var, noise)
    error = -ops.mean(vae.log_prob_x(batch.x, z, batch.labels, training=True))
    kl = ops.mean(vae.kl(z, batch.z_mean, batch.z_log_var))
    return error + batch.beta * ops.abs(kl - 2.0), error, kl


def _likelihood(key: str, form, **forms) -> LikelihoodKind:
    return LikelihoodKind(
        key=key,
        title=key.title(),
        formula="−4 (x − μ)²",
        meaning=f"tests of {key}",
        nats="toy nats",
        form=form,
        **forms,
    )


KINDS: tuple[tuple[Registry[Any], Any], ...] = (
    (LIKELIHOODS, _likelihood("toy-squares", Squares, activation="sigmoid", mean_form="sigmoid")),
    (LIKELIHOODS, _likelihood("toy-arctan", Arctan)),
    (
        PRIORS,
        PriorKind(
            key="toy-wide", title="Toy wide", noun="a wide normal", formula="N(0, 4 I)", meaning="tests of priors",
            draw="A draw from N(0, 4) in every dimension", form=Wide, summary="wide prior",
        ),
    ),
    (
        OBJECTIVES,
        ObjectiveKind(
            key="toy-capacity", title="Toy capacity", formula="|KL − 2|", meaning="tests of objectives", loss=capacity,
            refuses=(Refusal(("free_bits",), "The capacity frees no bits.", "Leave free_bits at 0."),),
        ),
    ),
    (
        CATALOG,
        DatasetInfo(
            id="toy-stripes", title="Toy stripes", image_shape=(8, 8, 1), class_names=("flat", "upright"),
            archive="stripes.npz", licence="CC0", source="this test", keys=("a", "b", "c", "d"), train_images=240,
        ),
    ),
)  # fmt: skip
MODEL = {"image_shape": (8, 8, 1), "latent_dim": 2, "widths": (4,), "likelihood": "toy-squares", "prior": "toy-wide"}


def _stripes(count: int, seed: int):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    rows = rng.integers(0, 256, (count, 8, 1), np.uint8).repeat(8, axis=2)
    return np.where(labels[:, None, None] == 0, rows, rows.transpose(0, 2, 1)), labels


@pytest.fixture(scope="module")
def registered():
    with pytest.MonkeyPatch.context() as patch:
        for registry in {id(registry): registry for registry, _ in KINDS}.values():
            patch.setattr(registry, "_objects", dict(registry._objects))
        for registry, kind in KINDS:
            registry.register(kind)
        yield


@pytest.fixture(scope="module")
def archive(registered, tmp_path_factory):
    """The toy data set in Keras' cache: its only place."""
    home = tmp_path_factory.mktemp("keras")
    (home / "datasets").mkdir()
    (x, y), (x_test, y_test) = _stripes(240, 0), _stripes(60, 1)
    np.savez(home / "datasets" / "stripes.npz", a=x, b=y, c=x_test, d=y_test)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(home))
        yield home / "datasets" / "stripes.npz"


@pytest.fixture(scope="module")
def trained(archive, tmp_path_factory) -> Path:
    """The bundle that `zscope train` makes of the toys."""
    models = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZSCOPE_RUNS", str(tmp_path_factory.mktemp("runs")))
        words = [
            "train", "toy", "--dataset", "toy-stripes", "--likelihood", "toy-squares", "--prior", "toy-wide",
            "--objective", "toy-capacity", "--latent-dim", "2", "--widths", "4", "--dense-units", "8", "--epochs", "2",
            "--batch-size", "32", "--iwae-samples", "10", "--iwae-images", "20", "--out", str(models),
        ]  # fmt: skip
        result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return models / "toy"


class TestSettings:
    def test_a_config_takes_them_and_its_json_is_read_again(self, registered):
        config = ModelConfig(**MODEL)
        text = json.dumps({"likelihood": "toy-squares", "prior": "toy-wide", "image_shape": [8, 8, 1]})
        assert config_from_json(ModelConfig, text).likelihood == config.likelihood
        assert config_from_json(TrainConfig, '{"objective": "toy-capacity"}').objective == "toy-capacity"

    @pytest.mark.parametrize(
        ("kind", "field", "toy"),
        [
            (ModelConfig, "likelihood", "toy-squares"),
            (ModelConfig, "prior", "toy-wide"),
            (TrainConfig, "objective", "toy-capacity"),
        ],
    )
    def test_an_unknown_key_is_refused_with_them_among_the_known(self, registered, kind, field, toy):
        with pytest.raises(BadRequestError, match=f"{field} must be one of '(elbo|bernoulli|normal)'.*'{toy}'"):
            make_config(kind, **{field: "nothing"})

    def test_refused_settings_are_rejected_with_the_reason_of_the_kind(self, registered):
        with pytest.raises(BadRequestError, match=r"only the prior N\(0, I\) has"):
            check_together(ModelConfig(**MODEL), TrainConfig(free_bits=0.1))
        with pytest.raises(BadRequestError, match=r"capacity frees no bits.*Leave free_bits at 0"):
            check_together(ModelConfig(), TrainConfig(objective="toy-capacity", free_bits=0.1))
        with pytest.raises(BadRequestError, match="toy-capacity is for a VAE"):
            check_together(ModelConfig(variational=False), TrainConfig(objective="toy-capacity"))
        with pytest.raises(BadRequestError, match="toy-capacity draws one code"):
            check_together(ModelConfig(), TrainConfig(objective="toy-capacity", importance_samples=2))
        with pytest.raises(BadRequestError, match="no prior to learn"):
            make_config(ModelConfig, **MODEL | {"variational": False})
        with pytest.raises(BadRequestError, match="a bernoulli likelihood, not toy-squares"):
            make_config(ModelConfig, likelihood="toy-squares", binarize=True)

    def test_the_form_offers_them_and_sets_them(self, archive):
        page = AppTest.from_function(_form).run(timeout=60)
        assert not page.exception
        boxes = {box.label: box for box in page.selectbox}
        assert {"Toy-Squares", "Toy-Arctan"} <= set(boxes["Likelihood of pixels"].options)
        boxes["Likelihood of pixels"].select("toy-squares")
        boxes["Prior"].select("toy-wide")
        boxes["Objective"].select("toy-capacity")
        page.run(timeout=60)
        assert not page.exception
        model, training = page.session_state["made"]
        assert (model.likelihood, model.prior, training.objective) == ("toy-squares", "toy-wide", "toy-capacity")
        assert "Free bits" not in {box.label for box in page.number_input}, "both refuse them"

    def test_the_command_line_names_them(self, registered):
        fields = {field.name: field for kind in (ModelConfig, TrainConfig) for field in settings_of(kind)}
        for name, key in (
            ("likelihood", "toy-squares"),
            ("prior", "toy-wide"),
            ("objective", "toy-capacity"),
            ("dataset", "toy-stripes"),
        ):
            (option,) = option_of(fields[name]).annotation.__metadata__
            assert key in option.help

    def test_the_zoo_document_has_them(self, registered):
        text = FILE.read_text(encoding="utf-8")
        page = zoo_page(text)
        for row in (
            r"\| `toy-squares` \| −4 \(x − μ\)² \| tests of toy-squares \|",
            r"\| `toy-wide` \| N\(0, 4 I\) \| tests of priors \|",
            r"\| Toy capacity \| `--objective toy-capacity` \| \\\|KL − 2\\\| \| tests of objectives \|",
            r"\| `toy-stripes` \| Toy stripes \| 8×8×1 \| 2 \| CC0 \|",
            r"\| `--objective toy-capacity` with `--free-bits` \| The capacity frees no bits\. \|",
        ):
            assert re.search(row, page), row
            assert not re.search(row, text), row


def _form():
    import streamlit as st

    from vae.data import dataset_info
    from vae.models.config import ModelConfig, TrainConfig
    from zscope.ui.train.all_settings import all_settings

    model, training = ModelConfig(image_shape=(8, 8, 1), widths=(4,)), TrainConfig(dataset="toy-stripes")
    st.session_state["made"] = all_settings(model, training, dataset_info("toy-stripes"), "key")


def _pictures():
    import streamlit as st

    from vae.errors import DataError
    from zscope.ui.train.pictures import DATASET_KEY, choose_pictures

    st.session_state.setdefault(DATASET_KEY, "toy-stripes")
    try:
        choose_pictures()
    except DataError as error:
        st.error(str(error))


class TestData:
    def test_the_command_line_lists_it_and_names_it_where_another_is_not_known(self, registered):
        assert "toy-stripes" in CliRunner().invoke(app, ["data", "list"], catch_exceptions=False).output
        with pytest.raises(DataError, match=r"'cifar'.*toy-stripes"):
            load_dataset("cifar")

    def test_reads_the_data_set_from_its_place_in_the_cache(self, archive):
        data = load_dataset("toy-stripes", download=False)
        assert (data.origin, len(data.train), len(data.validation)) == ("Keras' cache", 200, 40)
        np.testing.assert_array_equal(data.test.images[..., 0], _stripes(60, 1)[0])

    def test_it_is_read_from_a_data_folder(self, archive):
        assert load_dataset("toy-stripes", archive.parent).origin == "stripes.npz in the data folder"

    def test_its_test_split_is_that_of_the_archive(self, archive):
        np.testing.assert_array_equal(load_test_split("toy-stripes").labels, _stripes(60, 1)[1])

    def test_the_error_for_a_missing_data_set_names_its_archive(self, registered, tmp_path, monkeypatch):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        for load in (load_dataset, load_test_split):
            with pytest.raises(DataError, match=r"Can't find the .* split of Toy stripes.*stripes\.npz") as refusal:
                load("toy-stripes")
            assert str(tmp_path / "datasets" / "stripes.npz") in refusal.value.message
            assert "download" not in str(refusal.value), "there is none"

    @pytest.mark.parametrize(
        ("arrays", "reason"),
        [
            (
                None,
                r"Can't find the train split of Toy stripes: there is no file .*stripes\.npz\. Put stripes\.npz there",
            ),
            (np.zeros((12, 9, 9), np.uint8), r"has uint8 images of 8×8×1, .*shape \(12, 9, 9, 1\).*Correct the arrays"),
        ],
    )
    def test_the_form_states_why_it_has_no_images(self, registered, tmp_path, monkeypatch, arrays, reason):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        (tmp_path / "datasets").mkdir()
        if arrays is not None:
            labels = np.zeros(len(arrays), int)
            np.savez(tmp_path / "datasets" / "stripes.npz", a=arrays, b=labels, c=arrays, d=labels)
        page = AppTest.from_function(_pictures).run(timeout=60)
        assert not page.exception
        assert re.search(reason, page.error[0].value)

    def test_a_fashion_cache_does_not_stand_in_for_it(self, registered, tmp_path, monkeypatch):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        (tmp_path / "datasets" / "fashion-mnist").mkdir(parents=True)
        with pytest.raises(DataError, match="train split of Toy stripes"):
            load_dataset("toy-stripes", download=False)

    def test_a_damaged_copy_is_named(self, registered, tmp_path, monkeypatch):
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        (tmp_path / "datasets").mkdir()
        (tmp_path / "datasets" / "stripes.npz").write_bytes(b"no archive")
        with pytest.raises(
            DataError, match=r"cached copy of Toy stripes: Can't read stripes\.npz: File is not a zip file\. Replace"
        ):
            load_dataset("toy-stripes", download=False)

    def test_it_is_downloaded_from_its_address(self, archive, tmp_path, monkeypatch):
        where = DatasetInfo(**{**vars(CATALOG["toy-stripes"]), "id": "toy-far", "url": archive.as_uri()})
        monkeypatch.setattr(CATALOG, "_objects", {**CATALOG._objects, "toy-far": where})
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        if not where.download:  # a file's address has no host
            monkeypatch.setattr(DatasetInfo, "download", "this machine")
        data = load_dataset("toy-far")
        assert (data.origin, len(data.test)) == ("this machine", 60)
        assert load_dataset("toy-far", download=False).origin == "Keras' cache"

    def test_a_failed_download_is_an_error_with_its_reason(self, archive, tmp_path, monkeypatch):
        where = DatasetInfo(
            **{**vars(CATALOG["toy-stripes"]), "id": "toy-far", "url": archive.as_uri(), "sha256": 64 * "0"}
        )
        monkeypatch.setattr(CATALOG, "_objects", {**CATALOG._objects, "toy-far": where})
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        monkeypatch.setattr(DatasetInfo, "download", "this machine")
        with pytest.raises(DataError, match=r"Can't download Toy stripes: .*hash.*put stripes\.npz in a folder"):
            load_dataset("toy-far")


class TestModel:
    def test_the_bundle_holds_what_was_trained(self, trained):
        bundle = load_bundle(trained)
        model, record = bundle.manifest.model, bundle.card.training
        assert (model.likelihood, model.prior) == ("toy-squares", "toy-wide")
        assert record is not None
        assert (record.config.dataset, record.config.objective) == ("toy-stripes", "toy-capacity")
        assert "toy-capacity" in LOSSES, "the loss was called"
        assert bundle.card.summary.endswith("toy-squares likelihood, wide prior.")
        np.testing.assert_array_equal(bundle.reference.labels, load_test_split("toy-stripes").labels)
        assert meaning_of_nats(model) == "toy nats"

    def test_its_loaded_model_decodes_and_draws_by_the_toys(self, trained):
        vae = load_bundle(trained).vae
        codes = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
        logits = ops.convert_to_numpy(vae.decoder(codes))
        np.testing.assert_allclose(Codec(vae).decode(codes), 1 / (1 + np.exp(-logits)), atol=1e-5)
        np.testing.assert_allclose(ops.convert_to_numpy(vae.sample_prior(codes)), 2 * codes)

    def test_it_is_exported_as_onnx_that_agrees(self, trained, tmp_path):
        report = export_model(trained, "onnx", tmp_path)
        assert report.images > 0
        assert max(report.differences.values()) < 1e-4

    def test_its_web_page_draws_what_the_model_does(self, trained):
        bundle = load_bundle(trained)
        page = demo_page(bundle, ["#000"]).decode()
        script = re.search(r"<script[^>]*>(\{.*?\})</script>", page, re.DOTALL)
        assert script
        payload = json.loads(script[1])
        assert payload["mean"] == "sigmoid"
        assert payload["draws"], "draws of a prior that the page does not compute"
        assert payload["model"]["priorDraw"] == "A draw from N(0, 4) in every dimension"
        codes = bundle.reference.z_mean[:4]
        asked = {name: payload[name] for name in ("graph", "weights", "mean")} | {"inputs": codes}
        (pictures,) = decode_in_node([asked])
        np.testing.assert_allclose(pictures, Codec(bundle.vae).decode(codes).reshape(4, -1), atol=1 / 255)

    def test_a_bundle_of_an_unknown_likelihood_is_refused(self, trained, monkeypatch):
        known = {key: kind for key, kind in LIKELIHOODS.items() if key != "toy-squares"}
        monkeypatch.setattr(LIKELIHOODS, "_objects", known)
        with pytest.raises(BundleError, match=r"likelihood.*bernoulli"):
            load_bundle(trained)


NO_FORM = "toy-arctan likelihood cannot be exported to ONNX or to a web page"


class TestWithoutForms:
    """A likelihood whose mean has no form in a format: an explicit error, never a sigmoid."""

    @pytest.fixture
    def arctan(self, registered, make_content, tmp_path) -> Path:
        config = ModelConfig(**{**MODEL, "likelihood": "toy-arctan", "prior": "normal", "dense_units": 8})
        return save_bundle(tmp_path / "arctan", **make_content(config) | {"id": "arctan"})

    def test_the_web_page_is_refused(self, arctan, tmp_path):
        with pytest.raises(BadRequestError, match=NO_FORM):
            demo_page(load_bundle(arctan), ["#000"])
        with pytest.raises(BadRequestError, match=NO_FORM):
            export_model(arctan, "html", tmp_path)
        assert not (tmp_path / "arctan.html").exists()

    def test_onnx_is_refused(self, arctan, tmp_path):
        with pytest.raises(BadRequestError, match=NO_FORM):
            export_model(arctan, "onnx", tmp_path)
        assert not (tmp_path / "arctan-onnx.zip").exists()
