"""`train`: a model of digits is trained, listed and measured."""

import dataclasses
import json
import os
import shlex
import signal
import sys

import pytest

from vae.data import load_dataset
from vae.data.catalog import dataset_info
from vae.formats.bundle import load_bundle
from vae.models.config import ModelConfig, TrainConfig
from vae.training.presets import PRESETS
from zscope.cli.train import _command
from zscope.jobs.runs.cli_command import command_for
from zscope.jobs.runs.listing import find_run, list_runs

MODULE = sys.modules["zscope.cli.train"]  # `zscope.cli.train` itself is the command

SMALL = [
    "--dataset", "digits", "--latent-dim", "2", "--widths", "4", "--dense-units", "12", "--epochs", "2",
    "--iwae-samples", "10", "--iwae-images", "20",
]  # fmt: skip


@pytest.fixture(autouse=True)
def runs_home(tmp_path, monkeypatch):
    """An empty folder for runs."""
    monkeypatch.setenv("ZSCOPE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.mark.parametrize("likelihood", ["bernoulli", pytest.param("gaussian", marks=pytest.mark.full)])
def test_a_trained_model_is_saved_listed_and_measured(command, models_home, monkeypatch, likelihood):
    arguments = ["train", "mine", *SMALL, "--likelihood", likelihood, "--seed", "3", "--out", models_home]
    monkeypatch.setattr("sys.argv", ["vae", *map(str, arguments)])
    said = command(*arguments)
    assert said.stdout.startswith("mine: ")
    assert "Saved in" in said.stdout
    (run,) = list_runs()
    assert (run.id, run.state) == ("mine", "finished"), "it is a run like any other"

    bundle = load_bundle(models_home / "mine")
    assert (bundle.manifest.id, bundle.manifest.title) == ("mine", "mine"), "the id is the title"
    assert (bundle.manifest.model.latent_dim, bundle.manifest.model.widths) == (2, (4,))
    assert bundle.manifest.model.likelihood == likelihood
    assert (bundle.card.training.config.epochs, bundle.card.training.config.seed) == (2, 3)
    assert len(bundle.card.training.history["val_loss"]) == 2
    metrics = bundle.card.metrics
    figures = (
        f"ELBO {metrics.elbo.value:.2f} nats, MSE {metrics.mse.value:.5f} (PCA {metrics.pca_mse.value:.5f}), "
        f"kNN {100 * metrics.knn_accuracy.value:.2f} %"
    )
    assert f" s, {figures}, {metrics.active_units} of 2 units active.\n" in said.stdout
    command_line = bundle.card.training.command
    assert command_line.startswith("zscope train mine --dataset digits")
    assert command_line.endswith("--seed 3 --out OUT"), "no path of this machine"

    (entry,) = (entry for entry in json.loads(command("models", "--json").stdout) if entry["id"] == "mine")
    assert entry["metrics"] == bundle.card.metrics.model_dump(mode="json")

    measured = json.loads(command("evaluate", "mine", "--json", "--iwae-samples", "10", "--iwae-images", "20").stdout)
    for name, value in measured.items():
        expected = entry["metrics"][name]
        assert value == (expected if expected is None else pytest.approx(expected, rel=1e-4)), name
    lines = command("evaluate", models_home / "mine", "--iwae-samples", "10", "--iwae-images", "20").stdout
    assert f"ELBO          {measured['elbo']['value']:.3f} ± " in lines
    assert "on 297 test images" in lines


class TestPreset:
    """`--preset` gives the settings of the Train page, and other options change single ones."""

    @pytest.fixture(autouse=True)
    def asked(self, monkeypatch, models_home):
        asked = []
        monkeypatch.setattr(MODULE, "start", lambda request, replace, now: asked.append(request))
        return asked

    @pytest.mark.parametrize("preset", PRESETS)
    def test_its_settings_are_those_of_the_page(self, command, asked, preset):
        command("train", "mine", "--dataset", "digits", "--preset", preset, "--background")
        info, images = dataset_info("digits"), len(load_dataset("digits").train)
        assert [(one.model, one.training) for one in asked] == [PRESETS[preset].configs(info, images)]

    def test_given_options_replace_its_settings(self, command, asked):
        command(
            "train", "mine", "--dataset", "digits", "--preset", "quick", "--likelihood", "bernoulli", "--widths", "8",
            "--patience", "0", "--conditional", "--seed", "3", "--background",
        )  # fmt: skip
        (one,) = asked
        model, training = PRESETS["quick"].configs(dataset_info("digits"), len(load_dataset("digits").train))
        assert one.model == dataclasses.replace(model, likelihood="bernoulli", widths=(8,), classes=10)
        assert one.training == dataclasses.replace(training, patience=0, seed=3)

    def test_an_option_with_its_default_replaces_it_too(self, command, asked):
        command("train", "mine", "--dataset", "digits", "--preset", "quick", "--activation", "relu", "--background")
        assert asked[0].model.activation == "relu" == ModelConfig().activation

    def test_another_name_is_refused_with_the_names(self, command):
        error = command("train", "mine", "--dataset", "digits", "--preset", "fast", fails=True)
        assert str(error) == "There is no preset called 'fast'. Use one of quick, standard, best."

    def test_images_that_no_preset_suits_are_refused(self, command, monkeypatch):
        monkeypatch.setattr(MODULE, "why_not", lambda shape: "The sides are odd.")
        error = command("train", "mine", "--dataset", "digits", "--preset", "quick", fails=True)
        assert "The sides are odd. Leave --preset out" in str(error)


class TestRefusals:
    """Invalid requests are refused before the framework is loaded or training starts."""

    @pytest.fixture(autouse=True)
    def no_training(self, monkeypatch):
        monkeypatch.setattr(MODULE, "show_run", lambda *_, **__: pytest.fail("training began"))
        monkeypatch.setattr("zscope.jobs.runs.launch._spawn", lambda *_: pytest.fail("training began"))

    @pytest.mark.parametrize(
        ("option", "said"),
        [
            (["--latent-dim", "0"], "latent_dim"),
            (["--latent-dim", "1000"], "latent_dim"),
            (["--widths", "4,x"], "not a list of numbers"),
            (["--widths", ""], "not a list of numbers"),
            (["--widths", "4,4,4,4"], "divisible by 16"),
            (["--network", "transformer"], "network"),
            (["--binarize", "--likelihood", "gaussian"], "turn binarize off"),
            (["--autoencoder", "--prior", "realnvp"], "plain autoencoder has no prior"),
            (["--autoencoder", "--beta", "2"], "has no KL"),
            (["--free-bits", "1", "--importance-samples", "5"], "free_bits or importance_samples"),
            (["--dropout", "1"], "dropout"),
            (["--checkpoint-seconds", "-1"], "checkpoint_seconds"),
            (["--dense-units", "5000"], "dense_units"),
            (["--activation", "tanh"], "activation"),
            (["--likelihood", "poisson"], "likelihood"),
            (["--epochs", "0"], "epochs"),
            (["--batch-size", "0"], "batch_size"),
            (["--learning-rate", "nan"], "learning_rate"),
            (["--beta", "-1"], "beta"),
            (["--kl-warmup", "1.5"], "kl_warmup"),
            (["--seed", "-1"], "seed"),
            (["--dataset", "cifar"], "cifar"),
            (["--title", "x" * 81], "title"),
        ],
    )
    def test_a_wrong_setting_is_answered_at_once(self, command, models_home, option, said):
        error = command("train", "mine", "--dataset", "digits", *option, fails=True)
        assert said in str(error)
        assert list(models_home.iterdir()) == []
        assert list_runs() == []

    def test_a_shipped_id_is_taken(self, command, models_home):
        for more in ([], ["--replace"]):
            error = command("train", "mnist-16", "--dataset", "digits", *more, fails=True)
            assert "A bundled model is called mnist-16. Choose another id, or set --out" in str(error)
        assert list(models_home.iterdir()) == []

    def test_a_model_that_is_there_is_not_replaced_unasked(self, command, save_model, tmp_path):
        before = (save_model("mine") / "model.json").read_bytes()
        for more in ([], ["--out", tmp_path / "models"]):
            error = command("train", "mine", "--dataset", "digits", *more, fails=True)
            assert "models/mine. Choose another id, or add --replace" in str(error)
        assert (tmp_path / "models" / "mine" / "model.json").read_bytes() == before

    def test_a_place_that_cannot_be_written(self, command, tmp_path):
        (tmp_path / "file").write_text("in the way")
        error = command("train", "mine", "--dataset", "digits", "--out", tmp_path / "file" / "models", fails=True)
        assert "is not writable" in str(error)
        assert "Choose another folder" in error.hint

    def test_draws_are_in_tens(self, run_python):
        done = run_python("-m", "vae", "train", "mine", "--dataset", "digits", "--iwae-samples", "15")
        assert done.returncode == 2
        assert "15 is not a multiple of 10" in done.stderr

    @pytest.mark.parametrize("name", ["../mine", "Mine", "a/b", "", "x" * 65, ".hidden"])
    def test_a_name_that_is_no_id(self, command, models_home, name):
        assert "cannot be an id" in str(command("train", name, "--dataset", "digits", fails=True))


@pytest.mark.full
def test_a_long_command_line_does_not_cost_the_run(command, models_home, monkeypatch):
    arguments = [
        "train", "m" * 64, *SMALL, "--epochs", "1", "--title", "A long title, ' with quotes ' in it " + "x" * 44,
        "--learning-rate", "0.00200000000000000000000000000000001", "--beta", "1.000000000000000000000000000000001",
        "--likelihood", "bernoulli", "--activation", "relu", "--batch-size", "256", "--kl-warmup", "0.25",
        "--seed", "1",
    ]  # fmt: skip
    monkeypatch.setattr("sys.argv", ["vae", *arguments])
    command(*arguments)
    stored = load_bundle(models_home / ("m" * 64)).card.training.command
    assert len(stored) > 300
    assert "--seed 1" in stored


@pytest.mark.full
def test_replaces_a_model_on_request_and_saves_a_bundled_id_elsewhere(command, save_model, models_home, tmp_path):
    before = load_bundle(save_model("mine")).manifest
    once = [*SMALL, "--epochs", "1"]
    assert "Reload the app's page" in command("train", "mine", *once, "--replace", "--title", "Anew").stdout
    after = load_bundle(models_home / "mine").manifest
    assert (before.title, after.title) == ("Tiny, of random weights", "Anew")
    assert after.files["weights.safetensors"] != before.files["weights.safetensors"]

    elsewhere = tmp_path / "else where"
    said = command("train", "mnist-2d", *once, "--out", elsewhere).stdout
    assert f"Next: zscope evaluate '{elsewhere}/mnist-2d'" in said
    assert load_bundle(elsewhere / "mnist-2d").manifest.id == "mnist-2d"


class TestCommandOnTheCard:
    """The recorded command repeats the run anywhere, and contains no paths of this computer."""

    PLACES = (
        "/home/me/models",
        "/home/me/my models",
        "/home/o'neill/it's \"here\"",
        "~/x",
        "",
        "a=b --seed 9",
        "$HOME",
    )

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("option", ["--out", "--data-dir"])
    @pytest.mark.parametrize("joined", [True, False])
    def test_paths_are_replaced_by_placeholders(self, monkeypatch, place, option, joined):
        given = [f"{option}={place}"] if joined else [option, place]
        monkeypatch.setattr("sys.argv", ["/opt/vae/__main__.py", "train", "mine", *given, "--title", "It's mine"])
        assert shlex.split(_command()) == [
            "zscope", "train", "mine", option, option[2:].upper(), "--title", "It's mine",
        ]  # fmt: skip

    def test_paths_after_equals_signs_and_at_the_end_are_replaced(self, monkeypatch):
        monkeypatch.setattr("sys.argv", ["vae", "train", "a", "--data-dir=/d d", "--seed", "1", "--out", "/o"])
        assert _command() == "zscope train a --data-dir DATA-DIR --seed 1 --out OUT"

    def test_values_that_look_like_path_options_are_kept(self, monkeypatch):
        arguments = ["train", "a", "--title=--out /x", "--title", "was --out=/y", "--widths", "4,8"]
        monkeypatch.setattr("sys.argv", ["vae", *arguments])
        assert shlex.split(_command()) == ["zscope", *arguments]


class TestPause:
    def test_ctrl_c_pauses_and_prints_how_to_resume(self, command, models_home, monkeypatch, capfd):
        from vae.training.trainer import Trainer

        real = Trainer.advance

        def interrupted(self):
            real(self)
            if self.step == 3:
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(Trainer, "advance", interrupted)
        with pytest.raises(AssertionError):  # its exit status is 130
            command("train", "mine", *SMALL, "--batch-size", "250")
        assert find_run("mine").state == "paused"
        assert find_run("mine").progress.step == 3
        assert list(models_home.iterdir()) == []
        error = command("train", "mine", *SMALL, fails=True)
        assert "A run called mine is paused at step 3. Resume it" in str(error)

        monkeypatch.setattr(Trainer, "advance", real)
        assert "mine: " in command("resume", "mine").stdout
        assert load_bundle(models_home / "mine").card.training.config.batch_size == 250
        assert "finished" in command("runs").stdout


class TestEverySettingHasAnOption:
    """A run of the app can be repeated in a terminal with the command on its card."""

    MODELS = (
        ModelConfig(image_shape=(8, 8, 1)),
        ModelConfig(
            image_shape=(8, 8, 1), latent_dim=5, network="residual", widths=(4, 6), blocks=2, dense_units=9,
            activation="gelu", binarize=True, prior="realnvp", prior_blocks=4, prior_units=8, classes=10,
        ),
        ModelConfig(image_shape=(8, 8, 1), network="dense", widths=(9,), likelihood="laplace", variational=False),
    )  # fmt: skip
    TRAININGS = (
        TrainConfig(dataset="digits"),
        TrainConfig(
            dataset="digits", epochs=3, batch_size=9, learning_rate=1e-3, final_learning_rate=1e-6,
            learning_rate_warmup=0.1, weight_decay=0.01, dropout=0.2, kl_warmup=0.3, importance_samples=4,
            clip_norm=2.5, ema=0.9, start_from="mnist-2d", shift=2, mirror=True, keep="last", patience=7, seed=8,
        ),
        TrainConfig(dataset="digits", beta=4.0, free_bits=0.25, objective="elbo"),
    )  # fmt: skip

    def test_each_setting_is_tried(self):
        for configs in (self.MODELS, self.TRAININGS):
            for field in dataclasses.fields(configs[0]):
                assert any(getattr(config, field.name) != field.default for config in configs), field.name

    @pytest.mark.parametrize(("model", "training"), [(0, 0), (1, 1), (2, 0), (0, 2)])
    def test_the_command_of_a_run_makes_the_same_run(self, command, models_home, monkeypatch, model, training):
        asked = []
        monkeypatch.setattr(MODULE, "start", lambda request, replace, now: asked.append(request))
        model, training = self.MODELS[model], self.TRAININGS[training]
        words = shlex.split(command_for("mine", "It's mine", model, training))
        assert words[:2] == ["zscope", "train"]
        command(*words[1:], "--background")
        (request,) = asked
        assert (request.id, request.title) == ("mine", "It's mine")
        assert (request.model, request.training) == (model, training)
