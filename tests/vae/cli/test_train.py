"""`train` and what follows it: a model on digits, trained, listed, measured."""

import json

import pytest

from vae.bundle import load_bundle

SMALL = [
    "--dataset", "digits", "--latent-dim", "2", "--widths", "4", "--dense-units", "12", "--epochs", "2",
    "--iwae-samples", "10", "--iwae-images", "20",
]  # fmt: skip


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_trained_model_is_saved_listed_and_measured(command, models_home, monkeypatch, likelihood):
    arguments = ["train", "mine", *SMALL, "--likelihood", likelihood, "--seed", "3", "--out", models_home]
    monkeypatch.setattr("sys.argv", ["vae", *map(str, arguments)])
    said = command(*arguments)
    assert said.stdout.startswith("mine: ")
    assert "Saved in" in said.stdout

    bundle = load_bundle(models_home / "mine")
    assert (bundle.manifest.id, bundle.manifest.title) == ("mine", "scikit-learn digits, 2 dimensions")
    assert (bundle.manifest.model.latent_dim, bundle.manifest.model.widths) == (2, (4,))
    assert bundle.manifest.model.likelihood == likelihood
    assert (bundle.card.training.config.epochs, bundle.card.training.config.seed) == (2, 3)
    assert len(bundle.card.training.history["val_loss"]) == 2
    command_line = bundle.card.training.command
    assert command_line.startswith("python -m vae train mine --dataset digits")
    assert str(models_home) not in command_line, "no path of this machine"

    (entry,) = (entry for entry in json.loads(command("models", "--json").stdout) if entry["id"] == "mine")
    assert entry["metrics"] == bundle.card.metrics.model_dump(mode="json")

    measured = json.loads(command("evaluate", "mine", "--json", "--iwae-samples", "10", "--iwae-images", "20").stdout)
    for name, value in measured.items():
        assert value == pytest.approx(entry["metrics"][name], rel=1e-4), name
    lines = command("evaluate", models_home / "mine", "--iwae-samples", "10", "--iwae-images", "20").stdout
    assert f"ELBO          {measured['elbo']['value']:.3f} ± " in lines
    assert "on 297 test images" in lines


class TestRefusals:
    """Before the framework is loaded or an epoch is spent."""

    @pytest.fixture(autouse=True)
    def no_training(self, monkeypatch):
        monkeypatch.setattr("vae.training.train", lambda *_: pytest.fail("training began"))

    @pytest.mark.parametrize(
        ("option", "said"),
        [
            (["--latent-dim", "0"], "latent_dim"),
            (["--latent-dim", "1000"], "latent_dim"),
            (["--widths", "4,x"], "not a list of numbers"),
            (["--widths", ""], "not a list of numbers"),
            (["--widths", "4,4,4,4"], "divisible by 16"),
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

    def test_draws_are_in_tens(self, run_python):
        done = run_python("-m", "vae", "train", "mine", "--dataset", "digits", "--iwae-samples", "15")
        assert done.returncode == 2
        assert "15 is no multiple of 10" in done.stderr

    @pytest.mark.parametrize("name", ["../mine", "Mine", "a/b", "", "x" * 65, ".hidden"])
    def test_a_name_that_is_no_id(self, command, models_home, name):
        assert "cannot be an id" in str(command("train", name, "--dataset", "digits", fails=True))


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
