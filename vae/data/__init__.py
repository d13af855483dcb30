"""Data sets: what there is (`catalog`), where it comes from (`sources`), how it is split (`dataset`)."""

from vae.data.catalog import CATALOG
from vae.data.dataset import Dataset, Split
from vae.data.sources import load_dataset, load_test_split

__all__ = ["CATALOG", "Dataset", "Split", "load_dataset", "load_test_split"]
