"""`zscope` without a command: starts the server and opens the app."""

import os
import sys
from typing import Annotated

import typer

from vae.assets import APP
from zscope import __version__
from zscope.cli.window import open_window

__all__ = ["open_app"]


def _show_version(asked: bool) -> None:
    if asked:
        print(f"zscope {__version__}")
        raise typer.Exit


def open_app(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the app.")] = 8501,
    address: Annotated[
        str,
        typer.Option(help="Address to listen on. 0.0.0.0 lets other computers connect; there is no login."),
    ] = "localhost",
    browser: Annotated[bool, typer.Option(help="Open the app in a browser.")] = True,
    window: Annotated[
        bool,
        typer.Option(
            "--window", help="Open the app in a window of its own (Chrome, Edge or Chromium); closing it ends the app."
        ),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Replace this process with the server, unless a command follows."""
    if context.invoked_subcommand is not None:
        return
    host = "localhost" if address == "0.0.0.0" else address
    url = f"http://{host}:{port}"
    headless = window or not browser
    options = {"server.port": port, "server.address": address, "server.headless": str(headless).lower()}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    print(f"Zscope starts at {url}", flush=True)
    if window:
        open_window(url)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(APP / "app.py"), *words])
