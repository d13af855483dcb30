"""A bundle of ours that somebody brings: checked by the limited process, checked again, kept under an id of its own."""

from pathlib import Path

import numpy as np

from vae.bundle import Bundle, load_bundle, save_bundle
from vae.bundle.reference import Reference
from vae.data import dataset_info, load_test_split
from vae.data.drawn import drawn_id
from vae.errors import DataError, ImportRefusedError
from vae.importing.process import Intake
from vae.registry import list_models, models_folder
from vae.runs import free_id

__all__ = ["adopt"]


def adopt(intake: Intake) -> tuple[str, tuple[str, ...]]:
    """Keep it among the models.

    Returns:
        Its id here, and what a person should know, a sentence each.

    Raises:
        ImportRefusedError: the same model is here already.
        BundleError: it is damaged, or cannot be written.
    """
    whole = intake.folder / "bundle"
    bundle = load_bundle(whole if whole.is_dir() else Path(intake.folder / "file-0"))
    manifest = bundle.manifest
    for entry in list_models():
        same = not entry.fault and entry.manifest.networks_hash == manifest.networks_hash
        if same and entry.manifest.dataset == manifest.dataset:
            raise ImportRefusedError(f"This model is here already: {entry.title}.", f"Open {entry.id}.")
    id = free_id(manifest.id)
    notes = [] if id == manifest.id else [f"Another model is called {manifest.id}: this one is {id}."]
    dataset, version, reference = manifest.dataset, manifest.dataset_version, bundle.reference
    if not _has_its_pictures(bundle):
        notes.append("Its pictures are not here: what it decodes from its reference codes is shown instead.")
        dataset, version = drawn_id(id), ""
        zeros = np.zeros_like(reference.labels)
        reference = Reference(reference.z_mean, reference.z_log_var, zeros, reference.data_distance)
    save_bundle(
        models_folder() / id,
        id=id,
        title=manifest.title,
        dataset=dataset,
        dataset_version=version,
        config=manifest.model,
        preprocessing=manifest.preprocessing,
        weights=bundle.weights,
        onnx=bundle.onnx,
        card=bundle.card,
        reference=reference,
    )
    return id, tuple(notes)


def _has_its_pictures(bundle: Bundle) -> bool:
    manifest = bundle.manifest
    try:
        info = dataset_info(manifest.dataset)
        labels = load_test_split(manifest.dataset).labels
    except DataError:
        return False
    fits = info.version == manifest.dataset_version and info.image_shape == manifest.model.image_shape
    return fits and np.array_equal(labels, bundle.reference.labels)
