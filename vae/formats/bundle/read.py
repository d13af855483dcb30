"""Opens bundles: everything is checked before a network is built."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from vae.errors import BundleError
from vae.formats.bundle.files import read_files, read_one
from vae.formats.bundle.onnx_file import check_part
from vae.formats.bundle.reference import Reference, read_reference
from vae.formats.bundle.schema import Card, Manifest
from vae.formats.bundle.weights import check_budget, read_weights
from vae.message import message
from vae.models.config import first_fault
from vae.models.networks.plan import parameter_count

__all__ = ["Bundle", "load_bundle", "read_manifest"]


@dataclass(frozen=True)
class Bundle:
    """A checked bundle in memory. No framework is loaded before `vae` is used.

    Attributes:
        weights: float32 arrays by name.
        onnx: the ONNX files of an imported model, by part: "encoder", "decoder".
    """

    manifest: Manifest
    card: Card
    reference: Reference
    weights: dict[str, np.ndarray]
    onnx: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def vae(self):
        """The model, built from the config, with the bundle's weights."""
        from vae.models.loading import make_model

        return make_model(self.manifest.model, self.weights, self.onnx)


def load_bundle(path: str | Path) -> Bundle:
    """Read the bundle folder or zip at `path`.

    Raises:
        BundleError: describes the first fault in files, sizes, hashes, schema, parameter budget, names, shapes, dtypes
            or values of weights, operators of ONNX files, or reference codes.
    """
    path = Path(path)
    files = read_files(path)
    manifest = _parse(Manifest, files["model.json"], "model.json")
    _check_hashes(manifest, files)
    check_budget(manifest.model)
    card = _parse(Card, files["card.json"], "card.json")
    if len(card.metrics.kl_per_dimension) != manifest.model.latent_dim:
        raise BundleError(
            message(
                "card.json has the KL divergence of {n} dimensions, the model has {latent_dim}.",
                n=len(card.metrics.kl_per_dimension),
                latent_dim=manifest.model.latent_dim,
            ),
            "Keep the files of one export together.",
        )
    _check_card(card, manifest)
    data = files.get("weights.safetensors")
    weights = {} if data is None else read_weights(data, manifest.model)
    onnx = {name.removesuffix(".onnx"): data for name, data in files.items() if name.endswith(".onnx")}
    for part, data in onnx.items():
        check_part(data, manifest.model.onnx_parts[part], f"{part}.onnx")
    reference = read_reference(files["reference.npz"], manifest.model.latent_dim)
    return Bundle(manifest, card, reference, weights, onnx)


def _check_card(card: Card, manifest: Manifest) -> None:
    """Refuse a card whose figures do not fit the model."""
    effects = len(card.metrics.effect_per_dimension)
    if effects not in (0, manifest.model.latent_dim):
        raise BundleError(
            message(
                "card.json has the effects of {effects} dimensions, the model has {latent_dim}.",
                effects=effects,
                latent_dim=manifest.model.latent_dim,
            ),
            "Keep the files of one export together.",
        )
    if card.parameters != (count := parameter_count(manifest.model)):
        raise BundleError(
            message(
                "card.json states {parameters} weights, the networks have {count}.",
                parameters=f"{card.parameters:,}",
                count=f"{count:,}",
            ),
            "Keep the files of one export together.",
        )


def read_manifest(folder: Path) -> tuple[Manifest, Card]:
    """Read the two JSON files of a bundle folder, for listings, without its weights.

    Raises:
        BundleError: one cannot be read, does not fit its schema, or lists files that do not belong to a bundle.
    """
    manifest = _parse(Manifest, read_one(folder, "model.json"), "model.json")
    _check_listed(manifest)
    return manifest, _parse(Card, read_one(folder, "card.json"), "card.json")


def _parse(schema, data: bytes, name: str):
    try:
        return schema.model_validate_json(data)
    except ValidationError as error:
        raise BundleError(
            message("{name}: {first_fault}.", name=name, first_fault=first_fault(error)),
            "Export the bundle again with this version.",
        ) from None


def _check_listed(manifest: Manifest) -> None:
    expected = manifest.expected_files
    if manifest.files.keys() != expected:
        raise BundleError(
            message(
                "model.json lists the files {sorted}, expected {sorted2}.",
                sorted=sorted(manifest.files),
                sorted2=sorted(expected),
            ),
            "Export the bundle again.",
        )


def _check_hashes(manifest: Manifest, files: dict[str, bytes]) -> None:
    _check_listed(manifest)
    if foreign := sorted(files.keys() - manifest.files.keys() - {"model.json"}):
        raise BundleError(
            message("The bundle contains {foreign}, which its model.json does not list.", foreign=foreign[0]),
            "Export it again.",
        )
    if missing := sorted(manifest.files.keys() - files.keys()):
        raise BundleError(message("The bundle lacks {missing}.", missing=missing[0]), "Copy or export all of it again.")
    for name, record in manifest.files.items():
        data = files[name]
        if len(data) != record.bytes or hashlib.sha256(data).hexdigest() != record.sha256:
            raise BundleError(
                message(
                    "{name} differs from the file that model.json describes ({n} bytes, expected {bytes}).",
                    name=name,
                    n=f"{len(data):,}",
                    bytes=f"{record.bytes:,}",
                ),
                "It is damaged or cut off: copy the bundle again.",
            )
