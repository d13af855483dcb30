"""Valid archives are read; invalid ones are refused quickly, with a reason."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.errors import DataError
from vae.npz import read_npz

CAP = 10_000_000


def _npy(header: str | bytes, body: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """Return a member with any header."""
    text = header.encode() if isinstance(header, str) else header
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(text)) + text + body


def _described(descr: str, shape: str, body: bytes = b"") -> bytes:
    return _npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n", body)


def _zip(member: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "x.npy") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, member)
    return buffer.getvalue()


def _saved(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _read(raw: bytes, keys=("x",), cap: int = CAP) -> dict[str, np.ndarray]:
    return read_npz(io.BytesIO(raw), keys, cap, "some.npz")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.uint8).reshape(3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.float32(2.5),
        np.zeros((0, 28, 28), np.uint8),
        np.array(["a", "bc"]),
    ],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_files_of_numpy_are_read(tmp_path, array, save):
    save(tmp_path / "some.npz", x=array, other=np.ones(3))
    found = read_npz(tmp_path / "some.npz", ["x"], CAP)
    assert found.keys() == {"x"}
    assert found["x"].dtype == np.asarray(array).dtype
    np.testing.assert_array_equal(found["x"], array)


def test_the_second_header_version_is_read():
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}\n"
    member = b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header + b"abc"
    assert _read(_zip(member))["x"].tobytes() == b"abc"


def test_a_missing_file_and_a_missing_array_are_named(tmp_path):
    with pytest.raises(DataError, match=r"Can't read absent\.npz"):
        read_npz(tmp_path / "absent.npz", ["x"], CAP)
    with pytest.raises(DataError, match=r"some\.npz has no array 'y'"):
        _read(_saved(x=np.ones(3)), ["x", "y"])


def test_objects_are_never_unpickled():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was opened",))

    buffer = io.BytesIO()
    np.savez(buffer, x=np.array([Trap()], object))
    with pytest.raises(DataError, match="Python objects"):
        _read(buffer.getvalue())
    # The same pickle behind a header that declares its exact length as bytes' worth of objects.
    with pytest.raises(DataError, match="Python objects"):
        _read(_zip(_described("'|O'", "(1,)", b"cos\nsystem\n")))


def test_a_giant_array_in_a_header_takes_no_memory():
    tracemalloc.start()
    for shape in ("(1000000000000,)", "(1000000, 1000000)", "(4000000000,)"):
        with pytest.raises(DataError, match="declares"):
            _read(_zip(_described("'<f8'", shape)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = _saved(x=np.zeros(100_000_000, np.uint8))
    assert len(bomb) < 200_000
    tracemalloc.start()
    with pytest.raises(DataError, match="contains 100 MB of arrays; the limit is 10 MB"):
        _read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_the_cap_is_for_all_arrays_together():
    raw = _saved(x=np.zeros(600, np.uint8), y=np.zeros(600, np.uint8))
    assert _read(raw, ["x", "y"], 1200)["y"].size == 600
    assert _read(raw, ["x"], 600)["x"].size == 600
    with pytest.raises(DataError, match="the limit is"):
        _read(raw, ["x", "y"], 1199)


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"not an array",
        _npy("", version=(1, 0)),
        _npy("{}", version=(3, 0)),
        _npy("[1, 2]"),
        _npy("{[]: 1}"),
        _npy("{1: 2, 'a': 3}"),
        _npy("("),
        _npy("(" * 300),
        _npy("-" * 5000 + "1"),
        _npy("{'descr': '''|u1"),
        _npy(b"\xff\xfe\x00"),
        _npy("{" + " " * 20_000 + "}"),
        _described("()", "(1,)"),
        _described("('|u1',)", "(1,)"),
        _described("5", "(1,)"),
        _described("{}", "(1,)"),
        _described("[]", "(1000000000000,)"),
        _described("'|V0'", "(1000000000000,)"),
        _described("[('a',)]", "(1,)"),
        _described("'|u1'", "(True,)", b"1"),
        _described("'|u1'", "(1.0,)", b"1"),
        _described("'|u1'", "(-2, -5)", b"0123456789"),
        _described("'|u1'", "(0, 99999999999999999999999)"),
        _described("'|u1'", "(0, 999999999999, 999999999)"),
        _described("'|u1'", "(5,)", b"1234"),
        _described("'|u1'", "(5,)", b"123456"),
    ],
    ids=lambda member: repr(member[10:50]),
)
def test_other_members_are_refused(member):
    with pytest.raises(DataError, match=r"some\.npz"):
        _read(_zip(member))


def test_an_encrypted_member_is_refused():
    raw = bytearray(_saved(x=np.ones(3)))
    raw[6] |= 1  # the flag in the member's own header, and again in the archive's directory
    raw[raw.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataError, match="encrypted"):
        _read(bytes(raw))


def test_damaged_data_of_every_compression_is_refused():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        raw = bytearray(_zip(_described("'|u1'", "(1000,)", bytes(range(250)) * 4), method))
        assert _read(bytes(raw))["x"].size == 1000
        raw[100:120] = bytes(value ^ 0xFF for value in raw[100:120])
        with pytest.raises(DataError, match="Can't read"):
            _read(bytes(raw))


_ORIGINAL = np.arange(40.0)
_RAW = _saved(x=_ORIGINAL)


@given(st.lists(st.tuples(st.integers(0, len(_RAW) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(_RAW)))
def test_any_damage_is_refused_or_harmless(changes, kept):
    raw = bytearray(_RAW)
    for place, value in changes:
        raw[place] = value
    # Half of the examples are cut off as well.
    raw = raw[:kept] if kept % 2 else raw
    try:
        found = _read(bytes(raw))["x"]
    except DataError:
        return
    assert found.nbytes <= CAP
    # Member data is under a checksum.
    assert found.tobytes() == _ORIGINAL.tobytes()
