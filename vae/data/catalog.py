"""Looks up data sets by id: built-in, user and generated ones."""

from vae.data.builtin import CATALOG, DatasetInfo
from vae.data.generated import generated_info, is_generated
from vae.data.user_data import find_user_dataset, list_user_datasets
from vae.errors import DataNotFoundError
from vae.message import message

__all__ = ["CATALOG", "DatasetInfo", "dataset_info", "list_datasets"]


def dataset_info(name: str) -> DatasetInfo:
    """Return the description of the data set with that id. An id may come from a URL, so it is never used as a path.

    Raises:
        DataNotFoundError: no data set has that id.
        DataError: it is a broken user data set.
    """
    if name in CATALOG:
        return CATALOG[name]
    entry = find_user_dataset(name)
    if entry is None and is_generated(name):
        return generated_info(name)
    if entry is None:
        known = [*CATALOG, *(entry.id for entry in list_user_datasets() if not entry.fault)]
        raise DataNotFoundError(
            message("No data set is called {name}.", name=repr(name[:80])),
            message("Use one of {known}.", known=", ".join(known)),
        )
    return entry.info


def list_datasets() -> list[DatasetInfo]:
    """Return all data sets to train on: the built-in ones, then the user data sets that are not broken."""
    return [*CATALOG.values(), *(entry.info for entry in list_user_datasets() if not entry.fault)]
