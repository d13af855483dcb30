"""Bundles with harmful contents and hashes that fit."""

import io
import json
import pickle
import shutil
import stat
import zipfile

import numpy as np
import onnx

from tests.vae.formats.importing.hostile import Canary, Files, case
from tests.vae.formats.importing.imported_bundles import hashed, save_graphs, save_onnx, zipped
from tests.vae.formats.importing.onnx_files import constant, node

__all__: list[str] = []


def _files(canary: Canary, save=save_graphs) -> dict[str, bytes]:
    folder = save(canary.folder / "true")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    shutil.rmtree(folder)
    return files


def _zip(files: dict[str, bytes]) -> Files:
    return [("model.zip", zipped(files))]


def _with_model(canary: Canary, change, save=save_graphs) -> Files:
    files = _files(canary, save)
    manifest = json.loads(files["model.json"])
    change(manifest)
    return _zip(files | {"model.json": json.dumps(manifest).encode()})


def _with_onnx(canary: Canary, change) -> Files:
    files = _files(canary, save_onnx)
    model = onnx.ModelProto.FromString(files["decoder.onnx"])
    before = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
    change(model)
    now = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
    manifest = files["model.json"].replace(f'"parameters": {before}'.encode(), f'"parameters": {now}'.encode())
    card = json.loads(files["card.json"])
    card["parameters"] += now - before
    files |= {"decoder.onnx": model.SerializeToString(), "card.json": json.dumps(card).encode()}
    return _zip(hashed(files | {"model.json": manifest}))


@case("model.json lists the files")
def a_manifest_that_names_other_files(canary: Canary) -> Files:
    record = {"bytes": len(Canary.SONG), "sha256": "0" * 64}
    return _with_model(canary, lambda manifest: manifest["files"].update({str(canary.file): record}))


@case("units must be at most")
def a_bundle_with_a_layer_of_half_a_billion(canary: Canary) -> Files:
    return _with_model(canary, lambda manifest: manifest["model"]["decoder"]["layers"][0].update(units=500_000_000))


@case("multiplications per image, at most")
def a_bundle_that_computes_for_hours(canary: Canary) -> Files:
    def change(manifest):
        layers = [
            {"kind": "Reshape", "name": "r", "inputs": ["input"], "target_shape": [1, 1, 2]},
            {"kind": "UpSampling2D", "name": "u", "inputs": ["r"], "size": [64, 64]},
            {"kind": "UpSampling2D", "name": "v", "inputs": ["u"], "size": [16, 16]},
        ]
        last = "v"
        for number in range(30):
            layers.append(
                {"kind": "Conv2D", "name": f"c{number}", "inputs": [last], "filters": 2, "kernel_size": [64, 64],
                 "padding": "same"}
            )  # fmt: skip
            last = f"c{number}"
        layers += [
            {"kind": "GlobalAveragePooling2D", "name": "g", "inputs": [last]},
            {"kind": "Dense", "name": "d", "inputs": ["g"], "units": 64},
            {"kind": "Reshape", "name": "p", "inputs": ["d"], "target_shape": [8, 8, 1]},
        ]
        manifest["model"]["decoder"] |= {"layers": layers, "outputs": ["p"]}

    return _with_model(canary, change)


@case("Lambda")
def a_bundle_with_a_lambda(canary: Canary) -> Files:
    code = {"kind": "Lambda", "name": "dense", "inputs": ["input"], "function": canary.program}
    return _with_model(canary, lambda manifest: manifest["model"]["decoder"]["layers"].insert(0, code))


@case("module is not a known field")
def a_bundle_that_names_a_module(canary: Canary) -> Files:
    return _with_model(
        canary, lambda manifest: manifest["model"]["decoder"]["layers"][0].update(module="os", function="system")
    )


@case("uses the operator Loop")
def a_bundle_with_a_loop(canary: Canary) -> Files:
    def change(model):
        model.graph.node[0].op_type = "Loop"

    return _with_onnx(canary, change)


@case("stores weights in another file")
def a_bundle_with_onnx_weights_elsewhere(canary: Canary) -> Files:
    def change(model):
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=str(canary.file))

    return _with_onnx(canary, change)


def _with_added(canary: Canary, *operators, **constants: np.ndarray) -> Files:
    """A bundle whose decoder adds the greatest number of the tensor `large` to its code."""

    def change(model):
        model.graph.node[1].op_type = "Add"
        model.graph.node[1].input.append("most")
        first, *rest = [onnx.NodeProto.FromString(one.SerializeToString()) for one in model.graph.node]
        del model.graph.node[:]
        model.graph.node.extend([first, *operators, node("ReduceMax", ["large"], ["most"], keepdims=0), *rest])
        model.graph.initializer.extend(constant(name, value) for name, value in constants.items())

    return _with_onnx(canary, change)


@case("MB to run|does not run|memory or time")
def a_bundle_with_onnx_that_needs_gigabytes(canary: Canary) -> Files:
    operators = [
        node("ReduceMax", ["z"], ["number"], keepdims=0),
        node("Expand", ["number", "lengths"], ["one"]),
        node("Relu", ["one"], ["two"]),
        node("Add", ["one", "two"], ["large"]),
    ]
    return _with_added(canary, *operators, lengths=np.array([200_000_000]))


@case("returns 10,000,000,000 numbers; the limit is")
def a_bundle_with_an_onnx_constant_of_gigabytes(canary: Canary) -> Files:
    return _with_added(canary, node("ConstantOfShape", ["lengths"], ["large"]), lengths=np.array([10**5, 10**5]))


@case("depends on the number of rows")
def a_bundle_with_onnx_sizes_made_of_the_rows(canary: Canary) -> Files:
    operators = [
        node("Shape", ["z"], ["shape"]),
        node("Sub", ["shape", "odd"], ["less"]),
        node("Mul", ["shape", "less"], ["lengths"]),
        node("ConstantOfShape", ["lengths"], ["large"]),
    ]
    return _with_added(canary, *operators, odd=np.array([0, 1]))


@case("divides integers by values that are not constant")
def a_bundle_with_an_onnx_division_that_traps(canary: Canary) -> Files:
    operators = [
        node("Cast", ["z"], ["whole"], to=onnx.TensorProto.INT64),
        node("Mod", ["smallest", "whole"], ["rest"]),
        node("Cast", ["rest"], ["large"], to=onnx.TensorProto.FLOAT),
    ]
    return _with_added(canary, *operators, smallest=np.array([np.iinfo(np.int64).min]))


@case("does not run")
def a_bundle_with_onnx_that_fails(canary: Canary) -> Files:
    def change(model):
        model.graph.node[1].op_type = "Reshape"
        model.graph.node[1].input.append("odd")
        model.graph.initializer.append(constant("odd", np.array([7, 11])))

    return _with_onnx(canary, change)


@case("contains .*marker, which are not files of a bundle|lacks")
def a_bundle_that_slips_out_of_its_zip(canary: Canary) -> Files:
    return _zip(_files(canary) | {"../marker": b"x", str(canary.marker): b"x"})


@case("differs from the file that model.json describes")
def a_bundle_with_a_link_in_its_zip(canary: Canary) -> Files:
    files = _files(canary)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            if name == "weights.safetensors":
                link = zipfile.ZipInfo(name)
                link.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(link, str(canary.file))
            else:
                archive.writestr(name, content)
    return [("model.zip", data.getvalue())]


@case("reference.npz")
def a_bundle_with_a_pickle_among_its_codes(canary: Canary) -> Files:
    class Pickled:
        def __reduce__(self):
            return exec, (canary.program,)

    files = _files(canary)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive, zipfile.ZipFile(io.BytesIO(files["reference.npz"])) as true:
        for name in true.namelist():
            content = true.read(name)
            if name == "z_mean.npy":
                head = io.BytesIO()
                header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
                np.lib.format.write_array_header_1_0(head, header)
                content = head.getvalue() + pickle.dumps(Pickled())
            archive.writestr(name, content)
    return _zip(hashed(files | {"reference.npz": data.getvalue()}))


@case("is not a file of a bundle")
def a_bundles_files_and_another_one(canary: Canary) -> Files:
    return [*_files(canary).items(), ("evil.py", canary.program.encode())]


@case(r"lacks card\.json")
def a_bundles_manifest_alone(canary: Canary) -> Files:
    return [("model.json", _files(canary)["model.json"])]


@case("A bundle is a whole model")
def a_bundle_and_another_model(canary: Canary) -> Files:
    return [*_zip(_files(canary)), ("other.onnx", b"\x08\x01")]
