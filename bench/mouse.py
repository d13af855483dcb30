"""A mouse that moves at a fixed rate, as a real one does: it does not wait until the page has handled a move."""

import itertools
import json
import threading
import time
from collections.abc import Callable

from websockets.sync.client import connect

from tests.browser.app_server import free_port

__all__ = ["Mouse", "debugged"]

RATE = 60.0  # moves per second: a browser hands a page one move per frame


def debugged() -> tuple[int, str]:
    """Return a free port, and the argument of Chromium that opens its DevTools there."""
    port = free_port()
    return port, f"--remote-debugging-port={port}"


class Mouse:
    """The mouse of one page, driven over DevTools while Playwright drives everything else.

    Args:
        page: Playwright's.
        port: of `debugged`.
    """

    def __init__(self, page, port: int):
        session = page.context.new_cdp_session(page)
        target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
        session.detach()
        self._url = f"ws://127.0.0.1:{port}/devtools/page/{target}"

    def drag(self, path: Callable[[float], tuple[float, float]], seconds: float, pressed: bool) -> int:
        """Move along a path for some seconds; return the number of moves.

        Args:
            path: seconds → x, y in the window.
            pressed: whether the left button is down.
        """
        button = {"button": "left", "buttons": 1} if pressed else {"button": "none", "buttons": 0}
        numbers = itertools.count(1)
        with connect(self._url, proxy=None, max_size=None, compression=None) as socket:
            reading = threading.Thread(target=lambda: [None for _ in socket], daemon=True)  # the answers must be read
            reading.start()
            start = due = time.perf_counter()
            while (elapsed := time.perf_counter() - start) < seconds:
                x, y = path(elapsed)
                event = {"type": "mouseMoved", "x": float(x), "y": float(y), **button}
                message = {"id": next(numbers), "method": "Input.dispatchMouseEvent", "params": event}
                socket.send(json.dumps(message))
                due += 1 / RATE
                time.sleep(max(0, due - time.perf_counter()))
        return next(numbers) - 1
