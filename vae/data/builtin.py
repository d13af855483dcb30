"""The built-in data sets, and the description that every data set has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vae.data.attribute import Attribute
from vae.errors import DataError
from vae.message import N_
from vae.registry import Registry

__all__ = ["CATALOG", "DatasetInfo"]


@dataclass(frozen=True)
class DatasetInfo:
    """Describes a data set, wherever its files come from.

    A built-in data set has either an archive, which is read from a data folder, Keras' cache or a download, or a
    function `load`. User data have neither.

    Attributes:
        image_shape: height, width, channels.
        class_names: () if the images have no classes; every label is 0 then.
        archive: name of the `.npz` file in a data folder; None without an archive.
        source: the authors and the publication; for user data, the original folder or zip.
        version: changes when a user data set is added again under the same id; "" for other data sets. It is part of
            URLs that a browser may cache.
        attributes: properties of the images besides the class; () for none.
        keys: keys of the archive's arrays: training images and labels, test images and labels.
        cached: the file or folder in Keras' cache; "" for the archive's name.
        keras: the module of `keras.datasets` that downloads and reads it; "" if Keras has none.
        url, sha256: address and hash of the archive, if Keras has no module for it; "" for none.
        train_images: number of training images in the archive, including those for validation; 0 if unknown.
        megabytes: size of the download.
        load: for a data set without an archive, a function of this record that returns a `Dataset`, or "module:name".
    """

    id: str
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    archive: str | None
    licence: str
    source: str
    version: str = ""
    attributes: tuple[Attribute, ...] = ()
    keys: tuple[str, str, str, str] = ("x_train", "y_train", "x_test", "y_test")
    cached: str = ""
    keras: str = ""
    url: str = ""
    sha256: str = ""
    train_images: int = 0
    megabytes: int = 0
    load: str | Callable[..., Any] | None = None

    @property
    def download(self) -> str:
        """The source of the download, for messages; "" if it cannot be downloaded."""
        return N_("Keras' download") if self.keras else urlsplit(self.url).hostname or ""


_DIGITS = tuple("0123456789")

CATALOG: Registry[DatasetInfo] = Registry("built-in data set", key="id", error=DataError)

CATALOG.register(
    DatasetInfo(
        id="mnist",
        title="MNIST",
        image_shape=(28, 28, 1),
        class_names=_DIGITS,
        archive="mnist.npz",
        licence="CC BY-SA 3.0",
        source="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
        keras="mnist",
        train_images=60_000,
        megabytes=11,
    )
)
CATALOG.register(
    DatasetInfo(
        id="fashion-mnist",
        title="Fashion-MNIST",
        image_shape=(28, 28, 1),
        class_names=(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ),
        archive="fashion_mnist.npz",
        licence="MIT",
        source="H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, arXiv:1708.07747",
        cached="fashion-mnist",  # four files in a folder
        keras="fashion_mnist",
        train_images=60_000,
        megabytes=30,
    )
)  # fmt: skip
CATALOG.register(
    DatasetInfo(
        id="digits",
        title="scikit-learn digits",
        image_shape=(8, 8, 1),
        class_names=_DIGITS,
        archive=None,
        licence="CC BY 4.0",
        source="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, as packed in scikit-learn",
        load="vae.data.digits:load_digits",
    )
)
