"""The process that reads strangers' files: `python -m vae.formats.importing.worker FOLDER`, started by `process` alone.

It finds `files.json` (the person's names) and the files themselves as `file-0`, `file-1` … in the folder, and leaves a
draft there, with weights beside it. A refusal is one line of JSON on its output, and exit status 3.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

# All of it before the limits: what is imported later is read from the installed packages, which is allowed, but slower.
import h5py  # noqa: F401
import numpy as np
import onnx.numpy_helper  # noqa: F401
from safetensors.numpy import save

from vae.errors import BundleError, ImportRefusedError, ZscopeError
from vae.formats.bundle import BUNDLE_FILES, ONNX_FILES, load_bundle
from vae.formats.bundle.weights import PARAMETER_BUDGET
from vae.formats.importing.archive import read_keras_archive
from vae.formats.importing.draft import DRAFT, Draft, FoundNetwork, OnnxFile
from vae.formats.importing.external_data import data_files, model_of, with_data
from vae.formats.importing.file_type import kind_of
from vae.formats.importing.keras_config import read_config
from vae.formats.importing.keras_networks import networks_of
from vae.formats.importing.keras_weights import read_weights_file, weights_of
from vae.formats.importing.roles import pair
from vae.formats.importing.sandbox import confine, hurry

__all__ = ["main"]

T = TypeVar("T")
File = tuple[Path, str]  # where its bytes lie, and the person's name of it

REFUSED = 3
_GROWTH = 1_500_000  # KB that trying an ONNX network may take
_TRIAL_SECONDS = 6  # for about 40 rows, 16 of them at once
_RESHAPING = ("Reshape", "Flatten", "Permute", "Cropping2D", "ZeroPadding2D", "UpSampling2D")
_NOTHING = ("Activation", "linear")
_MOST_NETWORKS = 4  # as files; a bundle has up to six


def main(folder: Path) -> int:
    """Read the folder's files; the process's exit status."""
    confine(folder)
    try:
        names = json.loads((folder / "files.json").read_text())
        draft = _read(folder, names)
        (folder / DRAFT).write_text(draft.model_dump_json())
    except ZscopeError as error:
        return _refuse(error.message, error.hint)
    except MemoryError:
        return _refuse("Reading this takes more memory than is given to a stranger's file.", "Import a smaller model.")
    except PermissionError as error:  # the audit hook's: something in a file tried to get out
        return _refuse(f"While this was read, {error}.", "Do not trust this file.")
    return 0


def _refuse(message: str, mend: str) -> int:
    print(json.dumps({"message": message[:1000], "mend": mend[:300]}), flush=True)
    return REFUSED


def _read(folder: Path, names: list[str]) -> Draft:
    files, data, unused = _split_data([(folder / f"file-{index}", name) for index, name in enumerate(names)])
    first = sorted(files, key=lambda file: file[1] != "model.json")  # it says what the others are
    if "model.json" in names:  # what is no file of a bundle is told of as that
        first = [file for file in first if file[1] in BUNDLE_FILES or file[1] in ONNX_FILES]
    kinds = {kind_of(path, name, names) for path, name in first}
    if "model.json" in names or kinds == {"bundle"}:  # the ONNX files of an imported one are part of it
        return _read_bundle(folder, files)
    if "bundle" in kinds:
        raise ImportRefusedError("A bundle is a model already: it takes no other file.", "Import it alone.")
    if len(files) > _MOST_NETWORKS:
        raise ImportRefusedError(f"These are {len(files)} networks.", "Import one encoder and one decoder.")
    found: list[FoundNetwork] = []
    frameworks, told = [], []
    for path, name in files:
        read = _read_keras if kind_of(path, name) == "keras" else partial(_read_onnx, data)
        framework, networks, notes = read(folder, path, name, len(found))
        frameworks.append(framework)
        told += notes
        found += networks
    encoder, decoder, notes = pair(found)
    notes += tuple(told)
    notes += tuple(f"{name} is not used: {model_of(name)} has its weights inside." for name in unused)
    return Draft(framework=" and ".join(dict.fromkeys(frameworks)), encoder=encoder, decoder=decoder, notes=notes)


def _split_data(files: list[File]) -> tuple[list[File], list[File], list[str]]:
    """The files without the data files of ONNX models, those that a model names, and the names of the others."""
    names = [name for _, name in files]
    if "model.json" in names:  # the ONNX files of a bundle have their weights inside
        return files, [], []
    named = data_files(files)
    data = [file for index, file in enumerate(files) if index in named]
    rest = [file for index, file in enumerate(files) if index not in named]
    unused = [name for _, name in rest if model_of(name) in names]
    return [file for file in rest if file[1] not in unused], data, unused


def _read_bundle(folder: Path, files: list[tuple[Path, str]]) -> Draft:
    """Check it whole; the one who started this reads the same bytes again, as it does with any bundle."""
    if len(files) == 1 and files[0][1] not in BUNDLE_FILES:
        path, name = files[0]
        try:
            bundle = load_bundle(path)
        except BundleError as error:  # it is told of by the person's name for it
            raise ImportRefusedError(error.message.replace(path.name, name), error.hint) from error
    else:
        named = {name: path for path, name in files}
        if foreign := sorted(named.keys() - BUNDLE_FILES.keys() - ONNX_FILES.keys()):
            raise ImportRefusedError(f"{foreign[0][:80]} is no file of a bundle.", "Import the bundle's own files.")
        whole = folder / "bundle"
        whole.mkdir()
        for name, path in named.items():
            (whole / name).write_bytes(path.read_bytes())
        try:
            bundle = load_bundle(whole)
        except BundleError as error:
            raise ImportRefusedError(error.message.replace("The bundle bundle", "The bundle"), error.hint) from error
    if bundle.onnx:
        from vae.formats.importing.onnx_networks import try_part

        for part, data in bundle.onnx.items():
            network = bundle.manifest.model.onnx_parts[part]
            _tried(partial(try_part, data, network, f"{part}.onnx"), f"{part}.onnx")
    return Draft(framework="Zscope", bundle=True)


def _read_keras(folder: Path, path: Path, name: str, number: int) -> tuple[str, list[FoundNetwork], tuple[str, ...]]:
    members = read_keras_archive(path, name)
    version = _keras_version(members["metadata.json"])
    roots = read_config(members["config.json"], name, version)
    networks = [(root, network) for root in roots for network in networks_of(root)]
    count = sum(int(np.prod(shape)) for _, network in networks for shape in network.graph.weight_shapes().values())
    if count > 2 * PARAMETER_BUDGET:
        raise ImportRefusedError(
            f"{name} announces {count:,} weights, at most {PARAMETER_BUDGET:,} are built.", "Import a smaller model."
        )
    data_sets = read_weights_file(members["model.weights.h5"], name)
    found = []
    for root, network in networks[:8]:
        prefix = f"{root.store}/" if root.store else ""
        weights = weights_of(network, data_sets, prefix, name)
        place = number + len(found)
        (folder / f"{place}.safetensors").write_bytes(save(weights))
        found.append(
            FoundNetwork(
                source=name,
                name=network.name[:200],
                outputs=network.output_names,
                encodes=network.encodes,
                ends=_ending(network),
                number=place,
                network=network.graph,
            )
        )
    return version, found, ()


def _ending(network) -> str:
    """The activation of the first output; layers that give the same numbers in another shape are passed over."""
    layers = {layer.name: layer for layer in network.graph.layers}
    layer = layers.get(network.graph.outputs[0])
    while layer is not None and (layer.kind in _RESHAPING or (layer.kind, _activation(layer)) == _NOTHING):
        layer = layers.get(layer.inputs[0])
    return _activation(layer)


def _activation(layer) -> str:
    return getattr(layer, "activation", "") or ""


def _keras_version(metadata: bytes) -> str:
    try:
        version = str(json.loads(metadata).get("keras_version", ""))
    except (ValueError, AttributeError):
        version = ""
    return f"Keras {version[:20]}".strip()


def _read_onnx(
    data: list[File], folder: Path, path: Path, name: str, number: int
) -> tuple[str, list[FoundNetwork], tuple[str, ...]]:
    from vae.formats.importing.onnx_networks import read_onnx

    source = _tried(partial(read_onnx, with_data(path.read_bytes(), name, data), name), name)
    if source.parameters > PARAMETER_BUDGET:
        raise ImportRefusedError(
            f"{name} has {source.parameters:,} weights, at most {PARAMETER_BUDGET:,} are run.",
            "Import a smaller network.",
        )
    (folder / f"{number}.onnx").write_bytes(source.data)
    network = OnnxFile(
        input_name=source.input_name,
        input_shape=source.input_shape,
        output_shapes=source.output_shapes,
        tensor_names=source.output_names,
        batch=source.batch,
        parameters=source.parameters,
    )
    found = FoundNetwork(
        source=name,
        name=Path(name).stem[:200],
        outputs=tuple(" ".join(output.split())[:200] for output in source.output_names),
        encodes=None,
        ends=source.ends.lower(),
        number=number,
        network=network,
    )
    return source.framework, [found], source.notes


def _tried(run: Callable[[], T], name: str) -> T:
    """What `run` returns, which runs a stranger's network, if that takes neither long nor much."""
    hurry(_TRIAL_SECONDS)
    before = _peak()
    result = run()
    if (grown := _peak() - before) > _GROWTH:
        raise ImportRefusedError(f"{name} takes {grown / 1000:.0f} MB to run.", "Import a smaller network.")
    return result


def _peak() -> int:
    """The most memory this process had so far, KB. `getrusage` would begin with that of the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
