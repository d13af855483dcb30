"""`osc`: moves the point of Explore by OSC messages."""

import threading
from ipaddress import ip_address
from typing import Annotated, Any

import typer

from vae.errors import BadRequestError
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.remote import checked_change
from zscope.serving.remote_client import RemoteSender

__all__ = ["change_of", "osc"]


def osc(
    port: Annotated[int, typer.Option(min=1, max=65535, help="UDP port to listen on.")] = 9000,
    address: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0 lets other computers send messages.")
    ] = "127.0.0.1",
    app: Annotated[str, typer.Option(help="Address of the running app.")] = "http://localhost:8501",
    reply: Annotated[
        str, typer.Option(help="HOST:PORT that gets /zscope/percentile and /zscope/distance of the point.")
    ] = "",
    token: Annotated[
        str, typer.Option(help="Token of the app, if it is open to a network.", envvar="ZSCOPE_REMOTE_TOKEN")
    ] = "",
) -> None:
    """Receive OSC messages, and move the point of the Explore pages that follow.

    Messages: /zscope/z INDEX VALUE, /zscope/z/INDEX VALUE, /zscope/z VALUE VALUE …, /zscope/slider/INDEX SHARE,
    /zscope/random, /zscope/class NUMBER. In Explore, switch on "Follow OSC" under Controllers.
    """
    try:
        from pythonosc.dispatcher import Dispatcher
        from pythonosc.osc_server import BlockingOSCUDPServer
        from pythonosc.udp_client import SimpleUDPClient
    except ImportError:
        raise BadRequestError("The package python-osc is not installed.", 'Run: pip install "zscope[osc]"') from None
    answers = _parse_target(reply)
    with RemoteSender(app, token) as sender:
        bridge = _Bridge(sender)
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(bridge.receive)
        with BlockingOSCUDPServer((address, port), dispatcher) as server:
            print(
                f"Listening for OSC on {address}:{server.server_address[1]}. Pages that follow: {sender.followers}.",
                flush=True,
            )
            if not _is_local(address):
                print("Every computer that can reach this port can move the point.", flush=True)
            client = SimpleUDPClient(*answers) if answers else None
            threading.Thread(target=_answer, args=(sender, client, server), daemon=True).start()
            server.serve_forever(poll_interval=0.2)
    raise bridge.lost or ConnectionLostError("The app has closed the connection.", "Start zscope osc again.")


class _Bridge:
    """Sends what OSC messages mean; names what is wrong with a message once."""

    def __init__(self, sender: RemoteSender):
        self._sender = sender
        self._named: set[str] = set()
        self.lost: ConnectionLostError | None = None

    def receive(self, address: str, *arguments: object) -> None:
        """Handle a message."""
        try:
            self._sender.send(change_of(address, arguments))
        except ConnectionLostError as error:
            self.lost = error  # the thread of the answers ends the server
        except BadRequestError as error:
            if error.message not in self._named and len(self._named) < 100:
                self._named.add(error.message)
                print(f"{address[:60]}: {error.message}", flush=True)


def change_of(address: str, arguments: tuple[object, ...]) -> dict[str, Any]:
    """Return the change that an OSC message means, see `checked_change`.

    Raises:
        BadRequestError: the message means none.
    """
    match address.removeprefix("/zscope/").split("/"), arguments:
        case ["z"], (int(index), int() | float() as value) if not isinstance(index, bool):
            change: dict[str, Any] = {"set": {str(index): value}}
        case ["z"], (_, *_):
            change = {"z": list(arguments)}
        case ["z", index], (value,):
            change = {"set": {index: value}}
        case ["slider", index], (value,):
            change = {"slider": {index: value}}
        case ["random"], _:
            change = {"random": True}
        case ["class"], (int() | float() as number,) if float(number).is_integer():
            change = {"class": int(number)}
        case _:
            raise BadRequestError("Not a message that Zscope knows. See docs/controllers.md.")
    return checked_change(change)


def _answer(sender: RemoteSender, client: Any, server: Any) -> None:
    """Send the pages' reports by OSC; end the server when the app closes the connection."""
    for report in sender.reports():
        for name, value in report.items() if client else ():
            client.send_message(f"/zscope/{name}", value)
    server.shutdown()


def _parse_target(text: str) -> tuple[str, int] | None:
    host, _, port = text.rpartition(":")
    if not text:
        return None
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadRequestError(f"{text!r} is not HOST:PORT.", "Write it like 127.0.0.1:9001.")
    return host, int(port)


def _is_local(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
