"""A refused model file and the files chosen after it, as one dialog's uploader hands them over: all together."""

from dataclasses import dataclass
from itertools import count

import pytest

from vae.errors import ImportRefusedError
from zscope.ui.models.refused_files import RefusedFiles

_IDS = count()


@dataclass
class Upload:
    """One upload: the same file chosen again is another."""

    name: str

    def __post_init__(self):
        self.file_id = f"upload-{next(_IDS)}"

    def getvalue(self) -> bytes:
        return self.name.encode()


@dataclass
class Taken:
    names: list[str]
    discarded: bool = False

    def discard(self):
        self.discarded = True


def take(files: list[tuple[str, bytes]]) -> Taken:
    """As the sandbox reads them: by kinds, then as a pair."""
    names = [name for name, _ in files]
    for name in names:
        if name.endswith(".pkl"):
            raise ImportRefusedError(f"{name} is a pickle.", "Export it to ONNX.")
    if not any("decoder" in name for name in names):
        raise ImportRefusedError(f"There is no decoder: {names}.", "Export the decoder.")
    return Taken(names)


class Dialog:
    """The uploader keeps what was chosen before."""

    def __init__(self):
        self.refused, self.uploads = RefusedFiles(take), []

    def choose(self, *names: str) -> tuple[str, ...]:
        self.uploads += [Upload(name) for name in names]
        return self.refused.take_in(self.uploads).names

    def is_told(self, reason: str, *names: str) -> None:
        with pytest.raises(ImportRefusedError, match=reason):
            self.choose(*names)

    def remove(self, name: str) -> None:
        self.uploads = [upload for upload in self.uploads if upload.name != name]


@pytest.fixture
def dialog():
    return Dialog()


def test_a_good_model_after_a_refused_file_is_taken(dialog):
    dialog.is_told("model.pkl is a pickle", "model.pkl")
    assert dialog.choose("encoder.onnx", "decoder.onnx") == ["encoder.onnx", "decoder.onnx"]


def test_after_several_refused_files_too(dialog):
    dialog.is_told("model.pkl is a pickle", "model.pkl")
    dialog.is_told("other.pkl is a pickle", "other.pkl")
    dialog.is_told("third.pkl is a pickle", "third.pkl")
    assert dialog.choose("decoder.onnx") == ["decoder.onnx"]


def test_the_two_halves_of_a_model_may_come_one_after_the_other(dialog):
    dialog.is_told("no decoder", "encoder.onnx")
    assert dialog.choose("decoder.onnx") == ["encoder.onnx", "decoder.onnx"]


@pytest.mark.parametrize("order", [("model.pkl", "encoder.onnx"), ("encoder.onnx", "model.pkl")])
def test_a_refused_file_does_not_remove_the_accepted_ones(dialog, order):
    for name in order:
        dialog.is_told("pickle" if name == "model.pkl" else "no decoder", name)
    assert dialog.choose("decoder.onnx") == ["encoder.onnx", "decoder.onnx"]


def test_reports_a_bad_file_that_is_added_with_a_good_model(dialog):
    dialog.is_told("model.pkl is a pickle", "decoder.onnx", "model.pkl")
    dialog.remove("model.pkl")
    assert dialog.choose() == ["decoder.onnx"]


def test_reports_a_refused_file_again_if_only_it_is_left(dialog):
    dialog.is_told("model.pkl is a pickle", "model.pkl")
    dialog.is_told("no decoder", "encoder.onnx")
    dialog.remove("encoder.onnx")
    dialog.is_told("model.pkl is a pickle")
