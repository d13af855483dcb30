"""Malicious zips and folders: single bad files are counted, bad archives are refused as a whole."""

import contextlib
import io
import os
import stat
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vae.data import files as files_module
from vae.data import zip_files
from vae.data.intake import prepare
from vae.data.opening import open_files
from vae.data.refusals import Reason, RefusedError
from vae.data.zip_files import name_parts
from vae.errors import DataError

pytestmark = pytest.mark.usefixtures("user_data_home")


def _refused(source) -> dict[str, int]:
    with prepare(source, 28, 1) as prepared:
        assert prepared.report.read == 60
        return {refusal.reason: refusal.count for refusal in prepared.report.refused}


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["../../evil.png", "a/../../evil.png", "/etc/evil.png", "C:\\evil.png", "c:/evil.png", "..\\evil.png", "..",
         "\\\\server\\share\\evil.png", "a/..", "C:evil.png"],
    )  # fmt: skip
    def test_a_name_outside_the_archive_is_refused(self, make_zip, pictures, picture, name, tmp_path):
        before = sorted(tmp_path.parent.rglob("*evil*"))
        assert _refused(make_zip(pictures(60) | {name: picture(999)})) == {Reason.LEADS_OUT: 1}
        assert sorted(tmp_path.parent.rglob("*evil*")) == before

    @pytest.mark.parametrize(
        ("name", "parts"),
        [
            ("a/b.png", ("a", "b.png")),
            ("a\\b.png", ("a", "b.png")),
            ("./a//b.png", ("a", "b.png")),
            ("a/..b.png", ("a", "..b.png")),
            ("", None),
            (".", None),
        ],
    )
    def test_other_names_are_split_into_folders_and_a_name(self, name, parts):
        assert name_parts(name) == parts

    @given(st.text())
    def test_parts_never_lead_to_a_parent_folder(self, name):
        parts = name_parts(name)
        assert parts is None or (parts and not {"", ".", ".."} & set(parts) and not any("/" in part for part in parts))

    def test_folders_of_a_zip_from_windows_are_classes(self, make_zip, pictures):
        files = {name.replace("/", "\\"): data for name, data in pictures(60, "set/a", "set/b").items()}
        with prepare(make_zip(files), 28, 1) as prepared:
            assert prepared.report.class_names == ("a", "b")

    def test_utf8_without_its_flag_is_decoded(self, tmp_path, pictures):
        with zipfile.ZipFile(tmp_path / "mac.zip", "w") as archive:
            for name, data in pictures(60, "Kätzchen", "Welpen").items():
                archive.writestr(name, data)
        raw = bytearray((tmp_path / "mac.zip").read_bytes())
        for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = raw.find(signature)
            while start >= 0:
                raw[start + place + 1] &= ~0x08
                start = raw.find(signature, start + 4)
        with prepare(io.BytesIO(bytes(raw)), 28, 1) as prepared:
            assert prepared.report.class_names == ("Kätzchen", "Welpen")


class TestBombs:
    def test_a_zip_bomb_is_refused_without_unpacking(self, make_zip, pictures):
        source = make_zip(pictures(60) | {"large.png": bytes(31_000_000), "packed.bmp": bytes(29_000_000)})
        assert source.stat().st_size < 500_000
        tracemalloc.start()
        found = _refused(source)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == {Reason.TOO_LARGE: 1, Reason.BOMB: 1}
        assert peak < 20_000_000

    def test_a_blank_page_is_not_a_bomb(self, make_zip, pictures):
        from PIL import Image

        page = io.BytesIO()
        Image.new("L", (1800, 2000), 255).save(page, "BMP")
        assert _refused(make_zip(pictures(60) | {"page.bmp": page.getvalue()})) == {Reason.BLANK: 1}

    def test_unpacks_at_most_the_declared_size(self, make_zip, pictures):
        source = make_zip(pictures(60) | {"bomb.png": bytes(20_000_000)})
        raw = bytearray(source.read_bytes())
        place = raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"bomb.png"))
        raw[place + 24 : place + 28] = struct.pack("<I", 1000)
        tracemalloc.start()
        found = _refused(io.BytesIO(bytes(raw)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == {Reason.DAMAGED: 1}
        assert peak < 10_000_000

    def test_an_overstated_size_is_refused(self, make_zip, pictures):
        source = make_zip(pictures(60) | {"small.png": b"small"})
        raw = bytearray(source.read_bytes())
        place = raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"small.png"))
        raw[place + 24 : place + 28] = struct.pack("<I", 4_000_000_000)
        assert _refused(io.BytesIO(bytes(raw))) == {Reason.TOO_LARGE: 1}

    def test_the_total_of_declared_sizes_is_limited(self, make_zip, pictures, monkeypatch):
        source = make_zip(pictures(60))
        total = sum(map(len, pictures(60).values()))
        monkeypatch.setattr(zip_files, "MAX_UNPACKED", total)
        assert _refused(source) == {}
        monkeypatch.setattr(zip_files, "MAX_UNPACKED", total - 1)
        with pytest.raises(DataError, match=r"pictures\.zip unpacks to more than"):
            prepare(source, 28, 1)

    def test_the_total_of_unpacked_bytes_is_limited(self, make_zip, monkeypatch):
        with open_files(make_zip({"a.png": bytes(1000)})) as files:
            monkeypatch.setattr(zip_files, "MAX_UNPACKED", 2500)
            assert len(files.read(files.entries[0])) == len(files.read(files.entries[0])) == 1000
            with pytest.raises(DataError, match="unpacks to more than"):
                files.read(files.entries[0])

    def test_reads_at_most_the_limit_of_a_picture(self, make_zip, monkeypatch):
        with open_files(make_zip({"a.png": bytes(1000)})) as files:
            monkeypatch.setattr(zip_files, "MAX_BYTES", 10)
            assert len(files.read(files.entries[0])) == 11

    def test_the_number_of_files_is_limited(self, make_zip, make_folder, monkeypatch):
        few = {f"{index}.png": b"x" for index in range(5)}
        sources = (make_zip(few), make_folder(few))
        for module in (zip_files, files_module, __import__("vae.data.folder_files", fromlist=["x"])):
            monkeypatch.setattr(module, "MAX_FILES", 5)
        for source in sources:
            with open_files(source) as files:
                assert len(files.entries) == 5
        for module in (zip_files, files_module, __import__("vae.data.folder_files", fromlist=["x"])):
            monkeypatch.setattr(module, "MAX_FILES", 4)
        for source in sources:
            with pytest.raises(DataError, match=r"contains more than 4 files\. Use fewer files"), open_files(source):
                pass

    def test_folders_that_are_not_listed_yet_are_counted(self, make_folder, monkeypatch):
        folder = make_folder({"a.png": b"x"})
        for index in range(4):
            (folder / f"empty-{index}").mkdir()
        monkeypatch.setattr("vae.data.folder_files.MAX_FILES", 5)
        with open_files(folder) as files:
            assert len(files.entries) == 1
        monkeypatch.setattr("vae.data.folder_files.MAX_FILES", 4)
        with pytest.raises(DataError, match="Use fewer files"), open_files(folder):
            pass

    def test_directory_entries_are_counted_before_objects_are_made(self, monkeypatch):
        """An entry takes 46 bytes, so a small file can list more entries than fit into memory as objects."""
        line = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        count = 300_000
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count % 65536, count % 65536, count * len(line), 0, 0)
        monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was opened"))
        for comment in (b"", b"a comment"):
            tail = end[:-2] + struct.pack("<H", len(comment)) + comment
            with pytest.raises(DataError, match="more than 200,000 files"), open_files(io.BytesIO(line * count + tail)):
                pass
        far = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 65_000_000, 0, 0)
        with pytest.raises(DataError, match="more than 200,000 files"), open_files(io.BytesIO(bytes(100) + far)):
            pass

    def test_a_zip_in_a_zip_is_not_opened(self, make_zip, pictures):
        inner = make_zip(pictures(70), "inner.zip").read_bytes()
        assert _refused(make_zip(pictures(60) | {"inner.zip": inner})) == {Reason.NOT_A_PICTURE: 1}


class TestArchives:
    def test_encrypted_members_are_counted(self, make_zip, pictures, picture):
        source = make_zip(pictures(60) | {"secret.png": picture(999)})
        raw = bytearray(source.read_bytes())
        raw[raw.rfind(b"PK\x01\x02", 0, raw.rfind(b"secret.png")) + 8] |= 1
        assert _refused(io.BytesIO(bytes(raw))) == {Reason.ENCRYPTED: 1}

    def test_an_encrypted_archive_is_reported_as_such(self, make_zip, pictures):
        raw = bytearray(make_zip(pictures(60)).read_bytes())
        place = raw.find(b"PK\x01\x02")
        while place >= 0:
            raw[place + 8] |= 1
            place = raw.find(b"PK\x01\x02", place + 4)
        with pytest.raises(DataError, match=r"0 usable pictures .*Refused: 60 encrypted"):
            prepare(io.BytesIO(bytes(raw)), 28, 1)

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_compressions_without_limits_are_refused(self, make_zip, pictures, picture, method):
        source = make_zip(pictures(60))
        with zipfile.ZipFile(source, "a", method) as archive:
            archive.writestr("other.png", picture(999))
        assert _refused(source) == {Reason.METHOD: 1}

    def test_a_link_in_a_zip_is_refused(self, make_zip, pictures):
        source = make_zip(pictures(60))
        with zipfile.ZipFile(source, "a") as archive:
            link = zipfile.ZipInfo("link.png")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        assert _refused(source) == {Reason.LINK: 1}

    @pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.99, -1])
    def test_a_truncated_zip_is_refused(self, make_zip, pictures, kept):
        source = make_zip(pictures(60))
        whole = source.read_bytes()
        source.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
        with pytest.raises(DataError, match=r"Can't read pictures\.zip: not a zip file, or truncated"):
            prepare(source, 28, 1)

    def test_a_damaged_member_is_counted(self, make_zip, pictures, picture):
        source = make_zip(pictures(60) | {"zz.png": picture(999)}, method=zipfile.ZIP_STORED)
        raw = bytearray(source.read_bytes())
        place = raw.find(b"zz.png") + 30
        raw[place] ^= 0xFF
        assert _refused(io.BytesIO(bytes(raw))) == {Reason.DAMAGED: 1}

    def test_a_file_opened_by_the_caller_stays_open(self, make_zip, pictures):
        with make_zip(pictures(60)).open("rb") as file:
            assert _refused(file) == {}
            assert not file.closed


class TestFolders:
    def test_links_are_not_followed(self, make_folder, pictures, tmp_path):
        outside = make_folder(pictures(5, first=500), "outside")
        folder = make_folder(pictures(60))
        (folder / "file.png").symlink_to(outside / "0000.png")
        (folder / "inside.png").symlink_to(folder / "0000.png")
        (folder / "more").symlink_to(outside)
        (folder / "around").symlink_to(folder)
        (folder / "broken.png").symlink_to(tmp_path / "nowhere")
        assert _refused(folder) == {Reason.LINK: 5}

    def test_the_folder_itself_may_be_a_link(self, make_folder, pictures, tmp_path):
        (tmp_path / "link").symlink_to(make_folder(pictures(60)))
        assert _refused(tmp_path / "link") == {}

    def test_pipes_are_not_read(self, make_folder, pictures):
        folder = make_folder(pictures(60))
        os.mkfifo(folder / "pipe.png")
        assert _refused(folder) == {Reason.UNREADABLE: 1}

    def test_a_file_replaced_by_a_link_or_a_pipe_or_removed_is_not_followed(self, make_folder, pictures, tmp_path):
        folder = make_folder({"a.png": b"a", "b.png": b"b", "c.png": b"c"})
        with open_files(folder) as files:
            for name in ("a.png", "b.png", "c.png"):
                (folder / name).unlink()
            (tmp_path / "secret").write_bytes(b"secret")
            (folder / "a.png").symlink_to(tmp_path / "secret")
            os.mkfifo(folder / "b.png")
            for entry in files.entries:
                with pytest.raises(RefusedError) as refused:
                    files.read(entry)
                assert refused.value.reason == Reason.UNREADABLE

    def test_large_files_are_not_read(self, make_folder, pictures):
        folder = make_folder(pictures(60))
        with (folder / "large.png").open("wb") as file:
            file.truncate(30_000_001)  # a sparse file
        assert _refused(folder) == {Reason.TOO_LARGE: 1}

    def test_deeply_nested_folders_are_read(self, make_folder, pictures):
        folder = make_folder(pictures(60))
        deep = folder
        for _ in range(300):
            deep = deep / "d"
        deep.mkdir(parents=True)
        (deep / "x.png").write_bytes(pictures(1, first=700)["0000.png"])
        with prepare(folder, 28, 1) as prepared:
            assert prepared.report.read == 61

    def test_names_that_are_not_utf8_become_labels(self, make_folder, pictures):
        folder = make_folder(pictures(60))
        try:
            (folder / os.fsdecode(b"bad\xff.txt")).write_bytes(b"")
        except OSError:  # a file system that requires UTF-8
            pytest.skip("this file system takes only UTF-8")
        with prepare(folder, 28, 1) as prepared:
            assert prepared.report.refused[0].examples == ("bad.txt",)


def _small_zip() -> bytes:
    buffer = io.BytesIO()
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(4):
            archive.writestr(f"{index % 2}/{index}.png", rng.bytes(40))
    return buffer.getvalue()


_ZIP = _small_zip()


@example([(_ZIP.index(b"PK\x01\x02") + 46, 0)], 1)  # a name in the directory that begins with a zero byte
@given(st.lists(st.tuples(st.integers(0, len(_ZIP) - 1), st.integers(0, 255)), max_size=5), st.integers(0, len(_ZIP)))
def test_any_damage_is_refused_or_harmless(changes, kept):
    raw = bytearray(_ZIP)
    for place, value in changes:
        raw[place] = value
    raw = raw[:kept] if kept % 3 == 0 else raw
    try:
        with open_files(io.BytesIO(bytes(raw))) as files:
            for entry in files.entries:
                assert entry.name == "/".join(entry.parts)
                if entry.refused is None:
                    with contextlib.suppress(RefusedError):
                        assert len(files.read(entry)) <= 30_000_001
    except DataError as error:
        assert error.hint
