"""The process that reads strangers' files: `python -m vae.formats.importing.worker FOLDER`, started by `process` alone.

It finds `files.json` (the person's names) and the files themselves as `file-0`, `file-1` … in the folder, and leaves a
draft there, with weights beside it. A refusal is one line of JSON on its output, and exit status 3.
"""

import json
import sys
from functools import partial
from pathlib import Path

# All of it before the limits: what is imported later is read from the installed packages, which is allowed, but slower.
import h5py  # noqa: F401
import onnx.numpy_helper  # noqa: F401

from vae.errors import BundleError, ImportRefusedError, ZscopeError
from vae.formats.bundle import BUNDLE_FILES, ONNX_FILES, load_bundle
from vae.formats.importing.draft import DRAFT, Draft, FoundNetwork
from vae.formats.importing.external_data import data_files, model_of
from vae.formats.importing.file_type import format_of
from vae.formats.importing.keras_reader import read_keras  # noqa: F401
from vae.formats.importing.onnx_reader import tried
from vae.formats.importing.reading import Reading
from vae.formats.importing.roles import pair
from vae.formats.importing.sandbox import confine

__all__ = ["main"]

File = tuple[Path, str]  # where its bytes lie, and the person's name of it

REFUSED = 3
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
    formats = {format_of(path, name, names).key for path, name in first}
    if "model.json" in names or formats == {"bundle"}:  # the ONNX files of an imported one are part of it
        return _read_bundle(folder, files)
    if "bundle" in formats:
        raise ImportRefusedError("A bundle is a model already: it takes no other file.", "Import it alone.")
    if len(files) > _MOST_NETWORKS:
        raise ImportRefusedError(f"These are {len(files)} networks.", "Import one encoder and one decoder.")
    found: list[FoundNetwork] = []
    frameworks, told = [], []
    for path, name in files:
        read = format_of(path, name).read
        if read is None:
            raise ImportRefusedError(f"{name} is a part of a bundle.", "Import the bundle alone.")
        framework, networks, notes = read(Reading(folder, path, name, len(found), data))
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
            tried(partial(try_part, data, network, f"{part}.onnx"), f"{part}.onnx")
    return Draft(framework="Zscope", bundle=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
