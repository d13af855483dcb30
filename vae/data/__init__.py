"""Data sets: what there is (`catalog`), where it comes from (`sources`), how it is split (`dataset`).

A person's own pictures: `intake` reads them (`files`, `decoding`, `class_folders`, `refusals`), `user_data_writing`
stores them (`parting`, `staging`), `own` lists and maps them.
"""

from vae.data.catalog import CATALOG, DatasetInfo, dataset_info, list_datasets
from vae.data.dataset import Dataset, Split
from vae.data.sources import has_test_split, load_at_hand, load_dataset, load_test_split

__all__ = [
    "CATALOG",
    "Dataset",
    "DatasetInfo",
    "Split",
    "dataset_info",
    "has_test_split",
    "list_datasets",
    "load_at_hand",
    "load_dataset",
    "load_test_split",
]
