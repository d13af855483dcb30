"""The data sets the project knows by name."""

from dataclasses import dataclass

from vae.errors import DataError

__all__ = ["CATALOG", "DatasetInfo", "dataset_info"]


@dataclass(frozen=True)
class DatasetInfo:
    """What is true of a data set wherever its files come from."""

    id: str
    title: str
    image_shape: tuple[int, int, int]  # height, width, channels
    class_names: tuple[str, ...]
    archive: str | None  # the file's name in a data folder, Keras' own; None where a package holds the data
    licence: str
    source: str


_DIGITS = tuple("0123456789")

CATALOG = {
    info.id: info
    for info in (
        DatasetInfo(
            "mnist", "MNIST", (28, 28, 1), _DIGITS, "mnist.npz", "CC BY-SA 3.0",
            "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
        ),
        DatasetInfo(
            "fashion-mnist", "Fashion-MNIST", (28, 28, 1),
            ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
             "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
            "fashion_mnist.npz", "MIT",
            "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, arXiv:1708.07747",
        ),
        DatasetInfo(
            "digits", "scikit-learn digits", (8, 8, 1), _DIGITS, None, "CC BY 4.0",
            "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, as packed in scikit-learn",
        ),
    )
}  # fmt: skip


def dataset_info(name: str) -> DatasetInfo:
    """The catalog's entry.

    Raises:
        DataError: there is none of that name.
    """
    if name not in CATALOG:
        raise DataError(f"No data set is called {name!r}.", f"Use one of {', '.join(CATALOG)}.")
    return CATALOG[name]
