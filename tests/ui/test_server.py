"""What the server does to its sockets."""

import socket

from ui.server import _send_at_once


def test_connections_to_come_send_at_once():
    """As Streamlit binds it: without saying that it is TCP, which asyncio goes by."""
    with socket.socket(socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        assert not listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        _send_at_once()
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
