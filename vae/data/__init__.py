"""Data sets: the list (`catalog`), where the files come from (`sources`), how they are split (`dataset`).

User data: `intake` reads pictures (`files`, `decoding`, `class_folders`, `refusals`), `user_data_writing` stores them
(`splits`, `staging`), `user_data` lists and loads them.
"""

from vae.data.catalog import CATALOG, DatasetInfo, dataset_info, list_datasets
from vae.data.dataset import Dataset, Split
from vae.data.sources import has_test_split, load_cached, load_dataset, load_test_split

__all__ = [
    "CATALOG",
    "Dataset",
    "DatasetInfo",
    "Split",
    "dataset_info",
    "has_test_split",
    "list_datasets",
    "load_cached",
    "load_dataset",
    "load_test_split",
]
