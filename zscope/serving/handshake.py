"""The opening handshake: one JSON text each way, before any binary frame."""

import json
from typing import Any, NamedTuple, cast

from vae.errors import BadRequestError, ModelNotFoundError
from zscope.serving.http_errors import describe_fault, fault_from
from zscope.serving.layout import Layout
from zscope.serving.protocol import VERSION, MalformedFrameError
from zscope.serving.servable import Servable

__all__ = ["Opened", "error_text", "open_text", "opened_text", "parse_open", "parse_opened"]

OPENING_CHARACTERS = 4096  # an opening is about 60; the limit keeps deeply nested JSON away from the parser
MODEL_ID_CHARACTERS = 200


class Opened(NamedTuple):
    """What a client learns from a server that has opened its model."""

    layout: Layout
    device: str  # "CPU", "GPU", …
    decode_rows: int  # most rows of one DECODE or MEASURE request
    encode_rows: int  # most rows of one ENCODE request


def open_text(model: str) -> str:
    """What a client says first."""
    return json.dumps({"type": "open", "protocol": VERSION, "model": model})


def parse_open(text: str) -> str:
    """What a client said first → the model it asks for.

    Raises:
        MalformedFrameError: not an opening of this protocol.
        ModelNotFoundError: the model's id cannot be one.
    """
    body = _parse_object(text)
    if body.get("type") != "open" or not isinstance(body.get("model"), str):
        raise MalformedFrameError('Expected {"type":"open","protocol":1,"model":"…"}.')
    if body.get("protocol") != VERSION or isinstance(body["protocol"], bool):
        raise MalformedFrameError(f"Expected protocol {VERSION}.")
    model = body["model"]
    # Printable leaves out control characters and half surrogates, which logs and encoders choke on.
    if not 0 < len(model) <= MODEL_ID_CHARACTERS or not model.isprintable():
        raise ModelNotFoundError("That is not a model's id.", "Choose one of the models that the app lists.")
    return model


def opened_text(servable: Servable, layout: Layout) -> str:
    """The server's answer: what the client needs to lay out its frames."""
    return json.dumps(
        {
            "type": "opened",
            "protocol": VERSION,
            "model": servable.model_id,
            "latent_dim": layout.code_dim,  # its name since before there were class weights
            "classes": layout.classes,
            "image_shape": list(layout.image_shape),
            "device": servable.device,
            "limits": layout.limits(),
        }
    )


def error_text(fault: BaseException) -> str:
    """The server's other answer, before it closes the connection."""
    return json.dumps({"type": "error", **describe_fault(fault)})


def parse_opened(text: str) -> Opened:
    """The server's answer → what the client needs.

    Raises:
        ZscopeError: the error that the server answered with, in its own type.
        MalformedFrameError: neither an "opened" of this protocol nor an "error".
    """
    body = _parse_object(text)
    try:
        if body["type"] != "error":
            return _opened(body)
        fault = fault_from(body)
    except (KeyError, TypeError, ValueError, BadRequestError):
        raise MalformedFrameError(f"The server answered the opening with {text[:80]!r}.") from None
    raise fault


def _opened(body: dict[str, Any]) -> Opened:
    if body["type"] != "opened" or body["protocol"] != VERSION:
        raise ValueError("neither opened nor error, or another protocol")
    height, width, channels = map(_positive, body["image_shape"])
    code_dim, classes = _positive(body["latent_dim"]), body.get("classes", 0)  # a server need not say it
    if type(classes) is not int or not 0 <= classes < code_dim:
        raise ValueError(f"{classes!r} class weights in a code of {code_dim} numbers")
    layout = Layout(code_dim, (height, width, channels), classes)
    limits = body["limits"]
    return Opened(layout, str(body["device"]), _positive(limits["decode_rows"]), _positive(limits["encode_rows"]))


def _positive(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is not a positive whole number")
    return value


def _parse_object(text: str) -> dict[str, Any]:
    if len(text) > OPENING_CHARACTERS:
        raise MalformedFrameError(f"{len(text)} characters; expected an opening of at most {OPENING_CHARACTERS}.")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedFrameError("Not JSON; expected an opening.") from None
    if not isinstance(body, dict):
        raise MalformedFrameError("Expected an opening, a JSON object.")
    return cast(dict[str, Any], body)
