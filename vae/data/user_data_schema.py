"""The strict schema of `data.json`, the record of a user data set beside its arrays."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vae.bidi import WITHOUT_DIRECTION
from vae.data.attribute import MAX_ATTRIBUTES
from vae.data.names import DATA_ID

__all__ = ["ArrayFile", "AttributeRecord", "RefusalRecord", "SplitRecord", "UserRecord"]

Line = Annotated[str, Field(max_length=300), WITHOUT_DIRECTION]
Side = Annotated[int, Field(ge=4, le=256)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ArrayFile(_Record):
    """One `.npy` file."""

    bytes: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SplitRecord(_Record):
    """`{split}-images.npy`, uint8 (rows, h, w, c), and `{split}-labels.npy`, int64 (rows,).

    `{split}-attributes.npy`, float32 (rows, attributes), exists if the data set has attributes.
    """

    rows: Annotated[int, Field(ge=1)]
    images: ArrayFile
    labels: ArrayFile
    attributes: ArrayFile | None = None


class RefusalRecord(_Record):
    """See `vae.data.refusals.Refusal`."""

    reason: Line
    count: Annotated[int, Field(ge=1)]
    examples: Annotated[list[Line], Field(max_length=10)]


class AttributeRecord(_Record):
    """See `vae.data.attribute.Attribute`."""

    name: Annotated[str, Field(min_length=1, max_length=60), WITHOUT_DIRECTION]
    kind: Literal["binary", "continuous"]


class UserRecord(_Record):
    """`data.json`."""

    format: Literal["zscope-data"] = "zscope-data"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=DATA_ID)]
    title: Annotated[str, Field(min_length=1, max_length=80), WITHOUT_DIRECTION]
    source: Line  # bare name of the original folder or zip
    created: Line  # ISO 8601, UTC
    image_shape: tuple[Side, Side, Literal[1, 3]]
    class_names: Annotated[list[Line], Field(max_length=1000)]  # none, or at least two
    # None without attributes: then earlier versions of Zscope read the record too.
    attributes: Annotated[list[AttributeRecord], Field(min_length=1, max_length=MAX_ATTRIBUTES)] | None = None
    seed: Annotated[int, Field(ge=0)]  # for the split
    train: SplitRecord
    validation: SplitRecord
    test: SplitRecord
    found: Annotated[int, Field(ge=0)]  # files that were examined
    refused: Annotated[list[RefusalRecord], Field(max_length=50)]
    notes: Annotated[list[Line], Field(max_length=50)]

    @model_validator(mode="after")
    def _classes(self):
        if len(self.class_names) == 1 or len(set(self.class_names)) != len(self.class_names):
            raise ValueError("class_names must be empty, or at least two different names")
        return self

    @model_validator(mode="after")
    def _attributes(self):
        names = [attribute.name for attribute in self.attributes or ()]
        if len(set(names)) != len(names):
            raise ValueError("attributes must have different names")
        if any(
            (part.attributes is None) != (self.attributes is None) for part in (self.train, self.validation, self.test)
        ):
            raise ValueError("every split needs a file of attributes if there are attributes, and none otherwise")
        return self
