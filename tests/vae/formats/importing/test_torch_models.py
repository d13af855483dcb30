"""An imported PyTorch model has the outputs that torch computes, with the right meaning."""

import numpy as np
import onnx
import pytest

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.torch_cases import CASES, COMMITTED, FOLDER, LOG_VARIANCE, committed
from vae.data import load_test_split
from vae.formats.importing.pixel_formats import PIXELS

pytestmark = pytest.mark.usefixtures("quick_start")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.weights == "uniform"] + ["mnist"])
def test_is_what_torch_makes_of_it(name, torch_files):
    expected, spread = torch_files(name), CASES[name].spread
    atol = 1e-3 if CASES[name].precision == "float16" else 1e-4  # torch joins layers in float16 when it exports them
    made = imported(expected.files)[0]
    assert (made.config.image_shape, made.config.latent_dim) == (expected.x.shape[1:], expected.z.shape[1])
    posterior = [expected.mean] if expected.spread is None else [expected.mean, LOG_VARIANCE[spread](expected.spread)]
    assert len(posterior) == (2 if spread else 1)
    found = [np.asarray(one) for one in made.vae.encode(expected.x)][: len(posterior)]
    for one, of_torch in zip(found, posterior, strict=True):
        assert of_torch.std() > 1e-2
        np.testing.assert_allclose(one, of_torch, atol=atol)
    assert expected.pictures.std() > 1e-2
    np.testing.assert_allclose(np.asarray(made.vae.decoder(expected.z)), expected.pictures, atol=atol)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("reading-")])
def test_its_numbers_are_read_as_they_were_meant(name, torch_files):
    """The names have no meaning, and the log-variance is the first output."""
    images, expected, case = load_test_split("digits").images, torch_files(name), CASES[name]
    made, guess = imported(expected.files, images)
    choices = guess.choices
    assert choices.taken and choices.mean and choices.log_var and guess.error
    assert choices.taken[1].title.startswith(PIXELS[case.takes].title if case.takes in PIXELS else case.takes)
    assert choices.given[1] == PIXELS[case.gives]
    assert (choices.taken[0], choices.given[0]) == ("chw", "chw")
    assert (choices.mean.output, choices.log_var.output) == (1, 0)
    assert guess.error < 0.05 < float(np.square(images / 255 - (images / 255).mean(0)).mean())
    assert guess.error < guess.second
    back = made.reconstructions(images[:100])
    assert float(np.square((back / 255.0) - (images[:100] / 255.0)).mean()) < 0.05
    np.testing.assert_allclose(np.asarray(made.vae.decoder(expected.z)), expected.pictures, atol=1e-4)


def test_committed_folders_are_the_listed_cases():
    assert {path.name for path in FOLDER.iterdir() if (path / "encoder.onnx").exists()} == set(COMMITTED)
    for name in COMMITTED:
        for _, path in committed(name).files[:2]:
            version = onnx.load(path).producer_version.partition("+")[0]
            assert f"Written by torch {version}." in (FOLDER / "README.md").read_text()


@pytest.mark.full
@pytest.mark.parametrize("name", [name for name in COMMITTED if not CASES[name].trained])
def test_torch_still_computes_what_is_committed(name, exported_now):
    """Full tier only: needs torch. A training may end elsewhere on another machine, so trained models are left out."""
    now, before = exported_now(name), committed(name)
    for part in ("x", "z", "mean", "spread", "pictures"):
        if part != "spread" or CASES[name].spread:
            np.testing.assert_allclose(getattr(now, part), getattr(before, part), atol=1e-5, err_msg=part)
