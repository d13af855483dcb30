"""The built-in data sets, and the description that every data set has."""

from dataclasses import dataclass

__all__ = ["CATALOG", "DatasetInfo"]


@dataclass(frozen=True)
class DatasetInfo:
    """Describes a data set, wherever its files come from."""

    id: str
    title: str
    image_shape: tuple[int, int, int]  # height, width, channels
    class_names: tuple[str, ...]  # () where the images have no classes: every label is 0 then
    archive: str | None  # the file's name in a data folder, Keras' own; None where a package or a person holds the data
    licence: str
    source: str
    # Changes when a user data set of the same id is replaced; "" for all others. Part of URLs that browsers cache.
    version: str = ""


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
