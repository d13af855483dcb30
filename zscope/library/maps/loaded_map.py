"""A loaded model with one of its maps, which the live channel serves to the Map page."""

from collections.abc import Callable

import numpy as np

from vae.errors import BadRequestError, DataError
from vae.inference.loaded_model import LoadedModel
from vae.inference.pool import POOL
from vae.latent.projections import LinearMap, LinearProjection, NeighbourMap
from vae.message import message
from zscope.library.maps.making import MapParts, find_map
from zscope.library.maps.spec import parse_spec
from zscope.library.open_models import load_model

__all__ = ["LoadedMap", "load_map", "projection_of"]

_BASE = 200_000  # bytes that a map and its engine need besides codes
_COPIES = 4  # of the codes, in the search for neighbours


class LoadedMap:
    """A model with one of its maps: places codes on the map, and finds codes for positions on it.

    Args:
        id: the model's id and the map's settings.
        parts: the map.
        model: the model, whose networks all its maps share.

    Attributes:
        base: the model.
        components: coordinates of a place, 2 or 3.
        others: see `LoadedModel`.
    """

    def __init__(self, id: str, parts: MapParts, model: LoadedModel):
        self.model_id = id
        self.base = model
        self.map = projection_of(parts)
        self.components = parts.spec.components
        with POOL.reserve(
            _BASE + (0 if parts.coordinates is None else _COPIES * parts.points.z_mean.nbytes), id
        ) as keep:
            keep(self)
        self.codec = model.codec
        self.latent_dim, self.code_dim, self.classes = model.latent_dim, model.code_dim, model.classes
        self.encodes, self.image_shape, self.may_wait = model.encodes, model.image_shape, model.may_wait
        self.runtime, self.largest_batch, self.in_flight = model.runtime, model.largest_batch, model.in_flight
        self.decode_pixels, self.encode, self.measure = model.decode_pixels, model.encode, model.measure

    @property
    def device(self) -> str:
        """Of the model."""
        return self.base.device

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Place codes `(n, code_dim)` on the map by their z alone: float32 `(n, components)`."""
        return self.map.place(codes[:, : self.latent_dim])

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Find codes for positions: `(n, 2 + code_dim)` → `(n, code_dim + 4)`, see `zscope.serving.servable`.

        Raises:
            BadRequestError: a map of three components.
        """
        if self.components > 2:
            raise BadRequestError("A map of three components has no inverse.", "Use a map of two.")
        xy, anchors = places[:, :2], places[:, 2:]
        z, error, trust = self._invert(xy, anchors[:, : self.latent_dim])
        codes = np.concatenate([z, anchors[:, self.latent_dim :]], axis=1)
        z_mean = codes
        if self.encodes:  # without an encoder, a picture's code is the one it was decoded from
            z_mean, _ = self.codec.encode(np.clip(self.codec.decode(codes), 0, 1))
        return np.concatenate([codes, error[:, None], trust[:, None], self.map.place(z_mean)], axis=1)

    def _invert(self, xy: np.ndarray, anchors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if isinstance(self.map, LinearMap):
            z, error = self.map.invert(xy, anchors)
            return z, error, np.ones(len(xy), np.float32)
        z, error = self.map.invert(xy)
        return z, error, self.map.trust(xy)


def projection_of(parts: MapParts) -> LinearMap | NeighbourMap:
    """The map's geometry."""
    codes, projection = parts.points.z_mean, parts.spec.projection
    if isinstance(projection, LinearProjection):
        return projection.plane(codes, **parts.settings)
    if parts.coordinates is None:
        raise DataError(message("The map {key} has no coordinates.", key=parts.key), "Make it again.")
    return NeighbourMap(codes, parts.coordinates, parts.factor)


def load_map(id: str, load: Callable[[str], LoadedModel] = load_model) -> LoadedMap:
    """Load a listed model with an existing map.

    Args:
        id: a model's id, `?`, and settings as `MapSpec.text` writes them.
        load: model's id → the model.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
        BadRequestError: the settings are invalid, or the map does not exist yet.
    """
    model_id, _, settings = id.partition("?")
    spec = parse_spec(settings)
    if spec.text() != settings:  # one spelling for each map, so that it has one engine
        raise BadRequestError(
            "The map's settings are not in their standard form.", message("Use {text}", text=spec.text())
        )
    parts = find_map(model_id, spec)
    if parts is None:
        raise BadRequestError("This map does not exist yet.", "Make it on the Map page first.")
    return LoadedMap(id, parts, load(model_id))
