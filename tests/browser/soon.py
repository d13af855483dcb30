"""Waits until a check passes."""

import time
from collections.abc import Callable

__all__ = ["soon"]


def soon(page, check: Callable[[], object], seconds: float = 120) -> None:
    """Repeat a check until it raises no `AssertionError`.

    Args:
        page: Playwright's, whose events are handled between two attempts.
        check: raises `AssertionError` while the page is not yet as expected.
        seconds: after which the last error is raised.
    """
    given_up = time.monotonic() + seconds
    while True:
        try:
            check()
            return
        except AssertionError:
            if time.monotonic() > given_up:
                raise
        page.wait_for_timeout(50)
