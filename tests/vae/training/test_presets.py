"""Presets suit all data sets: their models can be built, have the right size, and better ones take more work."""

import dataclasses

import pytest
from pydantic import ValidationError

from vae.data import CATALOG
from vae.data.suggestion import SIDES
from vae.formats.bundle.weights import PARAMETER_BUDGET
from vae.models.config import MOST_SIDE, check_together
from vae.models.networks.plan import multiply_adds, parameter_count
from vae.training.presets import PRESETS, why_not

SHAPES = [(8, 8, 1), *((side, side, channels) for side in SIDES if side <= MOST_SIDE for channels in (1, 3))]
IMAGES = (2, 500, 5_000, 60_000)


def _info(shape):
    return dataclasses.replace(CATALOG["digits"], id="my-pictures", image_shape=shape)


def _work(preset, shape, images) -> int:
    model, training = preset.configs(_info(shape), images)
    return multiply_adds(model) * images * training.epochs


def test_the_three_presets_have_their_ids():
    assert list(PRESETS) == ["quick", "standard", "best"]
    assert all(preset.id == id and preset.title and preset.summary for id, preset in PRESETS.items())


@pytest.mark.parametrize("shape", SHAPES)
def test_presets_suit_these_shapes(shape):
    assert why_not(shape) == ""


@pytest.mark.parametrize("shape", [(130, 130, 1), (256, 256, 3), (33, 33, 1), (32, 31, 1)])
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_unsuitable_shapes_have_a_reason(preset, shape):
    assert why_not(shape)
    with pytest.raises(ValidationError):
        preset.configs(_info(shape), 5_000)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_it_fits_images_of_every_size(preset, shape):
    for images in IMAGES:
        model, training = preset.configs(_info(shape), images, seed=7)
        check_together(model, training)
        assert model.image_shape == shape
        assert (training.dataset, training.seed) == ("my-pictures", 7)
        assert 4 <= training.epochs <= 120
    model, _ = preset.configs(_info(shape), 5_000)
    assert parameter_count(model) < PARAMETER_BUDGET
    coarsest = shape[0] // 2 ** len(model.widths)
    assert 4 <= coarsest <= 8, "the dense layers see a coarse arrangement"
    assert list(model.widths) == sorted(model.widths)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("images", IMAGES)
def test_a_better_preset_takes_more_work(shape, images):
    quick, standard, best = (_work(preset, shape, images) for preset in PRESETS.values())
    assert quick < standard <= best


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.id)
def test_presets_have_a_fixed_amount_of_work(preset):
    """Twice the images take half the epochs, within the bounds."""
    shape = (28, 28, 1)
    for images in (60_000, 120_000):
        _, training = preset.configs(_info(shape), images)
        if training.epochs < 120:
            assert _work(preset, shape, images) == pytest.approx(preset.work, rel=0.1)


def test_a_small_data_set_has_small_batches():
    sizes = [PRESETS["quick"].configs(_info((28, 28, 1)), images)[1].batch_size for images in (200, 4_999, 5_000)]
    assert sizes == [32, 32, 128]


def test_the_best_has_a_flow_prior_and_the_quick_one_does_not():
    priors = {id: preset.configs(_info((28, 28, 1)), 60_000)[0].prior for id, preset in PRESETS.items()}
    assert priors == {"quick": "normal", "standard": "normal", "best": "realnvp"}
