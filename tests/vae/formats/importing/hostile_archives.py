"""Harmful archives and weights files: bombs, links, loops; and files of formats that contain programs."""

import io
import os
import pickle
import struct
import zipfile

import h5py
import numpy as np

from tests.vae.formats.importing.hostile import Canary, Files, case
from tests.vae.formats.importing.keras_files import archive, decoder, weights_file

__all__: list[str] = []


def _keras(data: bytes) -> Files:
    return [("model.keras", data)]


def _weights(fill) -> Files:
    return _keras(archive(weights=weights_file(fill)))


@case("config.json of model.keras has more than 1,000,000 bytes")
def a_configuration_of_900_megabytes(canary: Canary) -> Files:
    data, block = io.BytesIO(), b" " * 1_000_000
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("metadata.json", "{}")
        file.writestr("model.weights.h5", weights_file())
        with file.open("config.json", "w", force_zip64=True) as member:
            for _ in range(900):
                member.write(block)
    path = canary.folder / "model.keras"
    path.write_bytes(data.getvalue())
    return [("model.keras", path)]


@case("cannot be unpacked")
def a_size_that_is_a_lie(canary: Canary) -> Files:
    data = bytearray(archive(b" " * 30_000_000))
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)  # of config.json in the directory
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    return _keras(bytes(data))


@case("has too many members")
def members_by_the_thousand(canary: Canary) -> Files:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for number in range(3000):
            file.writestr(f"{number:030d}", b"")
    return _keras(data.getvalue())


@case("has too many members")
def members_by_the_million(canary: Canary) -> Files:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count = 60_000_000 // len(entry)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65_535, 65_535, count * len(entry), 0, 0)
    path = canary.folder / "model.keras"
    path.write_bytes(entry * count + end)
    return [("model.keras", path)]


def _with_zip64(data: bytes, directory: int | None = None, gap: bytes = b"") -> bytes:
    """A zip with the records of zip64 before its end, as PyTorch writes them."""
    end = data.rindex(b"PK\x05\x06")
    count, length, offset = struct.unpack("<HII", data[end + 10 : end + 20])
    length = length if directory is None else directory
    record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    return data[:end] + record + gap + locator + data[end:]


@case("has too many members")
def members_by_the_million_in_zip64(canary: Canary) -> Files:
    return _keras(_with_zip64(archive(), 300_000_000))


@case("has too many members")
def members_by_the_million_in_a_record_elsewhere(canary: Canary) -> Files:
    return _keras(_with_zip64(archive(), 300_000_000, gap=b"\0" * 100))


@case("contains a pickle, which is program code")
def torch_weights_in_zip64(canary: Canary) -> Files:
    return [("model.pt", _with_zip64(_torch_weights(canary)))]


@case("contains 'inner.zip'")
def a_zip_in_a_zip(canary: Canary) -> Files:
    return _keras(archive(**{"inner.zip": archive()}))


@case(r"contains '\.\./marker'")
def a_member_outside(canary: Canary) -> Files:
    return _keras(archive(**{"../marker": b"x"}))


@case("contains '/")  # the rest may be cut off
def a_member_with_a_whole_path(canary: Canary) -> Files:
    return _keras(archive(**{str(canary.marker): b"x"}))


@case("contains 'assets/")
def assets(canary: Canary) -> Files:
    return _keras(archive(**{"assets/vocabulary.txt": b"a" * 50_000_000}))


@case("contains a member twice")
def a_member_twice(canary: Canary) -> Files:
    data = io.BytesIO(archive())
    with zipfile.ZipFile(data, "a") as file:
        file.writestr("config.jso_", b"{}")
    return _keras(data.getvalue().replace(b"config.jso_", b"config.json"))


@case("cannot be unpacked")
def a_locked_archive(canary: Canary) -> Files:
    data = bytearray(archive())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(sign)
        while start >= 0:
            data[start + place] |= 1
            start = data.find(sign, start + 4)
    return _keras(bytes(data))


@case("cannot be unpacked")
def an_unknown_compression(canary: Canary) -> Files:
    data = bytearray(archive())
    for sign, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(sign) + place] = 97
    return _keras(bytes(data))


@case("lacks model.weights.h5")
def an_archive_without_weights(canary: Canary) -> Files:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("metadata.json", "{}")
        file.writestr("config.json", "{}")
    return _keras(data.getvalue())


@case("are in another file")
def weights_in_another_file(canary: Canary) -> Files:  # CVE-2026-1669
    size = len(Canary.SONG)

    def fill(place):
        place.create_dataset("0", (size,), "u1", external=[(str(canary.file), 0, size)])

    return _weights(fill)


@case("point to another place or file")
def a_link_to_another_file(canary: Canary) -> Files:
    with h5py.File(canary.folder / "other.h5", "w") as other:
        other["secret"] = np.zeros((2, 64), np.float32)
    return _weights(lambda place: place.update({"0": h5py.ExternalLink(str(canary.folder / "other.h5"), "/secret")}))


@case("combine other files")
def weights_put_together_from_other_files(canary: Canary) -> Files:  # CVE-2026-12480
    def fill(place):
        layout = h5py.VirtualLayout((2, 64), np.float32)
        layout[:] = h5py.VirtualSource(str(canary.folder / "other.h5"), "secret", shape=(2, 64))
        place.create_virtual_dataset("0", layout)

    return _weights(fill)


@case("point to another place or file")
def a_link_that_leads_to_itself(canary: Canary) -> Files:
    return _weights(lambda place: place.update({"0": h5py.SoftLink("/layers/dense/vars/0")}))


@case("nested too deeply or have too many links")
def a_group_that_holds_itself(canary: Canary) -> Files:
    return _weights(lambda place: place.update({"self": place}))


@case("nested too deeply or have too many links")
def ways_without_number_through_few_groups(canary: Canary) -> Files:
    def fill(place):
        for _ in range(25):
            below = place.create_group("0")
            for number in range(1, 10):
                place[str(number)] = below
            place = below

    return _weights(fill)


@case("compressed or filtered")
def weights_behind_a_filter(canary: Canary) -> Files:
    return _weights(lambda place: place.create_dataset("0", data=np.zeros((2, 64), np.float32), compression="gzip"))


@case("compressed or filtered")
def a_bomb_behind_a_filter(canary: Canary) -> Files:
    def fill(place):
        place.create_dataset("0", (2, 64), np.float32, chunks=(1, 64), compression="gzip")
        place.create_dataset("1", (10**9, 10**9), np.float32, chunks=(10**4, 10**4), compression="gzip")

    return _weights(fill)


@case("is float32 of shape .* the layer requires")
def weights_of_a_huge_shape(canary: Canary) -> Files:
    return _weights(lambda place: place.create_dataset("0", (10**9, 10**9), np.float32, chunks=(100, 100)))


@case("the layer requires")
def weights_that_are_strings(canary: Canary) -> Files:
    return _weights(lambda place: place.create_dataset("0", (2, 64), h5py.string_dtype()))


@case("contains NaN or infinity")
def weights_that_are_no_numbers(canary: Canary) -> Files:
    return _keras(archive(weights=weights_file(value=float("nan"))))


@case("The weights of model.keras cannot be read")
def garbage_for_weights(canary: Canary) -> Files:
    return _keras(archive(weights=b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20))


@case("legacy HDF5 model")
def legacy_hdf5(canary: Canary) -> Files:  # CVE-2025-9905
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file.attrs["model_config"] = str(decoder())
    return [("model.h5", data.getvalue())]


@case("legacy HDF5 model")
def legacy_hdf5_by_another_name(canary: Canary) -> Files:
    return [("model.keras", legacy_hdf5(canary)[0][1])]


class _Pickled:
    def __init__(self, program: str):
        self.program = program

    def __reduce__(self):
        return exec, (self.program,)


@case("is a pickle, which is program code")
def a_pickle(canary: Canary) -> Files:
    return [("model.pkl", pickle.dumps(_Pickled(canary.program)))]


@case("is a pickle, which is program code")
def a_pickle_by_another_name(canary: Canary) -> Files:
    return [("decoder.onnx", pickle.dumps(_Pickled(canary.program)))]


@case("contains a pickle, which is program code")
def torch_weights(canary: Canary) -> Files:
    return [("model.pt", _torch_weights(canary))]


def _torch_weights(canary: Canary) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("model/data.pkl", pickle.dumps(_Pickled(canary.program)))
        file.writestr("model/data/0", b"\0" * 100)
    return data.getvalue()


@case("contains a SavedModel, which is a program")
def a_saved_model_zipped(canary: Canary) -> Files:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("model/saved_model.pb", b"\x08\x01")
    return [("model.zip", data.getvalue())]


@case("is a part of a SavedModel, which is a program")
def a_saved_model(canary: Canary) -> Files:
    return [("saved_model.pb", b"\x08\x01\x12\x00")]


@case(r"is a LiteRT \(TensorFlow Lite\) model")
def lite_rt(canary: Canary) -> Files:
    return [("model.tflite", b"\x1c\x00\x00\x00TFL3" + b"\0" * 100)]


@case("is not a regular file")
def a_folder(canary: Canary) -> Files:
    return [("model.keras", canary.folder)]


@case("is not a regular file")
def a_pipe(canary: Canary) -> Files:
    os.mkfifo(canary.folder / "pipe")
    return [("model.keras", canary.folder / "pipe")]


@case("is not a regular file")
def a_device(canary: Canary) -> Files:
    (canary.folder / "model.onnx").symlink_to("/dev/zero")
    return [("model.onnx", canary.folder / "model.onnx")]


@case("is a text file")
def a_link_to_a_file_of_somebody_else(canary: Canary) -> Files:
    (canary.folder / "model.onnx").symlink_to(canary.file)
    return [("model.onnx", canary.folder / "model.onnx")]


@case("is an empty file")
def an_empty_file(canary: Canary) -> Files:
    return [("model.onnx", b"")]


@case(r"\.keras cannot be unpacked")
def a_name_that_misleads(canary: Canary) -> Files:
    return [("\u202egnp.model\n\0\x1b[31m\ud800\U0001f426.keras", b"PK\x03\x04" + b"\0" * 50)]


@case("There are 7 files")
def too_many_files(canary: Canary) -> Files:
    return [(f"{number}.onnx", b"x") for number in range(7)]
