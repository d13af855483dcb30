"""An imported model before it is saved: tries interpretations, converts, measures, and saves it as a bundle."""

import hashlib
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from vae.batching import map_batches
from vae.data import Dataset, dataset_info, load_cached, load_test_split
from vae.data.dataset import Split
from vae.data.generated import generated_id, generated_rows
from vae.data.names import clean_label
from vae.errors import DataError, ImportRefusedError
from vae.evaluation.measure import Report, encode_reference, evaluate
from vae.formats.bundle import Card, save_bundle
from vae.formats.bundle.reference import Reference
from vae.formats.bundle.schema import ImportRecord, Metrics, SourceFile
from vae.formats.importing.canonical import canonical_config
from vae.formats.importing.detection import Guess, Run, guess
from vae.formats.importing.draft import OnnxFile, read_part
from vae.formats.importing.interpretation import Choices
from vae.formats.importing.onnx_networks import open_files
from vae.formats.importing.pixel_formats import Pixels
from vae.inference.codec import Codec
from vae.inference.onnx_model import OnnxModel, graph_session
from vae.latent.distance import leave_one_out_distances
from vae.latent.profile import active_units, effects, is_effective
from vae.message import N_, message
from vae.models.formulas import POINT_LOG_VAR
from vae.models.imported_config import ImportedConfig
from vae.models.networks.graph import Graph
from vae.models.networks.plan import parameter_count
from vae.pictures.preparation import derive_input_style
from zscope.jobs.importing.launcher import KEEPING, Intake
from zscope.jobs.runs import free_id
from zscope.library.registry import list_models, models_folder

__all__ = ["Candidate", "Made"]

_EFFECT_SAMPLES = 32  # samples for the effect of each dimension
_VOTERS = 10_000  # training images whose codes vote; encoding more takes too long for a user who waits


class Made:
    """A candidate converted to the form of bundles by some choices.

    Attributes:
        config, codec: as for other models.
        model: computed by ONNX Runtime.
    """

    def __init__(self, config: ImportedConfig, weights: dict[str, np.ndarray], onnx: dict[str, bytes]):
        self.config, self.weights, self.onnx = config, weights, onnx
        self.model = OnnxModel(config, weights, onnx)
        self.codec = Codec(self.model)

    def samples(self, count: int = 16) -> np.ndarray:
        """Decode samples of N(0, I) with a fixed seed: uint8 `(count, h, w, c)`."""
        return self.codec.decode_pixels(_prior_samples(count, self.config.latent_dim))

    def reconstructions(self, images: np.ndarray) -> np.ndarray:
        """Reconstruct images, uint8 `(n, h, w, c)`, from their posterior means: uint8 `(n, h, w, c)`."""
        return self.codec.decode_pixels(self.codec.encode(images)[0])


class Candidate:
    """Imported networks that can be saved as a model.

    Args:
        intake: its draft has networks; it is not a bundle.

    Raises:
        ImportRefusedError: the files of the sandboxed process do not fit its draft.
    """

    def __init__(self, intake: Intake):
        self.intake, self.draft = intake, intake.draft
        parts = {"encoder": self.draft.encoder, "decoder": self.draft.decoder}
        found = {name: one for name, one in parts.items() if one}
        self._contents = {name: read_part(intake.folder, one) for name, one in found.items()}
        self._runs: dict[str, Run] = {}
        foreign: dict[str, tuple[bytes, OnnxFile]] = {}
        for name, one in found.items():
            weights, data = self._contents[name]
            if isinstance(one.network, OnnxFile):
                foreign[name] = data, one.network
            else:
                self._runs[name] = _run_graph(one.network, weights, one.name)
        self._runs |= open_files(foreign)  # together, so that they share a process

    def guess(self, images: np.ndarray | None, taken: Pixels | None = None, given: Pixels | None = None) -> Guess:
        """Return the most likely interpretation.

        Args:
            images: uint8 `(n, h, w, c)` of the model's kind; None if there are none.
            taken, given: known pixels of the input and output; None to infer them.
        """
        return guess(self.draft, self._runs.get("encoder"), self._runs["decoder"], images, taken, given)

    def make(self, choices: Choices) -> Made:
        """Convert the networks to the form of bundles.

        Raises:
            ImportRefusedError: the choices do not fit.
            BundleError: onnxruntime cannot open the result.
        """
        config, (weights, onnx) = canonical_config(self.draft, self._contents, choices)
        return Made(config, weights, onnx)

    @cached_property
    def source_files(self) -> list[SourceFile]:
        """Name, size and hash of each imported file."""
        files: list[SourceFile] = []
        for index, name in enumerate(self.intake.names):
            data = (self.intake.folder / f"file-{index}").read_bytes()
            files.append(SourceFile(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()))
        return files

    def known_as(self) -> list[str]:
        """Return the ids of models that were imported from the same files."""
        hashes = {file.sha256 for file in self.source_files}
        imported = {entry.id: entry.card.imported for entry in list_models() if not entry.fault}
        return [id for id, one in imported.items() if one and {file.sha256 for file in one.files} == hashes]

    def keep(
        self,
        choices: Choices,
        title: str,
        dataset: str | None,
        report: Report = lambda what, done, total: None,
        notes: tuple[str, ...] = (),
    ) -> str:
        """Measure the model and save it as a user model.

        Args:
            title: shown to users.
            dataset: id of a data set of the model's kind; None if there is none, or if the model has no encoder. Pages
                then show samples from its prior.
            report: see `vae.evaluation.measure.evaluate`.
            notes: of the guess, if the choices are from it.

        Returns:
            The new model's id.

        Raises:
            ImportRefusedError: the choices do not fit.
            DataError: the data set is not available.
            BundleError: the bundle cannot be written.
        """
        made = self.make(choices)
        if dataset is not None and made.config.encodes:
            data = _data(dataset, made.config)
            metrics = evaluate(made.model, data, iwae_images=0, report=report, samples=0)
            reference = encode_reference(made.codec, load_test_split(dataset))
            wants = derive_input_style(data.train.images if len(data.train) else data.test.images)
        else:
            dataset = data = None
            reference = _sampled_reference(made.config)
            metrics = _no_metrics(made, reference)
            wants = derive_input_style(made.codec.decode_pixels(reference.z_mean))
        outputs = self.draft.encoder.outputs if self.draft.encoder else ()
        readings = [*choices.sentences(outputs), *notes, *self.draft.notes]
        card = Card(
            summary=_summary(made.config, self.draft.framework, data),
            licence=N_("Weights: see their author.") + (f" Data: {data.info.licence}." if data else ""),
            parameters=parameter_count(made.config),
            imported=ImportRecord(
                files=self.source_files,
                framework=self.draft.framework,
                readings=[line[:300] for line in readings][:20],
                finished=datetime.now(UTC).isoformat(timespec="seconds"),
            ),
            metrics=metrics,
        )
        with KEEPING:  # chosen after the measurement, during which another model may have taken an id
            title = clean_label(title, 80)
            id = free_id(title)
            save_bundle(
                models_folder() / id,
                id=id,
                title=title or id,
                dataset=dataset or generated_id(id),
                dataset_version=data.info.version if data else "",
                config=made.config,
                preprocessing=wants,
                weights=made.weights,
                onnx=made.onnx,
                card=card,
                reference=reference,
            )
        return id


def _data(dataset: str, config: ImportedConfig) -> Dataset:
    test = load_test_split(dataset)
    try:
        data = load_cached(dataset)
    except DataError:  # there are no training images, so there is no vote
        none = Split(test.images[:0], test.labels[:0])
        data = Dataset(dataset_info(dataset), none, none, test, N_("test images only"), complete=False)
    if data.info.image_shape != config.image_shape:
        raise ImportRefusedError(
            message(
                "The images of {title} are {image_shape}, this model's are {image_shape2}.",
                title=data.info.title,
                image_shape=data.info.image_shape,
                image_shape2=config.image_shape,
            ),
            "Choose another data set, or none.",
        )
    train = Split(data.train.images[:_VOTERS], data.train.labels[:_VOTERS])
    return Dataset(data.info, train, data.validation, test, data.origin, data.complete)


def _prior_samples(count: int, latent_dim: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, latent_dim), np.float32)


def _sampled_reference(config: ImportedConfig) -> Reference:
    """Return samples from the prior in place of encoded images."""
    codes = _prior_samples(generated_rows(config.image_shape), config.latent_dim)
    certain = np.full_like(codes, POINT_LOG_VAR)
    labels = np.zeros(len(codes), np.int64)
    return Reference(codes, certain, labels, leave_one_out_distances(codes, active_units(codes)))


def _no_metrics(made: Made, reference: Reference) -> Metrics:
    """Return the figures of a model without images: the effect of each dimension on decoded samples."""
    effect = effects(made.codec.decode, reference.z_mean[:_EFFECT_SAMPLES])
    nothing = dict.fromkeys(("elbo", "reconstruction", "kl", "iwae", "mse", "knn_accuracy"), None)
    zeros = dict.fromkeys(("images", "iwae_samples", "iwae_images", "knn_neighbours", "knn_reference"), 0)
    return Metrics(
        **nothing,
        **zeros,
        kl_per_dimension=[0.0] * len(effect),
        active_units=int(is_effective(effect).sum()),
        effect_per_dimension=effect.tolist(),
    )


def _summary(config: ImportedConfig, framework: str, data: Dataset | None) -> str:
    kind = "Decoder" if not config.encodes else "VAE" if config.variational else "Autoencoder"
    of = f" of {data.info.title}" if data else ""
    return message(
        "{kind}{of}, imported from {framework}: {latent_dim} dimensions.",
        kind=kind,
        of=of,
        framework=framework,
        latent_dim=config.latent_dim,
    )[:300]


def _run_graph(graph: Graph, weights: dict[str, np.ndarray], name: str) -> Run:
    """Return a function that runs a network of known layers in its original form."""
    session, largest = graph_session(graph, weights, name), graph.largest_batch()
    return lambda x: map_batches(session, np.ascontiguousarray(x, np.float32), largest=largest)
