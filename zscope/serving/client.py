"""A Python client of the live channel: NumPy in, NumPy out. For notebooks, tests and benchmarks."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import connect

from vae.errors import BadRequestError, ZscopeError
from zscope.serving.frames import pack_request, parse_reply
from zscope.serving.handshake import open_text, parse_opened
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.protocol import Header, MalformedFrameError, Operation

__all__ = ["LiveClient"]

_REPLY_BYTES = 64 << 20  # most that is taken from a server: far above its own limit, far below a memory's
_SEQUENCES = 2**32


class LiveClient:
    """A connection to one model of a running Zscope, for use from one thread.

    Args:
        url: of the app, "http://host:port", or of the channel itself, "ws://host:port/live".
        model: the model's id.
        lane: 0..7, of all requests of this client; lower lanes are served first.
        timeout: seconds to wait for any one answer of the server.

    Raises:
        ConnectionLostError: no server there, or none that speaks this protocol.
        ModelNotFoundError, BundleError: from the server, with its message and mend.

    Example:
        >>> with LiveClient("http://localhost:8501", "mnist-16") as live:
        ...     pixels = live.decode(np.zeros((1, live.latent_dim)))
    """

    def __init__(self, url: str, model: str, *, lane: int = 0, timeout: float = 60.0):
        self.last_milliseconds = 0.0  # spent inside the model for the latest call, all its chunks together
        self._url = _channel_url(url)
        self._lane = lane
        self._timeout = timeout
        self._sequence = 0
        try:
            # Entered here, left by `close`. Not compressed: codes and pixels hardly shrink, and it takes time.
            self._socket = connect(self._url, compression=None, max_size=_REPLY_BYTES, open_timeout=timeout).__enter__()
        except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
            raise ConnectionLostError(f"No live channel at {self._url}: {error}.", "Is the app running?") from error
        try:
            self._socket.send(open_text(model))
            answer = self._receive()
            if not isinstance(answer, str):
                raise MalformedFrameError("A binary answer to the opening; expected a JSON text.")
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
        """Width of a code; of a class-conditional model, z followed by its class weights."""
        return self._opened.layout.code_dim

    @property
    def classes(self) -> int:
        """How many numbers of a code, its last ones, are class weights with the sum 1; 0 for most models."""
        return self._opened.layout.classes

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return self._opened.layout.image_shape

    @property
    def device(self) -> str:
        """What the model runs on: "CPU", "GPU", …"""
        return self._opened.device

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) → pixels, uint8 (n, h, w, c). n may be any number; the server's limits are kept.

        Raises:
            BadRequestError: another shape, or a NaN or infinity.
            ConnectionLostError: the connection is gone.
        """
        return self._ask(Operation.DECODE, codes)

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images, uint8 (n, h, w, c) → mean and log-variance, float32 (n, latent_dim) each.

        Raises:
            BadRequestError: another shape or dtype.
            ConnectionLostError: the connection is gone.
        """
        both = self._ask(Operation.ENCODE, _bytes(images))  # (n, 2 latent_dim)
        return both[:, : self.latent_dim], both[:, self.latent_dim :]

    def reconstruct(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Images, uint8 (n, h, w, c) → mean and log-variance as of `encode`, and the mean's pixels, uint8 (n, h, w, c).

        One way there and back, where `encode` and `decode` take two.

        Raises:
            BadRequestError: another shape or dtype.
            ConnectionLostError: the connection is gone.
        """
        outputs = self._ask(Operation.RECONSTRUCT, _bytes(images))
        codes = np.ascontiguousarray(outputs[:, : 8 * self.latent_dim]).view("<f4")
        pixels = outputs[:, 8 * self.latent_dim :].reshape(-1, *self.image_shape)
        return codes[:, : self.latent_dim], codes[:, self.latent_dim :], pixels

    def measure(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) → float32 (n, 3): percentile, distance, index of the nearest reference image.

        Raises:
            BadRequestError: another shape, or a NaN or infinity.
            ConnectionLostError: the connection is gone.
        """
        return self._ask(Operation.MEASURE, codes)

    def place(self, codes: np.ndarray) -> np.ndarray:
        """Codes (n, latent_dim) → places on the map that was opened with the model, float32 (n, 2).

        Raises:
            BadRequestError: another shape, a NaN or infinity, or no map.
            ConnectionLostError: the connection is gone.
        """
        return self._ask(Operation.PLACE, codes)

    def invert(self, places: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Places (n, 2) → float32 (n, latent_dim + 4): code, error, trust, and where its picture's own code lies.

        Args:
            codes: (n, latent_dim), which what the map leaves open is taken from.

        Raises:
            BadRequestError: other shapes, a NaN or infinity, or no map.
            ConnectionLostError: the connection is gone.
        """
        return self._ask(Operation.INVERT, np.concatenate([places, codes], axis=1))

    def send(self, operation: Operation, inputs: np.ndarray, lane: int | None = None) -> int:
        """Send one request, within the limits, without waiting; returns its sequence number."""
        self._sequence = (self._sequence + 1) % _SEQUENCES
        lane = self._lane if lane is None else lane
        frame = pack_request(operation, lane, self._sequence, np.asarray(inputs), self._opened.layout)
        try:
            self._socket.send(frame)
        except ConnectionClosed as error:
            raise _typed(error) from None
        return self._sequence

    def receive(self) -> tuple[Header, np.ndarray | ZscopeError]:
        """The next reply, whatever it answers: its header, and its outputs (read-only) or its error."""
        try:
            frame = self._receive()
        except ConnectionClosed as error:
            raise _typed(error) from None
        if isinstance(frame, str):
            raise MalformedFrameError("A text after the opening; expected binary replies.")
        return parse_reply(frame, self._opened.layout)

    def close(self) -> None:
        """Leave; may be called twice."""
        self._socket.__exit__(None, None, None)

    def _ask(self, operation: Operation, inputs: np.ndarray) -> np.ndarray:
        self.last_milliseconds = 0.0
        shape, dtype = self._opened.layout.reply_row(operation)
        outputs = [self._ask_once(operation, chunk) for chunk in self._chunks(operation, np.asarray(inputs))]
        return np.concatenate([np.empty((0, *shape), dtype), *outputs])

    def _chunks(self, operation: Operation, inputs: np.ndarray) -> Iterator[np.ndarray]:
        # Checked as a whole, so that an empty array of a wrong width is refused like any other.
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
                continue  # answers an earlier `send` whose reply nobody waited for
            if isinstance(outputs, ZscopeError):
                raise outputs
            self.last_milliseconds += header.milliseconds
            return outputs

    def _receive(self) -> str | bytes:
        try:
            return self._socket.recv(self._timeout)
        except TimeoutError:
            raise ConnectionLostError(f"{self._url} did not answer within {self._timeout:g} s.") from None


def _bytes(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images)
    if images.dtype != np.uint8:
        # Cast silently, grey levels of 0..1 would all turn black.
        raise BadRequestError(f"Images of dtype {images.dtype}.", "Give uint8, 0..255.")
    return images


def _channel_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("ws", "wss"):
        return url
    if parts.scheme not in ("http", "https"):
        raise BadRequestError(f"The address {url!r}.", "Give http://host:port or ws://host:port/live.")
    path = parts.path.rstrip("/")
    path = path if path.endswith("/live") else path + "/live"
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", parts.netloc, path, "", ""))


def _typed(error: ConnectionClosed | ZscopeError) -> ZscopeError:
    if isinstance(error, ZscopeError):
        return error
    close = error.rcvd
    reason = f" with {close.code}: {close.reason}" if close else ""
    return ConnectionLostError(f"The server closed the connection{reason}.", "Connect again.")
