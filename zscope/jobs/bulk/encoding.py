"""Encodes a range of images and writes it as a Parquet file."""

import io
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet

from vae.durable import write_file
from vae.evaluation.bounds import Elbo, binarized
from vae.evaluation.codes import squared_errors
from vae.formats.bundle import Bundle
from vae.inference.loaded_model import LoadedModel
from zscope.jobs.bulk.sources import Source

__all__ = ["Encoder", "part_rows"]

_KEY = b"zscope"  # of the metadata that say from what a part was made


class Encoder:
    """Encodes ranges of one source with one model.

    Args:
        bundle: the model.
        source: the images.
    """

    def __init__(self, bundle: Bundle, source: Source):
        self._bundle, self._source = bundle, source

    @cached_property
    def _model(self) -> LoadedModel:
        return LoadedModel(self._bundle.manifest.id, self._bundle)

    @cached_property
    def _elbo(self) -> Elbo | None:
        config = self._bundle.manifest.model
        return Elbo(self._model.model) if config.variational and config.encodes else None

    def write(self, path: Path, start: int, stop: int, key: str) -> dict[str, int]:
        """Encode a range and write it.

        The columns are `source` (name), `z_mean` and `sigma` (lists of float32; σ of q(z | x)), `error` (mean squared
        error per pixel value of the reconstruction, pixels in [0, 1]) and `elbo` (nats, one draw; null for a model
        without a bound). Codes of a conditional model end with the weights of the class that fits best.

        Args:
            path: of the Parquet file, which is replaced in one step.
            key: says from what it was made, see `part_rows`.

        Returns:
            Number of `rows`, and of pictures that were `left_out` since they could not be read.
        """
        names, images, unreadable = self._source.read(start, stop)
        table = self._table(names, images, np.random.default_rng(start))
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(table.replace_schema_metadata({_KEY: key.encode()}), buffer)
        write_file(path, buffer.getvalue())
        return {"rows": len(names), "left_out": len(unreadable)}

    def _table(self, names: list[str], images: np.ndarray, rng: np.random.Generator) -> pyarrow.Table:
        config, dim = self._bundle.manifest.model, self._model.code_dim
        z_mean, z_log_var = np.zeros((2, 0, dim), np.float32)
        error, elbo = np.zeros(0, np.float32), np.zeros(0, np.float32)
        if len(images):
            z_mean, z_log_var = self._model.encode(images)
            error = squared_errors(self._model.codec, images, z_mean).astype(np.float32)
        if len(images) and self._elbo:
            labels = (
                z_mean[:, config.latent_dim :].argmax(axis=1) if config.classes else np.zeros(len(images), np.int64)
            )
            parts = self._elbo(binarized(images, rng) if config.binarize else images, labels, rng)
            elbo = (parts.reconstruction - parts.kl).astype(np.float32)
        has_bound = self._elbo is not None
        return pyarrow.table(
            {
                "source": pyarrow.array(names, pyarrow.string()),
                "z_mean": _lists(z_mean),
                "sigma": _lists(np.exp(z_log_var / 2)),
                "error": pyarrow.array(error),
                "elbo": pyarrow.array(elbo) if has_bound else pyarrow.nulls(len(names), pyarrow.float32()),
            }
        )


def part_rows(path: Path, key: str) -> int | None:
    """Return the number of rows of a finished part; None if there is none, or it was made from something else."""
    try:
        metadata = pyarrow.parquet.read_metadata(path)
    except (OSError, pyarrow.ArrowInvalid):
        return None
    return metadata.num_rows if (metadata.metadata or {}).get(_KEY) == key.encode() else None


def _lists(rows: np.ndarray) -> pyarrow.Array:
    flat = pyarrow.array(np.ascontiguousarray(rows, np.float32).reshape(-1))
    return pyarrow.FixedSizeListArray.from_arrays(flat, rows.shape[1])
