"""The opening handshake: both sides agree, and bad openings are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linear_servable import LinearServable
from requesting import LAYOUT

from vae.errors import ModelNotFoundError, ZscopeError
from zscope.serving.handshake import error_text, open_text, opened_text, parse_open, parse_opened
from zscope.serving.layout import Layout
from zscope.serving.protocol import MalformedFrameError


def test_client_and_server_understand_each_other():
    assert parse_open(open_text("mnist-16")) == "mnist-16"
    opened = parse_opened(opened_text(LinearServable(), LAYOUT))
    assert (opened.layout, opened.device) == (LAYOUT, "CPU")
    assert (opened.decode_rows, opened.encode_rows) == (1024, 256)


def test_the_answer_has_the_documented_keys():
    assert json.loads(opened_text(LinearServable("mine"), LAYOUT)) == {
        "type": "opened",
        "protocol": 1,
        "model": "mine",
        "latent_dim": 4,
        "classes": 0,
        "image_shape": [3, 2, 1],
        "device": "CPU",
        "limits": {"decode_rows": 1024, "encode_rows": 256, "message_bytes": 1048576},
    }


def test_class_weights_are_announced_and_may_be_left_out():
    body = json.loads(opened_text(LinearServable(), Layout(14, (8, 8, 1), classes=10)))
    assert parse_opened(json.dumps(body)).layout == Layout(14, (8, 8, 1), classes=10)
    del body["classes"]
    assert parse_opened(json.dumps(body)).layout.classes == 0


@pytest.mark.parametrize("classes", [-1, 14, True, 1.0, None, "10"])
def test_impossible_class_weights_are_malformed(classes):
    body = json.loads(opened_text(LinearServable(), Layout(14, (8, 8, 1))))
    with pytest.raises(MalformedFrameError):
        parse_opened(json.dumps(body | {"classes": classes}))


def test_an_error_is_raised_with_its_own_type():
    with pytest.raises(ModelNotFoundError, match=r"No such model\. Choose another\."):
        parse_opened(error_text(ModelNotFoundError("No such model.", "Choose another.")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '{"type":"open"}',
        '{"type":"close","protocol":1,"model":"m"}',
        '{"type":"open","protocol":2,"model":"m"}',
        '{"type":"open","protocol":true,"model":"m"}',
        '{"type":"open","protocol":1,"model":7}',
        "[" * 4000,
        "9" * 4096,
        " " * 4097,
    ],
)
def test_rejects_malformed_openings(text):
    with pytest.raises(MalformedFrameError):
        parse_open(text)


@pytest.mark.parametrize("model", ["", "a\nb", "\ud800", "x" * 201])
def test_an_invalid_id_is_not_found(model):
    with pytest.raises(ModelNotFoundError):
        parse_open(open_text(model))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
OPENED_KEYS = ("protocol", "model", "latent_dim", "classes", "image_shape", "device", "limits")
openings = st.fixed_dictionaries(
    {"type": st.sampled_from(["open", "opened", "error"]) | json_values},
    optional=dict.fromkeys((*OPENED_KEYS, "code", "message", "mend"), json_values),
)


@given(st.text(max_size=300) | (json_values | openings).map(json.dumps))
def test_any_text_is_an_opening_or_a_named_error(text):
    try:
        assert isinstance(parse_open(text), str)
    except (MalformedFrameError, ModelNotFoundError) as error:
        assert error.message
    try:
        parse_opened(text)
    except ZscopeError as error:
        assert isinstance(error.message, str)
