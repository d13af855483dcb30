"""The two JSON files of a bundle, as strict schemas: unknown keys, wrong types and wild values are refused."""

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

# Where a model's networks lie; which of them there are, its settings tell.
NETWORK_FILES = ("weights.safetensors", "encoder.onnx", "decoder.onnx")
MODEL_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
ModelId = Annotated[str, Field(pattern=MODEL_ID)]
Line = Annotated[str, Field(max_length=300), WITHOUT_DIRECTION]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Series = Annotated[list[Finite], Field(max_length=10_000)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FileRecord(_Record):
    """What a file must be to be read at all."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _kind(model: dict | ModelConfig | ImportedConfig) -> str:
    """Which schema a model's settings are read with: a wrong one would name faults that are none."""
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
    dataset: ModelId  # an id of vae.data.CATALOG or of an own data set
    dataset_version: Annotated[str, Field(max_length=64)] = ""  # `DatasetInfo.version`: own sets of one name may differ
    model: Model
    preprocessing: InputStyle | None = None  # how its data lie in their frames; None in bundles of before
    files: dict[Line, FileRecord]

    @property
    def networks_hash(self) -> str:
        """What changes with the networks: their file's hash, or one of all their files' hashes and settings."""
        hashes = [self.files[name].sha256 for name in NETWORK_FILES if name in self.files]
        if isinstance(self.model, ModelConfig):
            return hashes[0]
        told = "\n".join([*hashes, self.model.model_dump_json()])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def expected_files(self) -> frozenset[str]:
        """The files that a bundle of this model has beside `model.json`."""
        names = {"card.json", "reference.npz"}
        if self.model.graphs:
            names.add("weights.safetensors")
        return frozenset(names | {f"{part}.onnx" for part in self.model.onnx_parts})


class Figure(_Record):
    """A measured figure with its standard error over the images (0 where none applies)."""

    value: Finite
    standard_error: Annotated[Finite, Field(ge=0)] = 0.0


class SampleFigures(_Record):
    """How like the test images a set of pictures is, and how much of them it covers; see `vae.evaluation.samples`."""

    precision: Figure  # share of the pictures that lie among the test images
    recall: Figure  # share of the test images that lie among the pictures
    density: Figure  # how crowded with test images the pictures' places are; 1 for a second set of real ones
    coverage: Figure  # share of the test images that have a picture near


class SampleQuality(SampleFigures):
    """The figures of draws from the prior, in the features of a small classifier of the data set."""

    images: int  # how many were drawn
    ceiling: SampleFigures  # of as many training images: what real pictures reach


class Metrics(_Record):
    """What `vae.evaluation.measure.evaluate` measures, on the test split, in nats per image where not said otherwise.

    None stands for what a model or its data do not have: a plain autoencoder has no bound on log p(x), data without
    classes or training images no kNN accuracy, data without a classifier no sample quality. Of a `binarize` model the
    bounds are of binary images, each pixel drawn once from its grey level; all other figures are of the grey ones.
    """

    images: int  # how many of the test split
    elbo: Figure | None  # under the model's own likelihood
    reconstruction: Figure | None  # E_q[log p(x | z)], one draw per image
    kl: Figure | None  # KL(q(z | x) || p(z)), summed over dimensions
    iwae: Figure | None  # importance-weighted bound on log p(x)
    iwae_samples: int  # k, draws per image; 0 without a bound
    iwae_images: int  # the seeded sub-sample of the test split it was measured on; 0 without a bound
    # per pixel value, of the picture decoded from the posterior mean, pixels in [0, 1]; None of a decoder alone
    mse: Figure | None
    knn_accuracy: Figure | None  # share of test images whose class the nearest training codes name
    knn_neighbours: int  # 0 without classes
    knn_reference: int  # how many training codes voted; 0 without classes
    kl_per_dimension: Series  # see `vae.latent.profile.kl_per_dimension`; zeros for a plain autoencoder
    active_units: int  # dimensions with Var(z_mean) > 0.01 over the test images
    samples: SampleQuality | None = None  # cards written before it was measured lack it
    # of a decoder alone, which has no KL: how far each dimension changes the picture (`vae.latent.profile.effects`)
    effect_per_dimension: Series = Field(default_factory=list)


class TrainingRecord(_Record):
    """How the weights came to be; `command` repeats it."""

    command: Annotated[str, Field(max_length=2000)]
    config: TrainConfig
    data_origin: Line
    train_images: int
    validation_images: int
    seconds: Annotated[Finite, Field(ge=0)]  # wall clock of the training alone
    backend: Line  # such as "tensorflow 2.21.0, Keras 3.15.1"
    device: Line
    finished: Line  # ISO 8601, UTC
    history: dict[Line, Series]  # per epoch, see vae.training.train
    began_with: "TrainingRecord | None" = None  # of the model whose weights it began with


class SourceFile(_Record):
    """A file that a model was imported from."""

    name: Line
    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ImportRecord(_Record):
    """Where an imported model comes from, and how its files were read."""

    files: Annotated[list[SourceFile], Field(max_length=6)]  # two networks, their data files
    framework: Line  # such as "Keras 3.15.1" or "ONNX, opset 18, by pytorch 2.13"
    readings: Annotated[list[Line], Field(max_length=20)]  # what was found or chosen, a sentence each
    finished: Line  # ISO 8601, UTC


class Card(_Record):
    """`card.json`. A model was trained with this project, or imported.

    Attributes:
        brought: when it came here as a bundle, ISO 8601, UTC: what the card tells is its maker's word.
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
        """When it was trained, or imported; ISO 8601, UTC."""
        return (self.training or self.imported).finished

    @model_validator(mode="after")
    def _has_one_origin(self):
        if (self.training is None) == (self.imported is None):
            raise ValueError("either training or imported tells where a model comes from")
        return self
