"""`evaluate` prints all available figures and no others."""

import json
import re
import sys

import pytest

from vae.formats.bundle import save_bundle
from vae.formats.bundle.schema import SampleFigures, SampleQuality
from vae.models.config import ModelConfig

QUICK = ["--iwae-samples", "10", "--iwae-images", "20"]
SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "widths": (4, 6), "dense_units": 10}


@pytest.fixture
def measure(command, tmp_path, make_content):
    """Lines of a model of random weights by their names, and the JSON of the same."""

    def run(**settings) -> tuple[dict[str, str], dict]:
        folder = save_bundle(tmp_path / "tiny", **make_content(ModelConfig(**SMALL, **settings)))
        lines = command("evaluate", folder, *QUICK).stdout.splitlines()
        parts = (re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in lines)
        named = {part[0]: part[-1] for part in parts}
        return named, json.loads(command("evaluate", folder, "--json", *QUICK).stdout)

    return run


def test_every_figure_with_its_error(measure):
    lines, metrics = measure()
    for name, key in (("ELBO", "elbo"), ("log p(x|z)", "reconstruction"), ("KL", "kl")):
        value = metrics[key]
        assert lines[name] == f"{value['value']:.3f} ± {value['standard_error']:.3f} nats"
    assert lines["IWAE k=10"].endswith("nats on 20 images")
    assert lines["kNN k=10"].endswith("% by 1,250 codes")
    for name, key in (("MSE", "mse"), ("MSE of PCA", "pca_mse")):
        assert lines[name].startswith(f"{metrics[key]['value']:.5f} ± ")
    assert lines["active units"] == f"{metrics['active_units']} of 3"
    last = list(lines)[-1]
    assert last.startswith("on 297 test images; bernoulli likelihood: cross-entropy with grey levels")


def test_prints_the_meaning_of_the_nats(measure):
    lines, _ = measure(binarize=True)
    assert "dynamic binarisation" in list(lines)[-1]


def test_a_plain_autoencoder_has_no_lines_of_bounds(measure):
    lines, metrics = measure(variational=False)
    assert metrics["elbo"] is None
    assert {name.split()[0] for name in lines} == {"MSE", "kNN", "active", "on"}
    assert list(lines)[-1].endswith("a plain autoencoder has no bound on log p(x)")


def test_samples_with_what_real_images_reach(measure, monkeypatch):
    from vae.formats.bundle.schema import Figure

    def quality(*_):
        names = SampleFigures.model_fields
        drawn = {name: Figure(value=0.1 * place, standard_error=0.004) for place, name in enumerate(names, 1)}
        real = {name: Figure(value=0.2 * place) for place, name in enumerate(names, 1)}
        return SampleQuality(images=1234, ceiling=SampleFigures(**real), **drawn)

    monkeypatch.setattr("vae.evaluation.measure._sample_quality", quality)
    lines, _ = measure()
    assert lines["samples"].startswith("1,234 samples from the prior")
    assert lines["precision"] == "0.100 ± 0.004 (0.200)"
    assert lines["coverage"] == "0.400 ± 0.004 (0.800)"


def test_few_test_images_are_said(measure, monkeypatch):
    assert "These are few test images, so the figures are uncertain." not in measure()[0]
    # `zscope.cli.evaluate` itself is the command
    monkeypatch.setattr(sys.modules["zscope.cli.evaluate"], "FEW_IMAGES", 298)
    assert "These are few test images, so the figures are uncertain." in measure()[0]
