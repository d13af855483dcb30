"""The pixel formats of a model are inferred, for all common ranges and by its last activation."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers
from onnx import TensorProto, helper

from tests.vae.formats.importing.import_helpers import imported
from tests.vae.formats.importing.onnx_files import constant, node
from vae.data import load_test_split
from vae.errors import ImportRefusedError
from vae.formats.importing.detection import Guess, _most_usual, _rank
from vae.formats.importing.interpretation import Choices
from vae.formats.importing.pixel_formats import PIXELS, Pixels
from zscope.jobs.importing.candidate import Candidate
from zscope.jobs.importing.launcher import take_in

pytestmark = pytest.mark.usefixtures("quick_start")

_D = 12


def _pixels(guess: Guess) -> tuple[Pixels, Pixels]:
    """Return the formats of the encoder's input and the decoder's output."""
    assert guess.choices.taken
    return guess.choices.taken[1], guess.choices.given[1]


def _network(name: str, operators: list, taken: list, given: list, **constants) -> tuple[str, bytes]:
    """An ONNX file of `x` → `y`, with float32 constants."""
    graph = helper.make_graph(
        operators,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *taken])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", *given])],
        [constant(key, value if value.dtype == np.int64 else np.float32(value)) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return f"{name}.onnx", model.SerializeToString()


def _principal(images: np.ndarray, takes: Pixels, gives: Pixels) -> list[tuple[str, bytes]]:
    """The linear autoencoder that gives pictures back best, codes of variance 1: it needs no training."""
    p = images.reshape(len(images), -1) / 255
    mean, places = p.mean(0), p.shape[1] // images.shape[3]
    (takes_scale, takes_offset), (gives_scale, gives_offset) = (
        [np.tile(numbers, places) if isinstance(numbers, tuple) else numbers for numbers in (one.scale, one.offset)]
        for one in (takes, gives)
    )
    _, lengths, axes = np.linalg.svd(p - mean, full_matrices=False)
    axes, width = axes[:_D], lengths[:_D, None] / np.sqrt(len(p))
    into = (axes / width / takes_scale).T  # ((x - offset) / scale - mean) · axes / width
    encoder = _network(
        "encoder",
        [node("MatMul", ["x", "into"], ["h"]), node("Add", ["h", "shift"], ["y"])],
        [p.shape[1]],
        [_D],
        into=into,
        shift=-(takes_offset + takes_scale * mean) @ into,
    )
    decoder = _network(
        "decoder",
        [node("MatMul", ["x", "out"], ["h"]), node("Add", ["h", "shift"], ["y"])],
        [_D],
        [p.shape[1]],
        out=gives_scale * axes * width,
        shift=gives_scale * mean + gives_offset,
    )
    return [encoder, decoder]


def _own(images: np.ndarray) -> Pixels:
    return Pixels.standardised(np.mean(images / 255, axis=(0, 1, 2)), np.std(images / 255, axis=(0, 1, 2)))


_RANGES = {
    "unit": lambda images: PIXELS["unit"],
    "signed": lambda images: PIXELS["signed"],
    "bytes": lambda images: PIXELS["bytes"],
    "mnist": lambda images: PIXELS["mnist"],
    "own": _own,
}


@pytest.mark.parametrize("gives", ["same", "unit"])
@pytest.mark.parametrize("takes", _RANGES)
@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_pixels_of_every_range_are_read_as_they_were_meant(dataset, takes, gives):
    images = load_test_split(dataset).images[:400]
    taken = _RANGES[takes](images)
    given = taken if gives == "same" else PIXELS["unit"]
    made, guess = imported(_principal(images, taken, given), images)
    for found, meant in zip(_pixels(guess), (taken, given), strict=True):
        # Black and white lie where they were meant to: the mean of a few pictures is near that of all.
        ends = meant.from_network(found.to_network(np.array([0.0, 1.0], np.float32)))
        np.testing.assert_allclose(ends, [0, 1], atol=0.1)
        assert not found.logits
    assert not guess.notes
    assert guess.error and guess.error < guess.second  # by little where both sides are affine, as these are
    back = made.reconstructions(images[:50]) / 255.0
    assert np.square(back - images[:50] / 255).mean() < 0.6 * np.var(images / 255)


@pytest.mark.parametrize("gives", _RANGES)
def test_a_decoder_alone_shows_its_pixels_by_their_range(gives):
    images = load_test_split("mnist").images[:400]
    given = _RANGES[gives](images)
    made, guess = imported(_principal(images, given, given)[1:])
    expected = PIXELS["mnist" if gives == "own" else gives]
    assert guess.choices.given[1] == expected
    assert abs(made.samples().mean() / 255 - images.mean() / 255) < 0.06


def test_without_pictures_an_encoder_takes_what_its_decoder_gives():
    images = load_test_split("mnist").images[:500]
    for kind in ("unit", "signed", "mnist"):
        _, guess = imported(_principal(images, PIXELS[kind], PIXELS[kind]))
        assert _pixels(guess) == (PIXELS[kind], PIXELS[kind])


def _coloured() -> np.ndarray:
    """Smooth pictures of 8 × 8 pixels, each of two colours, more of one channel than of another."""
    rng = np.random.default_rng(0)
    down, across = np.mgrid[0:8, 0:8] / 7
    shades = np.stack([1 - down, down, np.sin(3 * across) ** 2, across * down])
    amounts = rng.uniform(0, 1, (500, 4, 3)) * [1.0, 0.6, 0.3]
    p = np.einsum("khw,nkc->nhwc", shades, amounts) / 2
    return np.rint(255 * np.clip(p, 0, 1)).astype(np.uint8)


@pytest.mark.parametrize("gives", ["same", "unit"])
@pytest.mark.parametrize("takes", ["imagenet", "own", "signed"])
def test_each_channel_has_a_mean_and_a_deviation_of_its_own(takes, gives):
    images = _coloured()
    taken = _own(images) if takes == "own" else PIXELS[takes]
    given = taken if gives == "same" else PIXELS["unit"]
    made, guess = imported(_principal(images, taken, given), images)
    for found, meant in zip(_pixels(guess), (taken, given), strict=True):
        np.testing.assert_allclose((found.scale, found.offset), (meant.scale, meant.offset), rtol=1e-3)
    back = made.reconstructions(images[:50]) / 255.0
    assert np.square(back - images[:50] / 255).mean() < 0.01 * np.var(images / 255)


def test_the_same_in_keras(tmp_path):
    """There it is layers, not operators, that are put before and behind."""
    images, pixels = _coloured(), PIXELS["imagenet"]
    encoder = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(8)])
    decoder = keras.Sequential([keras.Input((8,)), layers.Dense(192), layers.Reshape((8, 8, 3))])
    encoder.save(tmp_path / "encoder.keras")
    decoder.save(tmp_path / "decoder.keras")
    intake = take_in([(name, tmp_path / name) for name in ("encoder.keras", "decoder.keras")])
    candidate = Candidate(intake)
    choices = replace(candidate.guess(images).choices, taken=("hwc", pixels), given=("hwc", pixels))
    made = candidate.make(choices)
    intake.discard()
    x = (images[:20] / 255).astype(np.float32)
    mean, _ = made.vae.encode(x)
    expected = encoder(pixels.to_network(x))
    np.testing.assert_allclose(np.asarray(mean), np.asarray(expected), atol=1e-4)
    z = np.asarray(mean)
    expected = pixels.from_network(np.asarray(decoder(z)))
    np.testing.assert_allclose(np.asarray(made.vae.decoder(z)), expected, atol=1e-5)


def test_pixels_of_three_channels_are_none_of_a_grey_picture():
    intake = take_in(_ending_in("Sigmoid"))
    candidate = Candidate(intake)
    choices = replace(candidate.guess(None).choices, given=("flat", PIXELS["imagenet"]))
    with pytest.raises(ImportRefusedError, match="has another number of channels than the images, 1"):
        candidate.make(choices)
    intake.discard()


def _ending_in(activation: str, *behind, scale: float = 0.02, shift: float = 0.0) -> list[tuple[str, bytes]]:
    """Encoder and decoder of random weights."""
    rng = np.random.default_rng(0)
    encoder = _network("encoder", [node("MatMul", ["x", "w"], ["y"])], [64], [4], w=rng.normal(0, 0.1, (64, 4)))
    operators = [
        node("MatMul", ["x", "w"], ["h"]), node("Add", ["h", "shift"], ["i"]), node(activation, ["i"], ["j"]), *behind,
    ]  # fmt: skip
    operators[-1].output[0] = "y"
    decoder = _network(
        "decoder", operators, [4], [1, 8, 8] if behind else [64],
        w=rng.normal(0, scale, (4, 64)), shift=np.float32(shift), lengths=np.array([-1, 1, 8, 8]),
    )  # fmt: skip
    return [encoder, decoder]


_RESHAPED = (
    node("Identity", ["j"], ["k"]),
    node("Cast", ["k"], ["l"], to=TensorProto.FLOAT),
    node("Reshape", ["l", "lengths"], ["y"]),
)


@pytest.mark.parametrize("behind", [(), _RESHAPED], ids=["at the end", "before a reshape"])
@pytest.mark.parametrize(("activation", "kind"), [("Tanh", "signed"), ("Sigmoid", "unit"), ("HardSigmoid", "unit")])
class TestLastActivation:
    """Of networks that have hardly learned, their numbers say nothing."""

    @pytest.mark.parametrize("scale", [0.02, 2.0])
    def test_a_decoder_alone(self, activation, kind, behind, scale):
        _, guess = imported(_ending_in(activation, *behind, scale=scale)[1:])
        assert guess.choices.given[1] == PIXELS[kind]

    @pytest.mark.parametrize("shift", [-1.0, -0.5, 0.0, 0.5, 1.0])
    def test_both_with_pictures(self, activation, kind, behind, shift):
        images = load_test_split("digits").images
        _, guess = imported(_ending_in(activation, *behind, shift=shift), images)
        assert guess.choices.given[1] == PIXELS[kind]


def test_a_tanh_of_keras(tmp_path):
    keras.utils.set_random_seed(0)
    encoder = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(4)])
    decoder = keras.Sequential(
        [
            keras.Input((4,)), layers.Dense(16, "relu"), layers.Reshape((4, 4, 1)), layers.Conv2D(1, 3, padding="same"),
            layers.Activation("tanh"), layers.UpSampling2D(2), layers.Activation("linear"),
        ]
    )  # fmt: skip
    encoder.save(tmp_path / "encoder.keras")
    decoder.save(tmp_path / "decoder.keras")
    files = [(name, tmp_path / name) for name in ("encoder.keras", "decoder.keras")]
    _, alone = imported(files[1:])
    _, both = imported(files, load_test_split("digits").images)
    assert alone.choices.given[1] == PIXELS["signed"]
    assert _pixels(both) == (PIXELS["signed"], PIXELS["signed"])


def test_a_tanh_that_was_trained_on_pixels_of_0_to_1():
    """Some are: then what it gives back is far better by that reading."""
    images = load_test_split("digits").images
    encoder, _ = _principal(images, PIXELS["unit"], PIXELS["unit"])
    mean = images.reshape(len(images), -1).mean(0) / 255
    decoder = _network(
        "decoder",
        [node("MatMul", ["x", "out"], ["h"]), node("Add", ["h", "shift"], ["i"]), node("Tanh", ["i"], ["y"])],
        [_D],
        [64],
        out=np.zeros((_D, 64)),
        shift=np.arctanh(np.clip(mean, 0, 0.99)),
    )
    _, guess = imported([encoder, decoder], images)
    assert guess.choices.given[1] == PIXELS["unit"]


class TestNearTies:
    @staticmethod
    def _choices(taken: str, given: str) -> Choices:
        return Choices((8, 8, 1), 4, ("hwc", PIXELS[given]), ("hwc", PIXELS[taken]))

    @pytest.mark.parametrize(("error", "chosen"), [(1.02, "unit"), (1.04, "logits")])
    def test_the_usual_reading_is_chosen_within_3_percent(self, error, chosen):
        tried = [(error, self._choices("unit", "unit")), (1.0, self._choices("unit", "logits"))]
        assert _most_usual(tried, "")[1].given[1] == PIXELS[chosen]

    @pytest.mark.parametrize(
        ("ends", "order"),
        [
            ("tanh", [("signed", "signed"), ("unit", "signed"), ("unit", "unit")]),
            ("sigmoid", [("unit", "unit"), ("signed", "unit"), ("bytes", "unit")]),
            ("", [("unit", "unit"), ("signed", "unit"), ("unit", "logits"), ("signed", "signed"), ("mnist", "mnist"),
                  ("bytes", "bytes")]),
        ],
    )  # fmt: skip
    def test_the_most_usual_one(self, ends, order):
        ranks = [_rank(PIXELS[taken], PIXELS[given], ends) for taken, given in order]
        assert ranks == sorted(set(ranks))

    def test_a_near_tie_is_reported_and_the_most_common_interpretation_chosen(self, tmp_path, monkeypatch):
        """An encoder that ignores its input fits all interpretations equally well."""
        monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
        images = load_test_split("digits").images
        intake = take_in(_ending_in("Sigmoid"))
        candidate = Candidate(intake)
        guess = candidate.guess(images)
        assert _pixels(guess) == (PIXELS["unit"], PIXELS["unit"])
        (note,) = guess.notes
        assert note.startswith(f"The most common interpretation was chosen (squared error {guess.error:.4f}). ")
        assert f"({guess.second:.4f}): input pixels " in note
        assert guess.error and guess.second <= 1.03 * guess.error
        id = candidate.keep(guess.choices, "Tie", None, notes=guess.notes)
        intake.discard()
        from zscope.library.registry import find_model

        card = find_model(id).card
        assert card and card.imported and note in card.imported.readings

    def test_there_is_no_note_without_a_tie(self):
        images = load_test_split("digits").images
        _, guess = imported(_principal(images, PIXELS["unit"], PIXELS["unit"]), images)
        assert guess.notes == ()
