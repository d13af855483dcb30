"""The settings of a map as a frozen record."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode

from vae.errors import BadRequestError
from vae.latent.projections import PROJECTIONS, Projection
from vae.latent.projections.settings import Axes, Setting, Value
from vae.message import N_, message

__all__ = ["Images", "MapSpec", "parse_spec"]

Images = Literal["test", "all"]

_VERSION = 1  # of the algorithms' settings that are not in the record; a change gives another map
_OPEN_AGAIN = N_("Open the map from the Map page.")


@dataclass(frozen=True, init=False)
class MapSpec:
    """A projection of a model's codes to the plane, or to three dimensions.

    Attributes:
        method: a key of `PROJECTIONS`, the first one by default.
        images: "test", the test split, or "all", every image that is available.
        settings: name and value of each setting of the projection, in the projection's order.

    Args:
        settings: values by name; the others have their defaults.

    Raises:
        BadRequestError: there is no such projection, it has no such setting, or a value is out of range.
    """

    method: str
    images: Images
    settings: tuple[tuple[str, Value], ...]

    def __init__(self, /, method: str | None = None, images: str = "test", **settings: object):
        projection = PROJECTIONS[next(iter(PROJECTIONS)) if method is None else method]
        if images not in get_args(Images):
            raise BadRequestError(
                message("A map's images can't be {images}.", images=repr(str(images)[:40])),
                message("Use one of {get_args}.", get_args=", ".join(get_args(Images))),
            )
        names = [setting.name for setting in projection.settings]
        if other := sorted(settings.keys() - set(names)):
            raise BadRequestError(
                message("A map by {title} has no setting {other}.", title=projection.title, other=repr(other[0][:40])),
                message("It has {names}.", names=", ".join(names)) if names else "Remove the setting.",
            )
        values = tuple(
            (setting.name, setting.check(settings.get(setting.name, setting.default)))
            for setting in projection.settings
        )
        for name, value in (("method", projection.key), ("images", images), ("settings", values)):
            object.__setattr__(self, name, value)

    @property
    def projection(self) -> Projection:
        """The object of the method."""
        return PROJECTIONS[self.method]

    @property
    def values(self) -> Mapping[str, Value]:
        """The settings by name."""
        return dict(self.settings)

    @property
    def components(self) -> int:
        """The number of coordinates of a point, 2 or 3."""
        value = self.values.get("components")
        return value if isinstance(value, int) else 2

    def flat(self) -> "MapSpec":
        """Return the map of two components with otherwise the same settings."""
        values = {name: value for name, value in self.settings if name != "components"}
        return MapSpec(self.method, self.images, **values)

    def check_dims(self, dims: int, name: str) -> None:
        """Check the axes against a model.

        Args:
            dims: latent dimensions of the model.
            name: of the model.

        Raises:
            BadRequestError: the model has no such axes, or fewer dimensions than the map.
        """
        if self.components > max(dims, 2):
            raise BadRequestError(
                message(
                    "{name} has {dims} latent dimensions, but the map shows {components}.",
                    name=name,
                    dims=dims,
                    components=self.components,
                ),
                "Choose a map of two components.",
            )
        for setting in self.projection.settings:
            if not isinstance(setting, Axes):
                continue
            across, up = setting.check(self.values[setting.name])
            if max(across, up) >= setting.count(dims):
                raise BadRequestError(
                    message(
                        "{name} has {dims} latent dimensions, but the map shows {across} and {up}.",
                        name=name,
                        dims=dims,
                        across=across,
                        up=up,
                    ),
                    "Choose two of its dimensions." if dims > 1 else "Choose PCA, which draws a line.",
                )

    def text(self) -> str:
        """What `parse_spec` reads, in the form of a URL's query; the same for equal maps."""
        values = self.values
        written = {setting.name: setting.write(values[setting.name]) for setting in self._written()}
        return urlencode({"method": self.method, "images": self.images} | written, safe=",")

    def key(self, codes: str) -> str:
        """Return a name that is unique to the codes and settings.

        Args:
            codes: name of the codes, see `zscope.library.maps.points`.
        """
        values = self.values
        settings = {setting.name: values[setting.name] for setting in self._written()}
        record = {"version": _VERSION, "codes": codes, "method": self.method, **settings}
        text = json.dumps(record, sort_keys=True)
        return f"{self.method}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"

    def _written(self) -> list[Setting]:
        """Return the settings that texts and keys contain."""
        values = self.values
        return [one for one in self.projection.settings if not one.is_implied(values[one.name])]


def parse_spec(text: str) -> MapSpec:
    """Parse the text of `MapSpec.text`, which is untrusted.

    Raises:
        BadRequestError: names the first fault.
    """
    try:
        written = dict(parse_qsl(text, strict_parsing=True, max_num_fields=10))
    except ValueError:
        raise BadRequestError("A map's settings have the form name=value&name=value.", _OPEN_AGAIN) from None
    if "method" not in written:
        raise BadRequestError("The map's settings have no method.", _OPEN_AGAIN)
    readers = {setting.name: setting.read for setting in PROJECTIONS[written["method"]].settings}
    values: dict[str, object] = {}
    for name, value in written.items():
        try:
            values[name] = readers.get(name, str)(value)
        except ValueError:
            raise BadRequestError(
                message("The map's {name} can't be {value}.", name=name, value=repr(value[:40])), _OPEN_AGAIN
            ) from None
    return MapSpec(str(values.pop("method")), str(values.pop("images", "test")), **values)
