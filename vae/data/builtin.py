"""The built-in data sets, and the description that every data set has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vae.errors import DataError
from vae.registry import Registry

__all__ = ["CATALOG", "DatasetInfo"]


@dataclass(frozen=True)
class DatasetInfo:
    """What is true of a data set wherever its files come from.

    A built-in data set is an archive, looked for in a data folder, in Keras' cache and for download, or comes from
    `load`. One of the user has neither.

    Attributes:
        image_shape: height, width, channels.
        class_names: () where the images have no classes: every label is 0 then.
        archive: name of the `.npz` file in a data folder; None where there is no such file.
        source: who made it.
        version: changes when a user makes a set of the same id anew; "" where nothing ever changes. Addresses that a
            browser may keep carry it.
        keys: of the archive's arrays: training images and labels, test images and labels.
        cached: the file or folder in Keras' cache; the archive's name when "".
        keras: the module of `keras.datasets` that downloads and reads it; "" where Keras does not know it.
        url, sha256: where else the archive is downloaded from, and its hash; "" for nowhere.
        train_images: how many the archive holds to train on, those for validation included; 0 where not known.
        megabytes: of the download.
        load: of a data set without an archive: a function of this record that returns a `Dataset`, or "module:name".
    """

    id: str
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    archive: str | None
    licence: str
    source: str
    version: str = ""
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
        """Where it is downloaded from, in words; "" for nowhere."""
        return "Keras' download" if self.keras else urlsplit(self.url).hostname or ""


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
