"""Strict schemas of the two JSON files of a bundle: unknown keys, wrong types and extreme values are refused."""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from vae.bidi import WITHOUT_DIRECTION
from vae.models.config import ModelConfig, TrainConfig
from vae.models.imported_config import ImportedConfig
from vae.pictures.preparation.input_style import InputStyle

__all__ = [
    "MODEL_ID",
    "NETWORK_FILES",
    "Card",
    "Figure",
    "FileRecord",
    "ImportRecord",
    "Manifest",
    "Metrics",
    "SampleFigures",
    "SampleQuality",
    "SourceFile",
    "TrainingRecord",
]

# The files with a model's networks; its config determines which of them exist.
NETWORK_FILES = ("weights.safetensors", "encoder.onnx", "decoder.onnx")
MODEL_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
ModelId = Annotated[str, Field(pattern=MODEL_ID)]
Line = Annotated[str, Field(max_length=300), WITHOUT_DIRECTION]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Series = Annotated[list[Finite], Field(max_length=10_000)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FileRecord(_Record):
    """Size and hash of a file of the bundle."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _kind(model: dict | ModelConfig | ImportedConfig) -> str:
    """Return the tag of the schema for a model's config; the other schema would report wrong faults."""
    network = model.get("network") if isinstance(model, dict) else getattr(model, "network", None)
    return "(imported)" if network == "imported" else "(own)"


Model = Annotated[
    Annotated[ModelConfig, Tag("(own)")] | Annotated[ImportedConfig, Tag("(imported)")], Discriminator(_kind)
]


class Manifest(_Record):
    """`model.json`."""

    format: Literal["zscope-model"] = "zscope-model"
    version: Literal[1] = 1
    id: ModelId
    title: Annotated[str, Field(min_length=1, max_length=80), WITHOUT_DIRECTION]
    dataset: ModelId  # an id of vae.data.CATALOG or of a user data set
    dataset_version: Annotated[str, Field(max_length=64)] = (
        ""  # `DatasetInfo.version`: user data sets with the same id may differ
    )
    model: Model
    preprocessing: InputStyle | None = None  # position and size of objects in its images; None in older bundles
    files: dict[Line, FileRecord]

    @property
    def networks_hash(self) -> str:
        """A hash that changes with the networks: of the weights file, or of all network files and the config."""
        hashes = [self.files[name].sha256 for name in NETWORK_FILES if name in self.files]
        if isinstance(self.model, ModelConfig):
            return hashes[0]
        text = "\n".join([*hashes, self.model.model_dump_json()])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def expected_files(self) -> frozenset[str]:
        """The files of this model's bundle, without `model.json`."""
        names = {"card.json", "reference.npz"}
        if self.model.graphs:
            names.add("weights.safetensors")
        return frozenset(names | {f"{part}.onnx" for part in self.model.onnx_parts})


class Figure(_Record):
    """A measured figure with its standard error over the images; 0 if none applies."""

    value: Finite
    standard_error: Annotated[Finite, Field(ge=0)] = 0.0


class SampleFigures(_Record):
    """Similarity of a set of images to the test images, and coverage of these; see `vae.evaluation.samples`."""

    precision: Figure  # share of the images that are among the test images
    recall: Figure  # share of the test images that are among the images
    density: Figure  # density of test images around the images; 1 for a second set of real images
    coverage: Figure  # share of the test images with an image nearby


class SampleQuality(SampleFigures):
    """Figures of samples from the prior, in the features of a small classifier of the data set."""

    images: int  # number of samples
    ceiling: SampleFigures  # the same figures for as many training images: the best that can be reached


class Metrics(_Record):
    """Results of `vae.evaluation.measure.evaluate` on the test split, in nats per image unless stated otherwise.

    None means that a figure does not exist: a plain autoencoder has no bound on log p(x), data without classes or
    training images have no kNN accuracy, and data without a classifier have no sample quality. The bounds of a
    `binarize` model are for binary images, each pixel drawn once from its grey level; all other figures are for the
    grey images.
    """

    images: int  # number of test images
    elbo: Figure | None  # under the model's likelihood
    reconstruction: Figure | None  # E_q[log p(x | z)], one draw per image
    kl: Figure | None  # KL(q(z | x) || p(z)), summed over dimensions
    iwae: Figure | None  # importance-weighted bound on log p(x)
    iwae_samples: int  # k, draws per image; 0 without a bound
    iwae_images: int  # size of the seeded sub-sample of the test split; 0 without a bound
    # per pixel value in [0, 1], for the image decoded from the posterior mean; None for a decoder alone
    mse: Figure | None
    knn_accuracy: Figure | None  # share of test images whose class the nearest training codes predict
    knn_neighbours: int  # 0 without classes
    knn_reference: int  # number of training codes; 0 without classes
    kl_per_dimension: Series  # see `vae.latent.profile.kl_per_dimension`; zeros for a plain autoencoder
    active_units: int  # dimensions with Var(z_mean) > 0.01 over the test images
    samples: SampleQuality | None = None  # older cards lack it
    # `mse` of principal component analysis of the same dimension (`vae.evaluation.pca`); older cards lack it
    pca_mse: Annotated[Figure | None, Field(exclude_if=lambda value: value is None)] = None
    # of a decoder alone, which has no KL divergence: the image's change by a dimension (`vae.latent.profile.effects`)
    effect_per_dimension: Series = Field(default_factory=list)


class TrainingRecord(_Record):
    """The training of the weights; `command` repeats it."""

    command: Annotated[str, Field(max_length=2000)]
    config: TrainConfig
    data_origin: Line
    train_images: int
    validation_images: int
    seconds: Annotated[Finite, Field(ge=0)]  # duration of the training alone
    backend: Line  # such as "tensorflow 2.21.0, Keras 3.15.1"
    device: Line
    finished: Line  # ISO 8601, UTC
    history: dict[Line, Series]  # per epoch, see vae.training.train
    began_with: "TrainingRecord | None" = None  # record of the model whose weights it started from


class SourceFile(_Record):
    """A file of an imported model."""

    name: Line
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ImportRecord(_Record):
    """Origin of an imported model, and the interpretation of its files."""

    files: Annotated[list[SourceFile], Field(max_length=6)]  # two networks, their data files
    framework: Line  # such as "Keras 3.15.1" or "ONNX, opset 18, by pytorch 2.13"
    readings: Annotated[list[Line], Field(max_length=20)]  # what was inferred or chosen, a sentence each
    finished: Line  # ISO 8601, UTC


class Card(_Record):
    """`card.json`: the description of a model that was trained here or imported.

    Attributes:
        brought: when the bundle was imported, ISO 8601, UTC. The card's contents are then not verified.
    """

    summary: Line
    licence: Line  # of the training data
    parameters: int
    training: TrainingRecord | None = None
    imported: ImportRecord | None = None
    brought: Line | None = None
    metrics: Metrics

    @property
    def finished(self) -> str:
        """Time of the training or the import, ISO 8601, UTC."""
        origin = self.training or self.imported
        if origin is None:  # never: `_has_one_origin`
            raise ValueError("the card has neither training nor imported")
        return origin.finished

    @model_validator(mode="after")
    def _has_one_origin(self):
        if (self.training is None) == (self.imported is None):
            raise ValueError("a card has either training or imported")
        return self
