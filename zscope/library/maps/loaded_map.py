"""A bundle with one of its maps, ready to be walked on: what the live channel serves to the Map page."""

import numpy as np

from vae.errors import BadRequestError
from vae.inference.loaded_model import LoadedModel
from vae.latent.projections import LinearMap, NeighbourMap, dimension_map, direction_map, pca_map
from zscope.library.maps.making import MapParts, find_map
from zscope.library.maps.spec import parse_spec
from zscope.library.open_models import load_model

__all__ = ["LoadedMap", "load_map", "projection_of"]

_BASE = 1_000_000  # bytes: what a map has of its own
_COPIES = 4  # of the codes, as the search for neighbours keeps them


class LoadedMap:
    """A model with one of its maps: it places codes on the map, and finds codes for places of it.

    Args:
        id: what it was opened by: the model's id and the map's settings.
        parts: of the map.
        model: whose networks decode and encode; all its maps share them.

    Attributes:
        base: the model.
        memory_bytes: about as much as it takes beside the model.
        others: as of the model.
    """

    def __init__(self, id: str, parts: MapParts, model: LoadedModel):
        self.model_id = id
        self.base = model
        self.map = projection_of(parts)
        self.memory_bytes = _BASE + (0 if parts.coordinates is None else _COPIES * parts.points.z_mean.nbytes)
        self.codec = model.codec
        self.latent_dim, self.code_dim, self.classes = model.latent_dim, model.code_dim, model.classes
        self.encodes, self.image_shape = model.encodes, model.image_shape
        self.device, self.largest_batch = model.device, model.largest_batch
        self.decode_pixels, self.encode, self.measure = model.decode_pixels, model.encode, model.measure

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Codes `(n, code_dim)`, of which z alone counts → places, float32 `(n, 2)`."""
        return self.map.place(codes[:, : self.latent_dim])

    def invert(self, places: np.ndarray) -> np.ndarray:
        """Places and codes `(n, 2 + code_dim)` → float32 `(n, code_dim + 4)`, see `zscope.serving.servable`."""
        xy, anchors = places[:, :2], places[:, 2:]
        z, error, trust = self._invert(xy, anchors[:, : self.latent_dim])
        codes = np.concatenate([z, anchors[:, self.latent_dim :]], axis=1)
        z_mean = codes
        if self.encodes:  # without an encoder, a picture is where its code is
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
    codes, spec = parts.points.z_mean, parts.spec
    if parts.coordinates is not None:
        return NeighbourMap(codes, parts.coordinates, parts.factor)
    if parts.direction:
        return direction_map(codes, np.array(parts.direction.vector), np.array(parts.direction.start))
    return dimension_map(codes, *spec.axes) if spec.method == "raw" else pca_map(codes, *spec.axes)


def load_map(id: str) -> LoadedMap:
    """Load a listed model with a map that is made already.

    Args:
        id: a model's id, `?`, and settings as `MapSpec.text` writes them.

    Raises:
        ModelNotFoundError: there is no such model.
        BundleError: its bundle is broken.
        BadRequestError: the settings are none, or their map is not made.
    """
    model_id, _, settings = id.partition("?")
    spec = parse_spec(settings)
    if spec.text() != settings:  # an engine for each spelling would be one too many
        raise BadRequestError("These settings are not written as the map's own text.", f"Write {spec.text()}")
    parts = find_map(model_id, spec)
    if parts is None:
        raise BadRequestError("This map is not made yet.", "Make it on the Map page first.")
    return LoadedMap(id, parts, load_model(model_id))
