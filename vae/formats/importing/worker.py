"""The sandboxed process that reads untrusted files: `python -m vae.formats.importing.worker FOLDER`.

The launcher (`zscope.jobs.importing`) puts `files.json`, which lists the users' file names, and the files `file-0`,
`file-1` … into the folder. The process writes a draft and weights there. If it refuses the files, it prints one line of
JSON and exits with status 3.
"""

import json
import sys
from functools import partial
from pathlib import Path

# Imported before the limits: later imports are allowed but slower.
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
from vae.message import N_, message

__all__ = ["main"]

File = tuple[Path, str]  # its content, and the user's name of it

REFUSED = 3
_MOST_NETWORKS = 4  # files; a bundle has up to six


def main(folder: Path) -> int:
    """Read the files of the folder; return the exit status."""
    confine(folder)
    try:
        names = json.loads((folder / "files.json").read_text())
        draft = _read(folder, names)
        (folder / DRAFT).write_text(draft.model_dump_json())
    except ZscopeError as error:
        return _refuse(error.message, error.hint)
    except MemoryError:
        return _refuse(
            N_("Reading this model needs more memory than the limit for untrusted files."),
            N_("Import a smaller model."),
        )
    except PermissionError as error:  # raised by the audit hook
        return _refuse(message("While the file was read, {error}.", error=error), N_("Do not trust this file."))
    return 0


def _refuse(message: str, hint: str) -> int:
    print(json.dumps({"message": message[:1000], "mend": hint[:300]}), flush=True)
    return REFUSED


def _read(folder: Path, names: list[str]) -> Draft:
    files, data, unused = _split_data([(folder / f"file-{index}", name) for index, name in enumerate(names)])
    first = sorted(files, key=lambda file: file[1] != "model.json")  # it lists the others
    if "model.json" in names:  # `_read_bundle` refuses the other files
        first = [file for file in first if file[1] in BUNDLE_FILES or file[1] in ONNX_FILES]
    formats = {format_of(path, name, names).key for path, name in first}
    if "model.json" in names or formats == {"bundle"}:  # an imported model's bundle contains ONNX files
        return _read_bundle(folder, files)
    if "bundle" in formats:
        raise ImportRefusedError(
            "A bundle is a whole model and cannot be combined with other files.", "Import it alone."
        )
    if len(files) > _MOST_NETWORKS:
        raise ImportRefusedError(
            message("There are {n} networks.", n=len(files)), "Import one encoder and one decoder."
        )
    found: list[FoundNetwork] = []
    frameworks, messages = [], []
    for path, name in files:
        read = format_of(path, name).read
        if read is None:
            raise ImportRefusedError(message("{name} is part of a bundle.", name=name), "Import the bundle alone.")
        framework, networks, notes = read(Reading(folder, path, name, len(found), data))
        frameworks.append(framework)
        messages += notes
        found += networks
    encoder, decoder, notes = pair(found)
    notes += tuple(messages)
    notes += tuple(
        message("{name} is not used: {model_of} contains its weights.", name=name, model_of=model_of(name))
        for name in unused
    )
    return Draft(framework=" and ".join(dict.fromkeys(frameworks)), encoder=encoder, decoder=decoder, notes=notes)


def _split_data(files: list[File]) -> tuple[list[File], list[File], list[str]]:
    """Return the model files, the data files that ONNX models name, and the names of unused data files."""
    names = [name for _, name in files]
    if "model.json" in names:  # the ONNX files of a bundle contain their weights
        return files, [], []
    named = data_files(files)
    data = [file for index, file in enumerate(files) if index in named]
    rest = [file for index, file in enumerate(files) if index not in named]
    unused = [name for _, name in rest if model_of(name) in names]
    return [file for file in rest if file[1] not in unused], data, unused


def _read_bundle(folder: Path, files: list[tuple[Path, str]]) -> Draft:
    """Check a whole bundle. The server reads and checks the same bytes again, as for any bundle."""
    if len(files) == 1 and files[0][1] not in BUNDLE_FILES:
        path, name = files[0]
        try:
            bundle = load_bundle(path)
        except BundleError as error:  # the message must use the user's name of the file
            raise ImportRefusedError(error.message.replace(path.name, name), error.hint) from error
    else:
        named = {name: path for path, name in files}
        if foreign := sorted(named.keys() - BUNDLE_FILES.keys() - ONNX_FILES.keys()):
            raise ImportRefusedError(
                message("{foreign} is not a file of a bundle.", foreign=foreign[0][:80]),
                "Import only the files of the bundle.",
            )
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
