"""ONNX: `encoder.onnx` and `decoder.onnx`, for most runtimes."""

from collections.abc import Iterator
from pathlib import Path

from vae.formats.bundle import Bundle
from vae.formats.exporting.format import ExportFormat
from vae.formats.exporting.mean_form import mean_form, why_no_mean_form
from vae.formats.exporting.usage import heads_of, unpacked
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig
from vae.models.networks.plan import part_graph, part_weights

__all__ = ["OnnxFormat"]


class OnnxFormat(ExportFormat):
    """One ONNX file for each network. Networks that were imported as ONNX files are written unchanged."""

    key = "onnx"
    title = "ONNX"
    suffix = "-onnx.zip"
    meaning = "for most runtimes, also in browsers"
    contents = "encoder and decoder, for most runtimes, in browsers too"
    install = "onnxruntime"
    limits = ""
    is_archive = True

    def why_not(self, config: ModelConfig | ImportedConfig) -> str:
        return super().why_not(config) or why_no_mean_form(config)

    def write(self, bundle: Bundle, source: Path, folder: Path) -> None:
        """Write the files from the graph and the weights; no framework is loaded."""
        from vae.formats.onnx.write import onnx_bytes

        config = bundle.manifest.model
        for part, taken, given in (("encoder", "images", heads_of(config)), ("decoder", "codes", ("pictures",))):
            if part in bundle.onnx:
                (folder / f"{part}.onnx").write_bytes(bundle.onnx[part])
            elif given:
                graph, weights = part_graph(config, part), part_weights(config, part, bundle.weights)
                mean = mean_form(config) if part == "decoder" else ""
                (folder / f"{part}.onnx").write_bytes(onnx_bytes(graph, weights, part, taken, given, mean))

    def _usage_lines(self, id: str, config) -> Iterator[str]:
        imported = config.onnx_parts
        if any(part.batch for part in imported.values()):
            yield "import numpy as np"
        yield "import onnxruntime"
        yield ""
        for part, taken, outputs in (("encoder", "images", heads_of(config)), ("decoder", "codes", ("pictures",))):
            if not outputs:
                continue
            yield f'{part} = onnxruntime.InferenceSession("{part}.onnx")'
            name, wanted = taken, "None"
            if part in imported:  # unchanged, with the names that `vae.formats.importing` gave
                name, wanted = "input", str([f"output_{index}" for index in range(len(outputs))]).replace("'", '"')
            batch = imported[part].batch if part in imported else None
            if batch == 1:
                yield f'runs = [{part}.run({wanted}, {{"{name}": row[None]}}) for row in {taken}]  # one at a time'
                yield f"{unpacked(outputs)} = map(np.concatenate, zip(*runs))"
            elif batch:
                yield f"batches = [{taken}[start : start + {batch}] for start in range(0, len({taken}), {batch})]"
                resized = f"np.resize(rows, ({batch}, *rows.shape[1:]))"
                yield f"batches = [{resized} for rows in batches]  # {batch} rows each"
                yield f'runs = [{part}.run({wanted}, {{"{name}": rows}}) for rows in batches]'
                yield f"{unpacked(outputs)} = (np.concatenate(one)[: len({taken})] for one in zip(*runs))"
            else:
                yield f'{unpacked(outputs)} = {part}.run({wanted}, {{"{name}": {taken}}})'
