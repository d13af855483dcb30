"""Finds a browser for the tests, or installs one: `python -m tests.browser.chromium`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["find_chromium"]

# The shell is Chromium without its own user interface: pages open in a third less time.
_NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str | None:
    """Return the path of an installed browser: `CHROMIUM`, on the PATH, in a usual place, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for found in (*map(shutil.which, _NAMES), *_PLACES):
        if found and Path(found).is_file():
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    shells = own.parents[2].glob("chromium_headless_shell-*/*/*headless*shell*")
    return next((str(path) for path in (*shells, own) if os.access(path, os.X_OK)), None)


def _install() -> None:
    """Download Playwright's browser, or else install the system's package. The caller checks whether it succeeded."""
    print("No Chromium or Chrome found; getting one.", flush=True)
    playwright = [sys.executable, "-m", "playwright", "install", "--with-deps", "--only-shell", "chromium"]
    if subprocess.run(playwright).returncode == 0:
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-q"])
        for package in ("chromium-headless-shell", "chromium"):
            install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
            if subprocess.run(install, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}).returncode == 0:
                return


def main() -> int:
    if find_chromium() is None:
        _install()
    found = find_chromium()
    if found is None:
        print(
            "The browser tests need Chromium or Chrome, and none could be installed. Install one, name one with "
            "CHROMIUM=/path/to/it, or leave these tests out with: make test E2E=0",
            file=sys.stderr,
        )
        return 1
    print(f"Browser tests run in {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
