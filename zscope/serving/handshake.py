"""The opening handshake: one JSON text in each direction, before the first binary frame."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import json
from typing import Any, NamedTuple, cast

from vae.errors import BadRequestError, ModelNotFoundError
from vae.message import message
from zscope.serving.http_errors import describe_fault, fault_from
from zscope.serving.layout import Layout
from zscope.serving.protocol import VERSION, MalformedFrameError
from zscope.serving.servable import Servable

__all__ = ["Opened", "error_text", "open_text", "opened_text", "parse_open", "parse_opened"]

OPENING_CHARACTERS = 4096  # an opening has about 60; the limit also keeps the parser from deeply nested JSON
MODEL_ID_CHARACTERS = 200


class Opened(NamedTuple):
    """The contents of the server's answer after it has opened the model."""

    layout: Layout
    device: str  # "CPU", "GPU", …
    decode_rows: int  # largest number of rows of a request of codes or places
    encode_rows: int  # largest number of rows of an ENCODE request


def open_text(model: str) -> str:
    """Return the first message of a client."""
    return json.dumps({"type": "open", "protocol": VERSION, "model": model})


def parse_open(text: str) -> str:
    """Parse the first message of a client; return the id of the requested model.

    Raises:
        MalformedFrameError: the text is not an opening of this protocol.
        ModelNotFoundError: the text in place of the id cannot be an id.
    """
    body = _parse_object(text)
    if body.get("type") != "open" or not isinstance(body.get("model"), str):
        raise MalformedFrameError('Expected {"type":"open","protocol":1,"model":"…"}.')
    if body.get("protocol") != VERSION or isinstance(body["protocol"], bool):
        raise MalformedFrameError(message("Expected protocol {version}.", version=VERSION))
    model = body["model"]
    # Not printable: control characters and lone surrogates, which logs and encoders can't handle.
    if not 0 < len(model) <= MODEL_ID_CHARACTERS or not model.isprintable():
        raise ModelNotFoundError("The text is not a model's id.", "Choose one of the models that the app lists.")
    return model


def opened_text(servable: Servable, layout: Layout) -> str:
    """Return the server's answer, with everything that the client needs for its frames."""
    more = {} if layout.components == 2 else {"components": layout.components}
    return json.dumps(
        {
            "type": "opened",
            "protocol": VERSION,
            "model": servable.model_id,
            "latent_dim": layout.code_dim,  # the key is older than class weights
            "classes": layout.classes,
            "image_shape": list(layout.image_shape),
            "device": servable.device,
            "runtime": servable.runtime,
            "limits": layout.limits(),
            **more,
        }
    )


def error_text(fault: BaseException) -> str:
    """Return the server's answer before it refuses a connection."""
    return json.dumps({"type": "error", **describe_fault(fault)})


def parse_opened(text: str) -> Opened:
    """Parse the server's answer.

    Raises:
        ZscopeError: the error in the server's answer, as its own class.
        MalformedFrameError: the text is neither an "opened" of this protocol nor an "error".
    """
    body = _parse_object(text)
    try:
        if body["type"] != "error":
            return _opened(body)
        fault = fault_from(body)
    except (KeyError, TypeError, ValueError, BadRequestError):
        raise MalformedFrameError(
            message("The server answered the opening with {text}.", text=repr(text[:80]))
        ) from None
    raise fault


def _opened(body: dict[str, Any]) -> Opened:
    if body["type"] != "opened" or body["protocol"] != VERSION:
        raise ValueError("the type is neither opened nor error, or the protocol is another one")
    height, width, channels = map(_positive, body["image_shape"])
    code_dim, classes = _positive(body["latent_dim"]), body.get("classes", 0)  # optional
    if type(classes) is not int or not 0 <= classes < code_dim:
        raise ValueError(f"a code of {code_dim} numbers can't have {classes!r} class weights")
    components = body.get("components", 2)  # only of a map of three
    if type(components) is not int or components not in (2, 3):
        raise ValueError(f"a map can't have {components!r} components")
    layout = Layout(code_dim, (height, width, channels), classes, components)
    limits = body["limits"]
    return Opened(layout, str(body["device"]), _positive(limits["decode_rows"]), _positive(limits["encode_rows"]))


def _positive(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is not a positive whole number")
    return value


def _parse_object(text: str) -> dict[str, Any]:
    if len(text) > OPENING_CHARACTERS:
        raise MalformedFrameError(
            message(
                "The opening has {n} characters; expected at most {opening_characters}.",
                n=len(text),
                opening_characters=OPENING_CHARACTERS,
            )
        )
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedFrameError("The opening is not JSON.") from None
    if not isinstance(body, dict):
        raise MalformedFrameError("The opening is not a JSON object.")
    return cast(dict[str, Any], body)
