"""The Python that loads an exported file: shown to people, and run by `vae.formats.exporting.checking`."""

from collections.abc import Iterator

from vae.formats.exporting.formats import FORMATS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig

__all__ = ["heads_of", "readme", "usage"]


def heads_of(config: ModelConfig | ImportedConfig) -> tuple[str, ...]:
    """What the exported encoder gives; nothing of a decoder alone."""
    if not config.encodes:
        return ()
    return ("z_mean", "z_log_var") if config.variational else ("z_mean",)


def usage(id: str, config: ModelConfig | ImportedConfig, format: str) -> str:
    """Lines that make `z_mean`, `z_log_var` of `images`, and `pictures` of `codes`; "" of a web page.

    They run where the file, unpacked if it is a zip, lies; see `readme` for the arrays.
    """
    if format == "html":  # nothing to load: it is opened
        return ""
    lines = {"bundle": _bundle, "keras": _keras, "saved-model": _saved_model, "onnx": _onnx, "litert": _litert}[format]
    return "\n".join(lines(id, config, heads_of(config)))


def readme(id: str, title: str, licence: str, config: ModelConfig | ImportedConfig, format: str) -> str:
    """`README.txt` of an archive."""
    picture = ", ".join(map(str, config.image_shape))
    heads = heads_of(config)
    text = [f"{title} ({id}), exported from Zscope as {FORMATS[format].title}.", ""]
    if heads:
        text += [
            "Encoder",
            f"  takes images: float32 (n, {picture}), height, width, channels, in [0, 1]",
            f"  gives {', '.join(heads)}: float32 (n, {config.latent_dim})"
            + (", mean and log-variance of q(z | x)" if config.variational else ", the code (no variance)"),
            "",
        ]
    text += ["Decoder", f"  takes codes: float32 (n, {config.code_dim})"]
    if config.classes:
        text.append(f"    z, {config.latent_dim} numbers, then {config.classes} class weights that sum to 1")
    text += [f"  gives pictures: float32 (n, {picture}), in [0, 1]", ""]
    install = FORMATS[format].install
    text += [f"In Python (pip install numpy {install}), in this folder:", ""]
    text += [f"  {line}" for line in usage(id, config, format).splitlines()]
    return "\n".join([*text, "", f"Training data: {licence}", ""])


def _bundle(id: str, config, heads: tuple[str, ...]) -> Iterator[str]:
    yield "from vae import Codec, load_bundle"
    yield ""
    yield f'codec = Codec(load_bundle("{id}{FORMATS["bundle"].suffix}").vae)'
    if heads:
        yield "z_mean, z_log_var = codec.encode(images)"
    yield "pictures = codec.decode(codes)"


def _keras(id: str, config, heads: tuple[str, ...]) -> Iterator[str]:
    yield "import keras"
    yield ""
    yield f'model = keras.models.load_model("{id}.keras")'
    if heads:
        yield f'{", ".join(heads)} = model.get_layer("encoder").predict(images, verbose=0)'
        yield 'pictures = model.get_layer("decoder").predict(codes, verbose=0)'
    else:
        yield "pictures = model.predict(codes, verbose=0)"


def _saved_model(id: str, config, heads: tuple[str, ...]) -> Iterator[str]:
    yield "import tensorflow as tf"
    yield ""
    yield 'signatures = tf.saved_model.load("saved_model").signatures'
    if heads:
        yield 'posterior = signatures["encode"](images=tf.constant(images))'
        yield f"{', '.join(heads)} = {_picked(heads, '.numpy()')}"
    yield 'pictures = signatures["decode"](codes=tf.constant(codes))["pictures"].numpy()'


def _litert(id: str, config, heads: tuple[str, ...]) -> Iterator[str]:
    yield "from ai_edge_litert.interpreter import Interpreter"
    yield ""
    if heads:
        yield 'encoder = Interpreter("encoder.tflite")'
        yield 'posterior = encoder.get_signature_runner("encode")(images=images)'
        yield f"{', '.join(heads)} = {_picked(heads)}"
    yield 'decoder = Interpreter("decoder.tflite")'
    yield 'pictures = decoder.get_signature_runner("decode")(codes=codes)["pictures"]'


def _onnx(id: str, config, heads: tuple[str, ...]) -> Iterator[str]:
    imported = config.onnx_parts
    if any(part.batch for part in imported.values()):
        yield "import numpy as np"
    yield "import onnxruntime"
    yield ""
    for part, taken, outputs in (("encoder", "images", heads), ("decoder", "codes", ("pictures",))):
        if not outputs:
            continue
        yield f'{part} = onnxruntime.InferenceSession("{part}.onnx")'
        name, wanted = taken, "None"
        if part in imported:  # as it came, by the names that `vae.formats.importing` gives
            name, wanted = "input", str([f"output_{index}" for index in range(len(outputs))]).replace("'", '"')
        batch = imported[part].batch if part in imported else None
        if batch == 1:
            yield f'runs = [{part}.run({wanted}, {{"{name}": row[None]}}) for row in {taken}]  # one at a time'
            yield f"{_unpacked(outputs)} = map(np.concatenate, zip(*runs))"
        elif batch:
            yield f"batches = [{taken}[start : start + {batch}] for start in range(0, len({taken}), {batch})]"
            yield f"batches = [np.resize(rows, ({batch}, *rows.shape[1:])) for rows in batches]  # {batch} rows each"
            yield f'runs = [{part}.run({wanted}, {{"{name}": rows}}) for rows in batches]'
            yield f"{_unpacked(outputs)} = (np.concatenate(one)[: len({taken})] for one in zip(*runs))"
        else:
            yield f'{_unpacked(outputs)} = {part}.run({wanted}, {{"{name}": {taken}}})'


def _unpacked(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) > 1 else f"({names[0]},)"


def _picked(heads: tuple[str, ...], ending: str = "") -> str:
    return ", ".join(f'posterior["{head}"]{ending}' for head in heads)
