"""The list of models: shipped ones and one's own, broken ones with their fault, ids that are never paths."""

import os
import shutil

import pytest

from vae import registry
from vae.bundle import save_bundle
from vae.errors import BundleError, ModelNotFoundError
from vae.registry import find_model, list_models, models_folder, open_model

NO_IDS = [
    "", ".", "..", "../tiny", "./tiny", "tiny/", "tiny/../tiny", "/tiny", "tiny\\", "Tiny", "tiny.zip", "tiny\n",
    "tiny\0", "~", "~/tiny", "-tiny", "ti ny", "t" * 65, "tïny", "%2e%2e", "*",
]  # fmt: skip


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of one's own models, with none in it; and a shipped one called `alpha`."""
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.fixture
def save(own, make_content):
    def save(name: str, shipped: bool = False, **change):
        root = registry.SHIPPED if shipped else own
        return save_bundle(root / name, **make_content() | {"id": name} | change)

    return save


def test_shipped_come_first_then_by_id(save):
    for name in ("zeta", "beta"):
        save(name)
    save("mid", shipped=True)
    assert [(entry.id, entry.shipped, entry.fault) for entry in list_models()] == [
        ("mid", True, ""),
        ("beta", False, ""),
        ("zeta", False, ""),
    ]


def test_an_entry_tells_what_the_bundle_says(save, make_content):
    path = save("tiny", title="A tiny one")
    (entry,) = list_models()
    assert (entry.title, entry.path, entry.card) == ("A tiny one", path, make_content()["card"])
    assert entry.manifest.model == make_content()["config"]
    assert find_model("tiny") == entry


def test_a_shipped_id_cannot_be_taken(save):
    save("alpha", shipped=True, title="Shipped")
    save("alpha", title="Impostor")
    assert [(entry.title, entry.shipped) for entry in list_models()] == [("Shipped", True)]
    assert find_model("alpha").title == "Shipped"
    assert open_model("alpha").manifest.title == "Shipped"


def test_the_folder_s_name_is_the_id(save, own):
    save("tiny")
    (own / "tiny").rename(own / "renamed")
    assert [entry.id for entry in list_models()] == ["renamed"]
    assert find_model("renamed").manifest.id == "tiny"
    with pytest.raises(ModelNotFoundError):
        find_model("tiny")


def test_what_is_no_model_is_passed_over(save, own):
    save("tiny")
    (own / ".tiny-x1y2").mkdir()  # left by a crash while saving
    (own / "Notes").mkdir()
    (own / "notes.txt").write_text("x")
    (own / "file").write_text("x")
    assert [entry.id for entry in list_models()] == ["tiny"]


def test_no_folder_is_no_models(own):
    shutil.rmtree(own)
    assert list_models() == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda path: (path / "model.json").unlink(), "model.json"),
        (lambda path: (path / "card.json").unlink(), "card.json"),
        (lambda path: (path / "card.json").write_text("{"), "card.json: "),
        (lambda path: (path / "model.json").write_bytes(b"\xff"), "model.json: "),
        (lambda path: (path / "model.json").write_text('{"version": 2}'), "model.json: "),
        (lambda path: [file.unlink() for file in path.iterdir()], "model.json"),
    ],
)
def test_a_broken_bundle_is_listed_with_its_fault(save, damage, fault):
    save("good")
    damage(save("bad"))
    bad, good = list_models()
    assert (bad.id, bad.manifest, bad.card, bad.title) == ("bad", None, None, "bad")
    assert fault in bad.fault
    assert os.sep not in bad.fault, "no paths of this machine"
    assert good.fault == ""
    assert find_model("bad").fault == bad.fault
    with pytest.raises(BundleError):
        open_model("bad")


def test_a_change_is_noticed(save):
    path = save("tiny", title="First")
    assert find_model("tiny").title == open_model("tiny").manifest.title == "First"
    assert open_model("tiny") is open_model("tiny"), "read once while it stays the same"
    save("tiny", title="Second")
    assert find_model("tiny").title == open_model("tiny").manifest.title == "Second"
    (path / "weights.safetensors").write_bytes(b"")
    with pytest.raises(BundleError):
        open_model("tiny")
    shutil.rmtree(path)
    for look in (find_model, open_model):
        with pytest.raises(ModelNotFoundError):
            look("tiny")


@pytest.mark.parametrize("name", NO_IDS)
def test_an_id_is_never_a_path(save, own, name, monkeypatch):
    save("tiny")
    shutil.make_archive(str(own / "tiny"), "zip", own / "tiny")
    monkeypatch.chdir(own)
    for look in (find_model, open_model):
        with pytest.raises(ModelNotFoundError, match="Models here: tiny"):
            look(name)


def test_a_path_that_leads_to_a_bundle_is_no_id_either(save, tmp_path):
    """What a stranger asks for over the network must not open a file of this machine."""
    path = save("tiny")
    for name in (str(path), f"{path}/", f"{path.parent}/../own/tiny", "own/tiny"):
        with pytest.raises(ModelNotFoundError):
            open_model(name)


def test_an_unknown_id_is_refused_with_those_there_are(save):
    save("beta")
    (save("broken") / "card.json").unlink()
    with pytest.raises(ModelNotFoundError, match=r"'gamma'\. Models here: beta\.$"):
        find_model("gamma")


def test_a_long_id_is_not_repeated_whole():
    with pytest.raises(ModelNotFoundError) as caught:
        find_model("x" * 100_000)
    assert len(caught.value.message) < 150


class TestFolder:
    def test_the_environment_names_it(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path))
        assert models_folder() == tmp_path

    @pytest.mark.parametrize("unset", [True, False])
    def test_without_it_is_in_the_home(self, monkeypatch, tmp_path, unset):
        monkeypatch.setenv("HOME", str(tmp_path))
        # Set to nothing is not set: the current folder is nobody's folder of models.
        monkeypatch.delenv("ZSCOPE_MODELS") if unset else monkeypatch.setenv("ZSCOPE_MODELS", "")
        assert models_folder() == tmp_path / ".zscope" / "models"
