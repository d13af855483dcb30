"""The frame header: layout, ranges of its fields, and garbage."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.errors import BadRequestError
from zscope.serving.protocol import (
    HEADER_BYTES,
    Header,
    MalformedFrameError,
    Operation,
    device_byte,
    device_name,
    pack_header,
    unpack_header,
)

headers = st.builds(
    Header,
    operation=st.sampled_from(Operation),
    lane=st.integers(0, 7),
    sequence=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 2**32 - 1),
    device=st.integers(0, 2),
    milliseconds=st.floats(0, 1e6, width=32),
)


@given(headers)
def test_a_header_comes_back_as_it_was(header):
    assert unpack_header(pack_header(header)) == header


def test_the_header_lies_in_memory_as_documented():
    packed = pack_header(Header(Operation.MEASURE, 5, 0x04030201, 0x0D0C0B0A, 1, 1.0))
    assert packed.hex(" ") == "01 03 05 01 01 02 03 04 0a 0b 0c 0d 00 00 80 3f"
    assert HEADER_BYTES == 16 == len(packed)


@pytest.mark.parametrize(
    ("position", "value", "named"),
    [
        (0, 2, "version is 2"),
        (1, 0, "operation is 0"),
        (1, 7, "operation is 7"),
        (2, 8, "lane is 8"),
        (3, 4, "device is 4"),
    ],
)
def test_a_field_out_of_range_is_named(position, value, named):
    frame = bytearray(pack_header(Header(Operation.DECODE, 0, 1, 1)))
    frame[position] = value
    with pytest.raises(MalformedFrameError, match=named):
        unpack_header(bytes(frame))


@pytest.mark.parametrize("milliseconds", [float("nan"), float("inf"), -1.0])
def test_a_time_that_cannot_be_is_refused(milliseconds):
    frame = pack_header(Header(Operation.DECODE, 0, 1, 1))[:12] + struct.pack("<f", milliseconds)
    with pytest.raises(MalformedFrameError, match="milliseconds"):
        unpack_header(frame)


@given(st.binary(max_size=40))
def test_garbage_is_a_header_or_a_named_error(garbage):
    try:
        header = unpack_header(garbage)
    except MalformedFrameError as error:
        assert error.message
        assert error.close_code == 1007
    else:
        assert pack_header(header) == garbage[:16]


@pytest.mark.parametrize("header", [Header(Operation.DECODE, 8, 0, 0), Header(Operation.DECODE, 0, -1, 0)])
def test_a_header_that_does_not_fit_is_not_packed(header):
    with pytest.raises(BadRequestError):
        pack_header(header)


def test_devices_have_names():
    assert [device_byte(name) for name in ("CPU", "GPU", "TPU", "cluster")] == [0, 1, 2, 3]
    assert [device_name(byte) for byte in (0, 1, 2, 3)] == ["CPU", "GPU", "other", "cluster"]
