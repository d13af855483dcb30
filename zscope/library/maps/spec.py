"""The settings of a map as a frozen record."""

import hashlib
import json
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from vae.errors import BadRequestError
from vae.models.config import make_config

__all__ = ["COMPUTED", "MapSpec", "parse_spec"]

COMPUTED = ("tsne", "umap")  # slow methods: computed by a process of their own and saved
# Settings of each method besides the images.
_SETTINGS = {
    "pca": ("axes",),
    "raw": ("axes",),
    "along": ("direction",),
    "tsne": ("perplexity", "seed"),
    "umap": ("neighbours", "min_dist", "seed"),
}
_VERSION = 1  # increased when settings that are not in the record change a map

Axis = Annotated[int, Field(ge=0, le=511)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid", strict=True))
class MapSpec:
    """A projection of a model's codes to the plane. Settings that a method does not use have their defaults."""

    method: Literal["pca", "raw", "along", "tsne", "umap"] = "tsne"
    images: Literal["test", "all"] = "test"  # the test split, or every available image
    axes: tuple[Axis, Axis] = (0, 1)  # raw: latent dimensions; pca: principal axes, the widest first
    direction: Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9-]*$")] = ""  # along: id of a kept direction
    perplexity: Annotated[float, Field(ge=2, le=500)] = (
        30.0  # tsne: how many neighbours a point keeps near; 30 also means as many as few points allow
    )
    neighbours: Annotated[int, Field(ge=2, le=500)] = 15  # umap: the same, 15 as well
    min_dist: Annotated[float, Field(ge=0, le=1)] = 0.1  # umap: how tightly points may be packed
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0  # tsne, umap

    @model_validator(mode="after")
    def _makes_sense(self):
        if self.axes[0] == self.axes[1]:
            raise ValueError("a map needs two different axes")
        if self.method == "along" and not self.direction:
            raise ValueError("a map along a direction needs one")
        return self

    def text(self) -> str:
        """Return the settings as a URL query for `parse_spec`; equal maps have equal texts."""
        told = {name: getattr(self, name) for name in ("images", *_SETTINGS[self.method])}
        if "axes" in told:
            told["axes"] = ",".join(map(str, told["axes"]))
        return urlencode({"method": self.method} | told, safe=",")

    def key(self, codes: str) -> str:
        """Return a name that is unique to the codes and settings.

        Args:
            codes: name of the codes, see `zscope.library.maps.points`.
        """
        settings = TypeAdapter(MapSpec).dump_python(self, mode="json")
        told = {name: settings[name] for name in ("method", *_SETTINGS[self.method])}
        text = json.dumps({"version": _VERSION, "codes": codes, **told}, sort_keys=True)
        return f"{self.method}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def parse_spec(text: str) -> MapSpec:
    """Parse the text of `MapSpec.text`, which is untrusted.

    Raises:
        BadRequestError: names the first fault.
    """
    try:
        told = dict(parse_qsl(text, strict_parsing=True, max_num_fields=10))
        if "method" not in told:
            raise ValueError("the method is missing")
        settings = {name: _READ.get(name, str)(value) for name, value in told.items()}
    except ValueError as error:
        raise BadRequestError(f"Invalid map settings: {error}.", "Open the map from the Map page.") from None
    return make_config(MapSpec, **settings)


_READ = {
    "axes": lambda text: [int(part) for part in text.split(",")],
    "perplexity": float,
    "neighbours": int,
    "min_dist": float,
    "seed": int,
}
