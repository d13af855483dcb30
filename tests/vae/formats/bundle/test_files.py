"""Files of a bundle are read from a folder or a zip: exactly the expected files, with sizes checked before reading."""

import os
import shutil
import struct
import tracemalloc
import warnings
import zipfile

import pytest

from vae.errors import BundleError
from vae.formats.bundle.files import BUNDLE_FILES, read_files, read_one

NAMES = pytest.mark.parametrize("name", BUNDLE_FILES)


def _content(folder):
    return {name: (folder / name).read_bytes() for name in BUNDLE_FILES}


def test_a_folder_is_read_whole(bundle_folder):
    assert read_files(bundle_folder) == _content(bundle_folder)


@pytest.mark.parametrize("prefix", ["", "tiny/", "My model (2)/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_of_the_files_or_of_the_folder_is_the_same(bundle_folder, zip_of, prefix, method):
    assert read_files(zip_of(bundle_folder, prefix, method=method)) == _content(bundle_folder)


def test_a_zip_may_name_its_folder(bundle_folder, tmp_path):
    path = shutil.make_archive(str(tmp_path / "made"), "zip", bundle_folder.parent, bundle_folder.name)
    assert read_files(type(bundle_folder)(path)) == _content(bundle_folder)


class TestDroppings:
    """Metadata files of macOS in folders and zips are ignored."""

    def test_in_a_zip(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder, "tiny/")
        with zipfile.ZipFile(path, "a") as archive:
            for name in ("__MACOSX/._tiny", "__MACOSX/tiny/._model.json", "tiny/.DS_Store"):
                archive.writestr(name, b"x" * 100)
        assert read_files(path) == _content(bundle_folder)

    def test_in_a_zip_of_the_files_alone(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("__MACOSX/._card.json", b"x")
            archive.writestr(".DS_Store", b"x")
        assert read_files(path) == _content(bundle_folder)

    def test_in_a_folder(self, bundle_folder):
        (bundle_folder / ".DS_Store").write_bytes(b"x")
        assert read_files(bundle_folder) == _content(bundle_folder)

    @pytest.mark.parametrize("name", ["MACOSX/x", "__MACOSX", "x.DS_Store", ".DS_Store2", ".DS_Store/run.py"])
    def test_rejects_similar_names(self, bundle_folder, zip_of, name):
        path = zip_of(bundle_folder)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(BundleError, match="which are not files of a bundle"):
            read_files(path)

    def test_a_bundle_s_file_among_them_is_not_read(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder, names=[name for name in BUNDLE_FILES if name != "card.json"])
        with zipfile.ZipFile(path, "a") as archive:
            archive.write(bundle_folder / "card.json", "__MACOSX/card.json")
        with pytest.raises(BundleError, match=r"lacks card\.json"):
            read_files(path)


class TestNames:
    @NAMES
    def test_a_missing_file_is_named(self, bundle_folder, zip_of, name):
        archive = zip_of(bundle_folder, names=[other for other in BUNDLE_FILES if other != name])
        (bundle_folder / name).unlink()
        for path in (bundle_folder, archive):
            with pytest.raises(BundleError, match=rf"lacks {name}.*all of it"):
                read_files(path)

    @pytest.mark.parametrize("extra", ["run.py", "model.pkl", ".hidden", "weights.safetensors.bak"])
    def test_a_foreign_file_is_named(self, bundle_folder, zip_of, extra):
        (bundle_folder / extra).write_text("x")
        for path in (bundle_folder, zip_of(bundle_folder, names=[*BUNDLE_FILES, extra])):
            with pytest.raises(BundleError, match=rf"contains {extra}.*Keep only model\.json"):
                read_files(path)

    def test_a_foreign_folder_is_refused(self, bundle_folder):
        (bundle_folder / "__pycache__").mkdir()
        with pytest.raises(BundleError, match="__pycache__"):
            read_files(bundle_folder)

    @NAMES
    def test_a_folder_in_a_file_s_place_is_refused(self, bundle_folder, name):
        (bundle_folder / name).unlink()
        (bundle_folder / name).mkdir()
        with pytest.raises(BundleError, match=name):
            read_files(bundle_folder)

    def test_a_device_in_a_file_s_place_is_refused_and_not_read(self, bundle_folder):
        (bundle_folder / "card.json").unlink()
        (bundle_folder / "card.json").symlink_to(os.devnull)
        with pytest.raises(BundleError, match=r"card\.json"):
            read_files(bundle_folder)

    @pytest.mark.parametrize("prefix", ["../", "/", "a/../", "a/b/", "a\\", "./", "C:\\", "../../tiny/"])
    def test_a_zip_with_paths_is_refused(self, bundle_folder, zip_of, prefix):
        with pytest.raises(BundleError, match=r"lacks|contains"):
            read_files(zip_of(bundle_folder, prefix))

    def test_files_of_two_folders_are_no_bundle(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder, "a/")
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("b/model.json", "{}")
        with pytest.raises(BundleError, match="lacks"):
            read_files(path)

    def test_a_file_that_is_twice_in_the_zip_is_refused(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder)
        with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings(action="ignore"):
            archive.writestr("model.json", "{}")
        with pytest.raises(BundleError, match="contains a file twice"):
            read_files(path)

    def test_rejects_a_missing_path(self, tmp_path):
        with pytest.raises(BundleError, match=r"no bundle at .*absent.*folder or its \.zip"):
            read_files(tmp_path / "absent")


class TestSizes:
    @NAMES
    def test_an_oversized_file_is_not_read(self, bundle_folder, zip_of, name, monkeypatch):
        limit = (bundle_folder / name).stat().st_size - 1
        archive = zip_of(bundle_folder)
        monkeypatch.setitem(BUNDLE_FILES, name, limit)
        for path in (bundle_folder, archive):
            with pytest.raises(BundleError, match=rf"{name} .*{limit + 1:,} bytes; the limit is {limit:,}"):
                read_files(path)

    def test_the_limits_are_harmless_together(self):
        assert sum(BUNDLE_FILES.values()) < 250_000_000

    def test_a_sparse_giant_costs_nothing(self, bundle_folder):
        with (bundle_folder / "weights.safetensors").open("wb") as file:
            file.truncate(50_000_000_000)
        tracemalloc.start()
        with pytest.raises(BundleError, match="50,000,000,000 bytes"):
            read_files(bundle_folder)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 5_000_000

    def test_a_zip_bomb_costs_nothing(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder, names=["model.json", "weights.safetensors", "reference.npz"])
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("card.json", "w") as member:
            for _ in range(200):
                member.write(bytes(1_000_000))
        assert path.stat().st_size < 500_000
        tracemalloc.start()
        with pytest.raises(BundleError, match=r"card\.json .*200,000,000 bytes; the limit is 2,000,000"):
            read_files(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10_000_000

    def test_a_bomb_that_lies_about_its_size_is_stopped_while_unpacking(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder, names=["model.json", "weights.safetensors", "reference.npz"])
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("card.json", bytes(200_000_000))
        raw = bytearray(path.read_bytes())
        for place in (raw.rfind(b"PK\x03\x04") + 22, raw.rfind(b"PK\x01\x02") + 24):
            assert struct.unpack_from("<I", raw, place) == (200_000_000,)
            struct.pack_into("<I", raw, place, 1000)
        path.write_bytes(raw)
        tracemalloc.start()
        with pytest.raises(BundleError):
            read_files(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10_000_000


class TestDamagedZips:
    def test_every_cut_is_refused(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder)
        whole = path.read_bytes()
        for kept in (0, 1, 30, len(whole) // 2, len(whole) - 30, len(whole) - 1):
            path.write_bytes(whole[:kept])
            with pytest.raises(BundleError, match=r"cannot be read|cannot be unpacked"):
                read_files(path)

    def test_an_encrypted_zip_is_refused(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder)
        raw = bytearray(path.read_bytes())
        place = -1
        while (place := raw.find(b"PK\x01\x02", place + 1)) >= 0:
            raw[place + 8] |= 1
        path.write_bytes(raw)
        with pytest.raises(BundleError, match=r"encrypted.*Zip it without encryption"):
            read_files(path)

    def test_a_name_that_is_no_text_is_refused(self, bundle_folder, zip_of):
        path = zip_of(bundle_folder)
        raw = bytearray(path.read_bytes())
        place = raw.find(b"PK\x01\x02")
        raw[place + 9] |= 8  # "the name is UTF-8"
        raw[place + 46] = 0xFF
        path.write_bytes(raw)
        with pytest.raises(BundleError, match="cannot be"):
            read_files(path)

    @pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_damaged_members_of_every_compression_are_refused(self, bundle_folder, zip_of, method):
        path = zip_of(bundle_folder, method=method)
        raw = bytearray(path.read_bytes())
        for place in range(60, 200, 7):
            raw[place] ^= 0xFF
        path.write_bytes(raw)
        with pytest.raises(BundleError, match="cannot be"):
            read_files(path)


def test_one_file_for_a_listing(bundle_folder, monkeypatch):
    assert read_one(bundle_folder, "card.json") == (bundle_folder / "card.json").read_bytes()
    with pytest.raises(BundleError, match="no file model"):
        read_one(bundle_folder.parent, "model.json")
    monkeypatch.setitem(BUNDLE_FILES, "card.json", 10)
    with pytest.raises(BundleError, match="the limit is 10"):
        read_one(bundle_folder, "card.json")
