"""Every data set by its id: those that come with the project and the person's own."""

from vae.data.builtin import CATALOG, DatasetInfo
from vae.data.generated import drawn_info, is_drawn
from vae.data.user_data import find_own, list_own
from vae.errors import DataNotFoundError

__all__ = ["CATALOG", "DatasetInfo", "dataset_info", "list_datasets"]


def dataset_info(name: str) -> DatasetInfo:
    """What is true of the data set of that id. An id may come from a URL: it is never taken for a path.

    Raises:
        DataNotFoundError: there is none of that id.
        DataError: it is user data and broken.
    """
    if name in CATALOG:
        return CATALOG[name]
    entry = find_own(name)
    if entry is None and is_drawn(name):
        return drawn_info(name)
    if entry is None:
        known = [*CATALOG, *(own.id for own in list_own() if not own.fault)]
        raise DataNotFoundError(f"No data set is called {name[:80]!r}.", f"Use one of {', '.join(known)}.")
    return entry.info


def list_datasets() -> list[DatasetInfo]:
    """All that can be trained on: the built-in ones, then the person's own, without broken ones (see `list_own`)."""
    return [*CATALOG.values(), *(entry.info for entry in list_own() if not entry.fault)]
