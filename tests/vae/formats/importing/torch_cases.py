"""ONNX files that torch wrote, with what torch computes: committed in `tests/fixtures/torch`, or exported now.

Only `export_case` needs torch.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest

__all__ = [
    "CASES", "COMMITTED", "FOLDER", "LOG_VARIANCE", "SOURCES", "Case", "Exported", "committed", "export_case",
    "read_case", "renamed",
]  # fmt: skip

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "torch"

# Parameters of a fixture: the committed files always, files that torch writes now in the full tier.
SOURCES = ("committed", pytest.param("exported now", marks=pytest.mark.full))

# What an encoder gives beside the mean → log σ².
LOG_VARIANCE = {
    "log-variance": lambda output: output,
    "variance": np.log,
    "std": lambda output: 2 * np.log(output),
    "log-std": lambda output: 2 * output,
}


@dataclass(frozen=True)
class Case:
    """How a model is made and exported.

    Attributes:
        model: a class of `torch_models`.
        dynamo: with torch's newer exporter; otherwise the older one.
        any_rows: the files take any number of rows; otherwise as many as the example given to the exporter.
        example_rows: of that example.
        precision: that the files are saved in. What torch computes is in float32, of weights of that precision.
        names: of the encoder's outputs; () for those that the exporter gives.
        input_name: of both networks; "" for the one that the exporter gives.
        takes, gives: pixels of the encoder's input and the decoder's output, keys of
        `vae.formats.importing.pixel_formats.PIXELS`
            or "standardised".
        spread: what the encoder gives beside the mean, a key of `vae.formats.importing.posterior_scale.SPREADS`; ""
        for nothing.
        weights: "initial" as torch starts them, "uniform" so that each one matters, trained as "autoencoder" or by the
            "elbo".
        steps: of the training.
        dataset: that the model is trained on.
        rows: of the arrays to compare with.
        data_files: the weights lie in a file beside each model, as torch writes them by default.
        committed: the files are small enough for the repository.
    """

    model: str
    dynamo: bool = False
    any_rows: bool = True
    names: tuple[str, ...] = ()
    input_name: str = "x"
    takes: str = "unit"
    gives: str = "unit"
    spread: str = "log-variance"
    weights: str = "uniform"
    seed: int = 0
    steps: int = 0
    dataset: str = "digits"
    rows: int = 6
    example_rows: int = 1
    precision: str = "float32"
    data_files: bool = False
    committed: bool = True

    @property
    def trained(self) -> bool:
        return self.weights in ("autoencoder", "elbo")


_reading = partial(Case, weights="autoencoder", steps=400, rows=20, names=("first", "second"))
_initial = partial(Case, weights="initial")
CASES = {
    # Both exporters, and every form of outputs.
    "rows-newer": Case("MLP", dynamo=True),
    "rows-older": Case("MLP", names=("mu", "logvar")),
    "rows-one-at-a-time": Case("MLP", any_rows=False, names=("mean", "var")),
    "64-rows-newer": Case("Digits", dynamo=True, any_rows=False, names=("log_var", "mean"), example_rows=64),
    "64-rows-older": Case("Digits", any_rows=False, names=("logvar", "mu"), example_rows=64),
    "float16": Case("Digits", names=("logvar", "mu"), precision="float16"),
    "float64": Case("MLP", dynamo=True, precision="float64"),
    "data-files": Case("Digits", dynamo=True, any_rows=False, names=("log_var", "mean"), data_files=True),
    "no-log-variance": Case("Plain", spread=""),
    "convolutions-newer": Case("Digits", dynamo=True, names=("log_var", "mean")),
    "convolutions-newer-one-at-a-time": Case("Digits", dynamo=True, any_rows=False, names=("log_var", "mean")),
    "convolutions-older": Case("Digits", names=("logvar", "mu")),
    "convolutions-older-one-at-a-time": Case("Digits", any_rows=False, names=("logvar", "mu")),
    "joint-output": Case("Joint"),
    "std-newer": Case("Scaled", dynamo=True, names=("z_loc", "z_scale"), spread="std"),
    "std-older-one-at-a-time": Case("Scaled", any_rows=False, names=("mu", "sigma"), spread="std"),
    "variance": Case("Varied", names=("mean", "variance"), spread="variance"),
    "std-joint-output": Case("JointlyScaled", names=("mean_and_scale",), spread="std"),
    "code-of-pixels": Case("DCGAN", names=("logvar", "mu")),
    "colour-tanh": Case("Coloured", names=("logvar", "mu"), takes="signed", gives="signed"),
    # Trained, so that reconstructions show what the numbers mean.
    "reading-unit": _reading("Digits"),
    "reading-signed": _reading("Signed", takes="signed", gives="signed"),
    "reading-logits": _reading("Logits", gives="logits"),
    "reading-standardised": _reading("Digits", takes="standardised"),
    "mnist": Case(
        "Mnist", any_rows=False, input_name="", takes="signed", gives="signed",
        weights="autoencoder", steps=60, dataset="mnist",
    ),
    # Standard deviations and variances. The tests rename the outputs.
    "std-seed-0": _initial("Scaled", spread="std"),
    "std-seed-1": _initial("Scaled", spread="std", seed=1),
    "std-seed-2": _initial("Scaled", spread="std", seed=2),
    "std-zero": _initial("Narrow", spread="std", names=("mean", "width")),
    "std-trained": Case("Scaled", spread="std", weights="elbo", steps=600, rows=20),
    "variance-trained": Case("Varied", spread="variance", weights="elbo", steps=600, rows=20),
    "log-std-trained": Case("Logged", spread="log-std", weights="elbo", steps=150, rows=20),
    # Sizes.
    "96-pixels": _initial("MediumPictures", names=("logvar", "mu"), rows=3),
    "256-pixels": _initial("LargePictures", names=("logvar", "mu"), rows=3, committed=False),
}  # fmt: skip
COMMITTED = tuple(name for name, case in CASES.items() if case.committed)


@dataclass(frozen=True)
class Exported:
    """Files of a case and what torch computes with it, in float32.

    Attributes:
        files: names and paths of the encoder and the decoder, and of their data files.
        x: pictures `(n, h, w, c)` in [0, 1].
        z: codes `(n, latent_dim)`.
        mean: of the posteriors of x, `(n, latent_dim)`.
        spread: what the encoder gives beside the mean, `(n, latent_dim)`; None for nothing.
        pictures: decoded from z, `(n, h, w, c)` in [0, 1].
    """

    files: list[tuple[str, Path]]
    x: np.ndarray
    z: np.ndarray
    mean: np.ndarray
    pictures: np.ndarray
    spread: np.ndarray | None = None


def committed(name: str) -> Exported:
    """Return a case as committed."""
    return read_case(FOLDER / name)


def read_case(folder: Path) -> Exported:
    """Return what `export_case` wrote."""
    with np.load(folder / "expected.npz") as arrays:
        names = [f"{name}.onnx{ending}" for ending in ("", ".data") for name in ("encoder", "decoder")]
        return Exported([(name, folder / name) for name in names if (folder / name).exists()], **arrays)


def export_case(name: str, folder: Path, names: tuple[str, ...] = ()) -> Exported:
    """Make the model of a case with torch, export it into an existing folder and compute `expected.npz`.

    Args:
        names: of the encoder's outputs; () for those of the case.

    Raises:
        RuntimeError: torch or onnxscript is missing.
    """
    try:
        import onnxscript  # noqa: F401  # pyright: ignore[reportMissingImports]  optional; torch's newer exporter uses it
        import torch  # noqa: F401  # pyright: ignore[reportMissingImports]  optional
    except ImportError as error:
        raise RuntimeError(
            f"Exporting {name!r} needs torch and onnxscript; {error.name} is missing. "
            "Run: pip install -r requirements-all.txt"
        ) from error
    from tests.vae.formats.importing.torch_export import expected_arrays, make_model, write_onnx

    case = replace(CASES[name], names=names) if names else CASES[name]
    model = make_model(case)
    write_onnx(model, folder, case)
    arrays = expected_arrays(model, case)
    np.savez_compressed(folder / "expected.npz", **arrays)  # pyright: ignore[reportArgumentType]  also allow_pickle
    return read_case(folder)


def renamed(files: list[tuple[str, Path]], names: tuple[str, ...], folder: Path) -> list[tuple[str, Path]]:
    """Return the files with other names for the encoder's outputs; the encoder is written again, to the folder."""
    (encoder, path), decoder = files
    model = onnx.load(path)
    new = dict(zip((output.name for output in model.graph.output), names, strict=True))
    for node in model.graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]
        node.output[:] = [new.get(name, name) for name in node.output]
    for output in model.graph.output:
        output.name = new[output.name]
    onnx.save(model, folder / encoder)
    return [(encoder, folder / encoder), decoder]
