"""Shows the app in a window of its own: the app mode of an installed Chrome, Edge or Chromium.

`zscope --window` starts this module as a process beside the server. Closing the window stops the server.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from vae.errors import BadRequestError

__all__ = ["find_browser", "open_window"]

_NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "microsoft-edge", "brave-browser")
_FILES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_WAIT = 120  # seconds for the server to start


def find_browser() -> str:
    """Return the path of a browser with an app mode.

    Raises:
        BadRequestError: there is none.
    """
    found = [path for path in map(shutil.which, _NAMES) if path] + [path for path in _FILES if Path(path).is_file()]
    if not found:
        raise BadRequestError(
            "--window needs Chrome, Edge or Chromium, and none was found.",
            "Install one, or start zscope without --window.",
        )
    return found[0]


def open_window(url: str) -> None:
    """Start a process that opens the window once the server of this process answers.

    Args:
        url: of the app. This process becomes the server.

    Raises:
        BadRequestError: there is no browser with an app mode, or this is Windows.
    """
    if sys.platform == "win32":  # the server would not have this process's number
        raise BadRequestError("--window works on Linux and macOS only.", "Start zscope without --window.")
    browser = find_browser()
    subprocess.Popen([sys.executable, "-m", "zscope.cli.window", browser, url, str(os.getpid())])


def _show(browser: str, url: str, server: int) -> None:
    """Wait for the server, show the window until it is closed, and stop the server."""
    if not _answers(url, server):
        return
    # With a separate profile, this process ends with the window; otherwise, a browser that runs already would open it.
    profile = Path.home() / ".zscope" / "window"
    profile.mkdir(parents=True, exist_ok=True)
    subprocess.run([browser, f"--app={url}", f"--user-data-dir={profile}", "--no-first-run"], check=False)
    if _runs(server):
        os.kill(server, signal.SIGINT)


def _answers(url: str, server: int) -> bool:
    """Wait until the server answers; return False if it ends."""
    end = time.monotonic() + _WAIT
    while time.monotonic() < end and _runs(server):
        try:
            with urlopen(f"{url}/_stcore/health", timeout=5):
                return True
        except (URLError, OSError):
            time.sleep(0.2)
    return False


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    _show(sys.argv[1], sys.argv[2], int(sys.argv[3]))
