"""`zscope` without a command: starts the server and opens the app."""

import os
import sys
from typing import Annotated

import typer

from vae.assets import APP
from zscope import __version__
from zscope.cli.window import open_window
from zscope.jobs.cluster.settings import cluster_settings

__all__ = ["open_app"]


def _show_version(asked: bool) -> None:
    if asked:
        print(f"zscope {__version__}")
        raise typer.Exit


def _print_network_addresses(port: int) -> None:
    # Imported here: a command must start quickly.
    from zscope.serving.audience.addresses import network_addresses

    addresses = [f"http://{address}:{port}" for address in network_addresses()]
    if not addresses:
        print("This computer has no network address, so no other computer can connect.", flush=True)
        return
    print(f"Other computers and phones in this network: {' or '.join(addresses)}", flush=True)
    print("Everyone who can reach this address can use Zscope and change its models. There is no login.", flush=True)


def open_app(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the app.")] = 8501,
    address: Annotated[
        str,
        typer.Option(help="Address to listen on. There is no login."),
    ] = "localhost",
    host: Annotated[
        bool,
        typer.Option("--host", help="Let computers and phones in the same network connect. There is no login."),
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host name by which browsers open the app, such as that of a proxy; can be repeated. `localhost`, "
            "addresses and this computer's own names are always allowed."
        ),
    ] = None,
    embed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="A site whose pages may show the app in a frame, such as `https://slides.example.org`; can be "
            "repeated.",
        ),
    ] = None,
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
    if host and address != "localhost":
        raise typer.BadParameter("Use either --host or --address.", param_hint="--host")
    cluster_settings()  # an invalid one is an error here, not in the server's log
    address = "0.0.0.0" if host else address
    url = f"http://{'localhost' if address == '0.0.0.0' else address}:{port}"
    headless = window or not browser
    options = {"server.port": port, "server.address": address, "server.headless": str(headless).lower()}
    if allowed_host:
        os.environ["ZSCOPE_ALLOWED_HOSTS"] = " ".join(allowed_host)
    if embed:
        from zscope.serving.security_headers import parse_ancestors

        os.environ["ZSCOPE_EMBED"] = " ".join(parse_ancestors(" ".join(embed)))
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    print(f"Zscope starts at {url}", flush=True)
    if host:
        _print_network_addresses(port)
    if window:
        open_window(url)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(APP / "app.py"), *words])
