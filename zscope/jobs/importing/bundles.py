"""Imports a Zscope bundle: checks what the sandboxed process has read, and saves it under a free id."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from vae.data import dataset_info, load_test_split
from vae.data.generated import generated_id, generated_rows
from vae.data.names import clean_label
from vae.errors import DataError, ImportRefusedError
from vae.formats.bundle import Bundle, load_bundle, save_bundle
from vae.formats.bundle.reference import Reference
from vae.latent.distance import leave_one_out_distances
from vae.latent.profile import active_units
from vae.message import N_, message
from zscope.jobs.importing.launcher import KEEPING, Intake
from zscope.jobs.runs import free_id
from zscope.library.registry import list_models, models_folder

__all__ = ["adopt"]


def adopt(intake: Intake) -> tuple[str, tuple[str, ...]]:
    """Save an imported bundle as a user model.

    Returns:
        The new model's id, and notes for the user, a sentence each.

    Raises:
        ImportRefusedError: the same model exists, or it is conditional and its data set is missing.
        BundleError: the bundle is damaged, or cannot be written.
    """
    whole = intake.folder / "bundle"
    bundle = load_bundle(whole if whole.is_dir() else Path(intake.folder / "file-0"))
    manifest = bundle.manifest
    for entry in list_models():
        if entry.fault:
            continue
        other = entry.manifest
        if (other.networks_hash, other.dataset) == (manifest.networks_hash, manifest.dataset):
            raise ImportRefusedError(
                message("This model exists already: {title}.", title=entry.title), message("Open {id}.", id=entry.id)
            )
    notes: list[str] = []
    dataset, version, reference = manifest.dataset, manifest.dataset_version, bundle.reference
    if not _has_images(bundle):
        if manifest.model.classes:
            raise ImportRefusedError(
                message(
                    "The model is class-conditional, and its data set {dataset} is missing.", dataset=manifest.dataset
                ),
                "Add that data set.",
            )
        notes.append(N_("Its data set is missing. Pages show pictures decoded from its reference codes instead."))
        dataset, version, reference = None, "", _sample(reference, generated_rows(manifest.model.image_shape))
    with KEEPING:
        id = free_id(manifest.id)
        save_bundle(
            models_folder() / id,
            id=id,
            title=clean_label(manifest.title, 80) or id,
            dataset=dataset or generated_id(id),
            dataset_version=version,
            config=manifest.model,
            preprocessing=manifest.preprocessing,
            weights=bundle.weights,
            onnx=bundle.onnx,
            card=bundle.card.model_copy(update={"brought": datetime.now(UTC).isoformat(timespec="seconds")}),
            reference=reference,
        )
    if id != manifest.id:
        notes.insert(0, message("Another model is called {id}, so this one is called {id2}.", id=manifest.id, id2=id))
    return id, tuple(notes)


def _sample(reference: Reference, most: int) -> Reference:
    """Return a fixed sample of the codes, without labels: pictures decoded from them have no classes."""
    rows = np.sort(np.random.default_rng(0).permutation(len(reference.labels))[:most])
    z_mean = reference.z_mean[rows]
    distances = leave_one_out_distances(z_mean, active_units(z_mean))
    return Reference(z_mean, reference.z_log_var[rows], np.zeros(len(rows), np.int64), distances)


def _has_images(bundle: Bundle) -> bool:
    """Return whether the bundle's data set exists here with the same images."""
    manifest = bundle.manifest
    try:
        info = dataset_info(manifest.dataset)
        labels = load_test_split(manifest.dataset).labels
    except DataError:
        return False
    fits = info.version == manifest.dataset_version and info.image_shape == manifest.model.image_shape
    return fits and np.array_equal(labels, bundle.reference.labels)
