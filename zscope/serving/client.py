"""A Python client of the live channel: NumPy in, NumPy out. For notebooks, tests and benchmarks."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect

from vae.errors import BadRequestError, ZscopeError
from vae.message import message
from zscope.serving.frames import pack_request, parse_reply
from zscope.serving.handshake import open_text, parse_opened
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.protocol import Header, MalformedFrameError, Operation

__all__ = ["LiveClient"]

_REPLY_BYTES = 64 << 20  # largest accepted message: far above the server's limit, and small beside the memory
_SEQUENCES = 2**32


class LiveClient:
    """A connection to one model of a running Zscope, for use from one thread.

    Args:
        url: the app's, "http://host:port", or the channel's, "ws://host:port/live".
        model: the model's id.
        lane: 0..7, used for all requests; lower lanes are served first.
        timeout: seconds to wait for one answer of the server.

    Raises:
        ConnectionLostError: there is no server, or it does not speak this protocol.
        ModelNotFoundError, BundleError: from the server, with its message and hint.

    Example:
        >>> with LiveClient("http://localhost:8501", "mnist-16") as live:
        ...     pixels = live.decode(np.zeros((1, live.latent_dim)))
    """

    def __init__(self, url: str, model: str, *, lane: int = 0, timeout: float = 60.0):
        self.last_milliseconds = 0.0  # computing time in the model of the latest call, summed over its chunks
        self._url = _channel_url(url)
        self._lane = lane
        self._timeout = timeout
        self._sequence = 0
        try:
            # Entered here, exited by `close`. Not compressed: codes and pixels hardly shrink, and it takes time.
            self._socket = connect(self._url, compression=None, max_size=_REPLY_BYTES, open_timeout=timeout).__enter__()
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise ConnectionLostError(
                message("No live channel at {url}: {error}.", url=self._url, error=error),
                "Start the app, or correct the address.",
            ) from error
        try:
            self._socket.send(open_text(model))
            answer = self._receive()
            if not isinstance(answer, str):
                raise MalformedFrameError("The server answered the opening with binary data; expected JSON text.")
            self._opened = parse_opened(answer)
        except (ConnectionClosed, ZscopeError) as error:
            self.close()
            raise _typed(error) from None

    def __enter__(self) -> "LiveClient":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def latent_dim(self) -> int:
        """Width of a code. For a class-conditional model, a code is z followed by the class weights."""
        return self._opened.layout.code_dim

    @property
    def classes(self) -> int:
        """Number of class weights at the end of a code, whose sum is 1; 0 if the model is not class-conditional."""
        return self._opened.layout.classes

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self._opened.layout.image_shape

    @property
    def device(self) -> str:
        """The device that the model runs on: "CPU", "GPU", …"""
        return self._opened.device

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Decode codes (n, latent_dim), in chunks where n is large, to pixels, uint8 (n, h, w, c).

        Raises:
            BadRequestError: wrong shape, or a NaN or infinity.
            ConnectionLostError: the connection is lost.
        """
        return self._ask(Operation.DECODE, codes)

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode images, uint8 (n, h, w, c), to mean and log-variance, float32 (n, latent_dim) each.

        Raises:
            BadRequestError: wrong shape or dtype.
            ConnectionLostError: the connection is lost.
        """
        both = self._ask(Operation.ENCODE, _bytes(images))  # (n, 2 latent_dim)
        return both[:, : self.latent_dim], both[:, self.latent_dim :]

    def reconstruct(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Encode images, uint8 (n, h, w, c), and decode the means: mean, log-variance, and pixels, uint8 (n, h, w, c).

        One request instead of the two of `encode` and `decode`.

        Raises:
            BadRequestError: wrong shape or dtype.
            ConnectionLostError: the connection is lost.
        """
        outputs = self._ask(Operation.RECONSTRUCT, _bytes(images))
        codes = np.ascontiguousarray(outputs[:, : 8 * self.latent_dim]).view("<f4")
        pixels = outputs[:, 8 * self.latent_dim :].reshape(-1, *self.image_shape)
        return codes[:, : self.latent_dim], codes[:, self.latent_dim :], pixels

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Measure how far codes (n, latent_dim) lie from the data.

        Returns:
            float32 (n, 3): percentile, distance, index of the nearest reference image.

        Raises:
            BadRequestError: wrong shape, or a NaN or infinity.
            ConnectionLostError: the connection is lost.
        """
        return self._ask(Operation.MEASURE, codes)

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Place codes (n, latent_dim) on the map that was opened with the model: float32 (n, 2).

        Raises:
            BadRequestError: wrong shape, a NaN or infinity, or no map.
            ConnectionLostError: the connection is lost.
        """
        return self._ask(Operation.PLACE, codes)

    def invert(self, places: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Find codes for places (n, 2) on the map.

        Args:
            codes: (n, latent_dim); the components that the map does not determine are taken from them.

        Returns:
            float32 (n, latent_dim + 4): code, error, trust, and the place of the re-encoded picture.

        Raises:
            BadRequestError: wrong shapes, a NaN or infinity, or no map.
            ConnectionLostError: the connection is lost.
        """
        return self._ask(Operation.INVERT, np.concatenate([places, codes], axis=1))

    def send(self, operation: Operation, inputs: np.ndarray, lane: int | None = None) -> int:
        """Send one request within the limits, without waiting for the reply; return its sequence number."""
        self._sequence = (self._sequence + 1) % _SEQUENCES
        lane = self._lane if lane is None else lane
        frame = pack_request(operation, lane, self._sequence, np.asarray(inputs), self._opened.layout)
        try:
            self._socket.send(frame)
        except ConnectionClosed as error:
            raise _typed(error) from None
        return self._sequence

    def receive(self) -> tuple[Header, np.ndarray | ZscopeError]:
        """Wait for the next reply to any request; return its header, and its outputs (read-only) or its error."""
        try:
            frame = self._receive()
        except ConnectionClosed as error:
            raise _typed(error) from None
        if isinstance(frame, str):
            raise MalformedFrameError("The server sent text after the opening; expected binary replies.")
        return parse_reply(frame, self._opened.layout)

    def close(self) -> None:
        """Close the connection. May be called twice."""
        self._socket.__exit__(None, None, None)

    def _ask(self, operation: Operation, inputs: np.ndarray) -> np.ndarray:
        self.last_milliseconds = 0.0
        shape, dtype = self._opened.layout.reply_row(operation)
        outputs = [self._ask_once(operation, chunk) for chunk in self._chunks(operation, np.asarray(inputs))]
        return np.concatenate([np.empty((0, *shape), dtype), *outputs])

    def _chunks(self, operation: Operation, inputs: np.ndarray) -> Iterator[np.ndarray]:
        # Checked as a whole, so that an empty array of a wrong width is refused too.
        pack_request(operation, self._lane, 0, inputs[:0], self._opened.layout)
        rows = self._opened.encode_rows if operation is Operation.ENCODE else self._opened.decode_rows
        if operation is Operation.RECONSTRUCT:
            rows = min(rows, self._opened.encode_rows)
        for start in range(0, len(inputs), rows):
            yield inputs[start : start + rows]

    def _ask_once(self, operation: Operation, inputs: np.ndarray) -> np.ndarray:
        sequence = self.send(operation, inputs)
        while True:
            header, outputs = self.receive()
            if header.sequence != sequence:
                continue  # the reply to an earlier `send`
            if isinstance(outputs, ZscopeError):
                raise outputs
            self.last_milliseconds += header.milliseconds
            return outputs

    def _receive(self) -> str | bytes:
        try:
            return self._socket.recv(self._timeout)
        except TimeoutError:
            raise ConnectionLostError(
                message("{url} did not answer within {timeout} s.", url=self._url, timeout=f"{self._timeout:g}")
            ) from None


def _bytes(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    if images.dtype != np.uint8:
        # A silent cast would turn grey levels in 0..1 black.
        raise BadRequestError(message("The images have the dtype {dtype}.", dtype=images.dtype), "Use uint8, 0..255.")
    return images


def _channel_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("ws", "wss"):
        return url
    if parts.scheme not in ("http", "https"):
        raise BadRequestError(
            message("{url} is not the address of an app.", url=repr(url)),
            "Use http://host:port or ws://host:port/live.",
        )
    path = parts.path.rstrip("/")
    path = path if path.endswith("/live") else path + "/live"
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, path, "", ""))


def _typed(error: ConnectionClosed | ZscopeError) -> ZscopeError:
    if isinstance(error, ZscopeError):
        return error
    close = error.rcvd
    reason = f" with {close.code}: {close.reason}" if close else ""
    return ConnectionLostError(message("The server closed the connection{reason}.", reason=reason), "Connect again.")
