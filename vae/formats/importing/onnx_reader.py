"""Reads the network of an ONNX file and runs it with limits of time and memory."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from vae.errors import ImportRefusedError
from vae.formats.bundle.weights import PARAMETER_BUDGET
from vae.formats.importing.draft import FoundNetwork, OnnxFile
from vae.formats.importing.external_data import with_data
from vae.formats.importing.reading import Found, Reading
from vae.formats.importing.sandbox import hurry
from vae.message import message

__all__ = ["read_onnx_file", "tried"]

T = TypeVar("T")

_GROWTH = 1_500_000  # KB of memory for test runs of an ONNX network
_TRIAL_SECONDS = 6  # for about 40 rows, up to 16 at once


def read_onnx_file(reading: Reading) -> Found:
    """Read and run the network of an ONNX file, and write it with its weights inside.

    Returns:
        The program that wrote it, the network, and notes for the user.

    Raises:
        ImportRefusedError: the file is refused; the message has the reason.
    """
    name = reading.name
    from vae.formats.importing.onnx_networks import read_onnx

    source = tried(partial(read_onnx, with_data(reading.path.read_bytes(), name, reading.data), name), name)
    if source.parameters > PARAMETER_BUDGET:
        raise ImportRefusedError(
            message(
                "{name} has {parameters} weights; the limit is {parameter_budget}.",
                name=name,
                parameters=f"{source.parameters:,}",
                parameter_budget=f"{PARAMETER_BUDGET:,}",
            ),
            "Import a smaller network.",
        )
    (reading.folder / f"{reading.number}.onnx").write_bytes(source.data)
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
        number=reading.number,
        network=network,
    )
    return source.framework, [found], source.notes


def tried(run: Callable[[], T], name: str) -> T:
    """Call `run`, which runs an untrusted network, with limits of time and memory; return its result.

    The kernel ends the process at the time limit.

    Raises:
        ImportRefusedError: it needs too much memory.
    """
    hurry(_TRIAL_SECONDS)
    before = _peak()
    result = run()
    if (grown := _peak() - before) > _GROWTH:
        raise ImportRefusedError(
            message("{name} needs {grown} MB to run.", name=name, grown=f"{grown / 1000:.0f}"),
            "Import a smaller network.",
        )
    return result


def _peak() -> int:
    """Return the peak memory of this process in KB. `getrusage` would include the parent process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
