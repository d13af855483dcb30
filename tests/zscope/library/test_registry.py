"""The list of models: bundled and user models, broken ones with their fault; ids are never used as paths."""

import json
import os
import shutil
import time
from dataclasses import replace

import pytest

from vae.errors import BundleError, ModelNotFoundError
from vae.formats.bundle import save_bundle
from vae.formats.bundle.reference import Reference
from zscope.library import registry
from zscope.library.registry import find_model, fingerprint, is_shipped, list_models, models_folder, open_model

NO_IDS = [
    "", ".", "..", "../tiny", "./tiny", "tiny/", "tiny/../tiny", "/tiny", "tiny\\", "Tiny", "tiny.zip", "tiny\n",
    "tiny\0", "~", "~/tiny", "-tiny", "ti ny", "t" * 65, "tïny", "%2e%2e", "*",
]  # fmt: skip


@pytest.fixture
def own(tmp_path, monkeypatch):
    """An empty folder of user models, and a bundled model called `alpha`."""
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


def test_an_entry_has_the_data_of_its_bundle(save, make_content):
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


def test_ignores_hidden_and_other_files(save, own):
    save("tiny")
    (own / ".tiny-x1y2").mkdir()  # left by a crash while saving
    (own / ".tiny.zip").write_text("x")
    (own / "notes.txt").write_text("x")
    (own / "file").write_text("x")
    assert [entry.id for entry in list_models()] == ["tiny"]


def test_lists_misnamed_folders_and_zips_with_the_remedy(save, own):
    """The user copied these files here and expects to see them."""
    save("tiny").rename(own / "My Model")
    shutil.make_archive(str(own / "packed"), "zip", own / "My Model")
    faults = {entry.id: entry.fault for entry in list_models()}
    assert "Rename it" in faults["My Model"]
    assert "Unpack it" in faults["packed.zip"]
    assert faults.keys() == {"My Model", "packed.zip"}
    for id in faults:
        for look in (find_model, open_model, fingerprint):
            with pytest.raises(ModelNotFoundError, match="Models: none"):
                look(id)


def test_a_missing_folder_has_no_models(own):
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
    assert (bad.id, bad.contents, bad.title) == ("bad", None, "bad")
    with pytest.raises(BundleError, match="Can't open the model bad"):
        bad.check()
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


class TestData:
    """Pages show pictures and class names with the codes, so a bundle of other data must not open."""

    @staticmethod
    def _refused_everywhere(said: str) -> None:
        (entry,) = list_models()
        assert said in entry.fault
        assert find_model("tiny") == entry
        with pytest.raises(BundleError, match=said):
            open_model("tiny")
        with pytest.raises(BundleError, match=said):
            fingerprint("tiny")

    def test_an_unknown_data_set(self, save):
        save("tiny", dataset="cifar-10")
        self._refused_everywhere("Can't find its data set cifar-10")

    def test_images_of_another_shape(self, save):
        save("tiny", dataset="mnist")
        self._refused_everywhere("those of MNIST are")

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda reference: replace(reference, labels=reference.labels[::-1]),
            lambda reference: Reference(*(part[:-1] for part in vars(reference).values())),
        ],
    )
    def test_codes_of_other_images(self, save, make_content, wrong):
        save("tiny", reference=wrong(make_content()["reference"]))
        with pytest.raises(BundleError, match="do not belong to its data set's test images"):
            open_model("tiny")
        assert list_models()[0].fault == "", "a listing does not read the codes"


def test_restores_a_bundle_after_a_killed_save(save, own, monkeypatch):
    save("tiny").rename(own / ".tiny-a1b2c3d4-old")
    assert list_models() == []
    now = time.time()
    monkeypatch.setattr("vae.formats.bundle.write.time.time", lambda: now + 100)
    assert [(entry.id, entry.fault) for entry in list_models()] == [("tiny", "")]
    assert open_model("tiny").manifest.id == "tiny"


class TestFingerprint:
    def test_it_changes_with_the_weights_and_with_nothing_else(self, save, make_content):
        save("tiny")
        first = fingerprint("tiny")
        assert first == fingerprint("tiny")
        save("tiny", title="Another name")
        assert fingerprint("tiny") == first
        save("tiny", weights=make_content(seed=1)["weights"])
        assert fingerprint("tiny") != first

    def test_rejects_models_that_cannot_be_opened(self, save, own):
        with pytest.raises(ModelNotFoundError, match="Models: none"):
            fingerprint("../own/tiny")
        path = save("tiny")
        manifest = json.loads((path / "model.json").read_text())
        (path / "model.json").write_text(json.dumps(manifest | {"files": {}}))
        with pytest.raises(BundleError, match=r"Can't open the model tiny: .*lists the files"):
            fingerprint("tiny")


def test_a_shipped_id_is_known_as_one(save):
    save("alpha", shipped=True)
    save("beta")
    assert is_shipped("alpha")
    assert not any(map(is_shipped, ["beta", "gamma", *NO_IDS, "../shipped/alpha", "alpha\n", "alpha/"]))


@pytest.mark.parametrize("name", NO_IDS)
def test_an_id_is_never_a_path(save, own, name, monkeypatch):
    save("tiny")
    shutil.make_archive(str(own / "tiny"), "zip", own / "tiny")
    monkeypatch.chdir(own)
    for look in (find_model, open_model):
        with pytest.raises(ModelNotFoundError, match="Models: tiny"):
            look(name)


def test_a_path_that_leads_to_a_bundle_is_no_id_either(save, tmp_path):
    """An id from a request must not open another file."""
    path = save("tiny")
    for name in (str(path), f"{path}/", f"{path.parent}/../own/tiny", "own/tiny"):
        with pytest.raises(ModelNotFoundError):
            open_model(name)


def test_an_unknown_id_is_refused_with_those_there_are(save):
    save("beta")
    (save("broken") / "card.json").unlink()
    with pytest.raises(ModelNotFoundError, match=r"'gamma'\. Models: beta\.$"):
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
        # An empty variable is not set, and does not mean the current folder.
        monkeypatch.delenv("ZSCOPE_MODELS") if unset else monkeypatch.setenv("ZSCOPE_MODELS", "")
        assert models_folder() == tmp_path / ".zscope" / "models"
