"""The one binary head: malformed, oversized and half heads are refused."""

import json

import pytest

from vae.errors import BadRequestError
from zscope.serving.binary_head import HEAD_BYTES, pack_head, parse_head
from zscope.serving.http_errors import TooLargeError


@pytest.mark.parametrize("head", [{}, {"a": 1}, {"name": "ü€\n"}, {"rows": list(range(100))}])
def test_parses_a_packed_head(head):
    body = pack_head(head, b"abc", b"", b"d")
    text, rest = parse_head(body)
    assert json.loads(text) == head and bytes(rest) == b"abcd"
    assert len(text) % 4 == 0 and int.from_bytes(body[:4], "little") == len(text)


def test_a_head_of_any_length_is_parsed():
    assert parse_head(b"\x02\0\0\0{}xyz")[0] == b"{}"
    assert bytes(parse_head(b"\0\0\0\0xyz")[1]) == b"xyz"


@pytest.mark.parametrize("cut", range(4 + 12))
def test_a_half_head_is_refused(cut):
    body = pack_head({"half": 1})
    assert len(body) == 16
    with pytest.raises(BadRequestError):
        parse_head(body[:cut])


@pytest.mark.parametrize("body", [b"", b"\1", b"\1\0\0", b"\xff\xff\xff\xff{}", b"\3\0\0\0{}"])
def test_a_length_beyond_the_body_is_refused(body):
    with pytest.raises(BadRequestError, match=r"has no head|announces"):
        parse_head(body)


def test_an_oversized_head_is_refused():
    body = (HEAD_BYTES + 1).to_bytes(4, "little") + bytes(HEAD_BYTES + 1)
    with pytest.raises(TooLargeError, match="100,001"):
        parse_head(body)
    assert len(parse_head(body, HEAD_BYTES + 1)[0]) == HEAD_BYTES + 1
    with pytest.raises(TooLargeError):
        parse_head(pack_head({"a": 1}), 7)


def test_nan_is_not_sent():
    with pytest.raises(ValueError, match="JSON"):
        pack_head({"a": float("nan")})
