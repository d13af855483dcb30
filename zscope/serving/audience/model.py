"""What phones are told about a model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vae.data import dataset_info
from vae.latent import profile
from vae.latent.sliders import slider_data
from zscope.library.registry import find_model, open_model
from zscope.serving.audience.messages import NO_CLASS

__all__ = ["Control", "RoomModel", "describe_model"]

_CONTROLS = 4  # sliders that fit a phone below the picture


@dataclass(frozen=True)
class Control:
    """A dimension that phones may move."""

    index: int
    low: float
    high: float


@dataclass(frozen=True)
class RoomModel:
    """A model as phones show it."""

    title: str
    latent_dim: int
    classes: tuple[str, ...]  # names; () if the data have none
    labels: np.ndarray  # (n,) classes of the reference images
    controls: tuple[Control, ...]  # the most important dimensions

    def class_near(self, row: int) -> int:
        """Return the class of a reference image; `NO_CLASS` if it has none."""
        label = int(self.labels[row]) if 0 <= row < len(self.labels) else NO_CLASS
        return label if label < len(self.classes) else NO_CLASS

    def values(self, code: np.ndarray) -> np.ndarray:
        """Return the numbers of a code (code_dim,) that phones show: those of the controls, then the class weights."""
        return np.concatenate([code[[control.index for control in self.controls]], code[self.latent_dim :]])

    def limited(self, values: Mapping[int, float]) -> dict[int, float]:
        """Return the values of dimensions that phones may move, within the ranges of their sliders."""
        return {
            control.index: min(control.high, max(control.low, values[control.index]))
            for control in self.controls
            if control.index in values
        }


def describe_model(model_id: str) -> RoomModel:
    """Describe a listed model. Reads files.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
    """
    bundle = open_model(model_id)
    metrics, config = bundle.card.metrics, bundle.manifest.model
    sliders = slider_data(
        profile(bundle.reference.z_mean, np.asarray(metrics.kl_per_dimension), metrics.effect_per_dimension)
    )
    # In the order of Explore: the most important first.
    chosen = [one for one in sliders if one["active"]][:_CONTROLS] if config.latent_dim > 2 else sliders
    return RoomModel(
        find_model(model_id).title,
        config.latent_dim,
        tuple(dataset_info(bundle.manifest.dataset).class_names),
        bundle.reference.labels,
        tuple(Control(one["index"], one["low"], one["high"]) for one in chosen),
    )
