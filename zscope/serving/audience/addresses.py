"""The addresses of this computer in its networks, found without sending anything."""

import ipaddress
import socket
import struct
import sys
from contextlib import suppress

__all__ = ["is_loopback", "network_addresses"]

_OUTSIDE = "192.0.2.1"  # of a range for documents (RFC 5737): it is not assigned, so the default route is used
_GET_ADDRESS = 0x8915  # SIOCGIFADDR of Linux


def network_addresses() -> list[str]:
    """Return the IPv4 addresses of this computer in its networks, that of the default route first."""
    found = [_default_address(), *(_of_interfaces() if sys.platform == "linux" else _of_host_name())]
    return list(dict.fromkeys(address for address in found if address and not _is_local(address)))


def is_loopback(host: str) -> bool:
    """Return whether only this computer can connect to a host name or address."""
    if host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _default_address() -> str:
    # To connect a UDP socket only chooses the route: no packet is sent.
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((_OUTSIDE, 9))
        return probe.getsockname()[0]
    return ""  # no default route


def _of_interfaces() -> list[str]:
    import fcntl

    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # an interface without an address
                answer = fcntl.ioctl(probe.fileno(), _GET_ADDRESS, struct.pack("256s", name.encode()[:15]))
                found.append(socket.inet_ntoa(answer[20:24]))
    return found


def _of_host_name() -> list[str]:
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []


def _is_local(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local
