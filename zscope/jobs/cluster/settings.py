"""The settings of the cluster, read from environment variables."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import os
import re
from dataclasses import dataclass

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["ClusterSettings", "cluster_settings"]

ADDRESS, WORKERS = "ZSCOPE_CLUSTER", "ZSCOPE_CLUSTER_WORKERS"
_LOCAL, _AUTO = "local", "auto"
_MOST_WORKERS = 1000


@dataclass(frozen=True)
class ClusterSettings:
    """Which cluster, and how many workers.

    Attributes:
        address: "local" starts Ray on this computer; "auto" joins the cluster that runs on it; else "host:port" of the
            head of a cluster that this computer is a node of.
        smallest, largest: number of workers. There are more than the smallest number while requests wait.
    """

    address: str
    smallest: int = 1
    largest: int = 4


def cluster_settings() -> ClusterSettings | None:
    """Return the settings of `ZSCOPE_CLUSTER` and `ZSCOPE_CLUSTER_WORKERS`, or None if no cluster is wanted.

    Raises:
        BadRequestError: a variable has no such value.
    """
    address = os.environ.get(ADDRESS, "").strip()
    if not address:
        return None
    if address.startswith("ray://"):
        raise BadRequestError(
            message(
                "{variable} is {value}: Ray Client is too slow for live pictures.", variable=ADDRESS, value=address
            ),
            "Start Ray on this computer as a node of the cluster, and use auto.",
        )
    if address not in (_LOCAL, _AUTO) and not re.fullmatch(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", address):
        raise BadRequestError(
            message("{variable} is {value}.", variable=ADDRESS, value=repr(address)),
            "Use local, auto, or the host and port of the cluster's head, such as 10.0.0.5:6379.",
        )
    return ClusterSettings(address, *_workers(os.environ.get(WORKERS, "").strip() or "1-4"))


def _workers(text: str) -> tuple[int, int]:
    """Read "4" or "1-8"."""
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text)
    smallest, largest = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= smallest <= largest <= _MOST_WORKERS:
        raise BadRequestError(
            message("{variable} is {value}.", variable=WORKERS, value=repr(text)),
            message("Use a number of workers from 1 to {most}, or a range such as 1-8.", most=_MOST_WORKERS),
        )
    return smallest, largest
