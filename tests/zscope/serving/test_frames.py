"""Frames round-trip exactly; malformed frames and bad requests differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from linear_servable import IMAGE_SHAPE, LATENT_DIM, codes_for, images_for
from requesting import LAYOUT

from vae.errors import BadRequestError, BundleError, ModelNotFoundError, ZscopeError
from zscope.serving.frames import check_inputs, pack_error, pack_reply, pack_request, parse_reply, parse_request
from zscope.serving.layout import Layout
from zscope.serving.protocol import HEADER_BYTES, MESSAGE_BYTES, Header, MalformedFrameError, Operation

DECODE, ENCODE, MEASURE, PLACE, INVERT, RECONSTRUCT, ERROR = Operation
finite_codes = hnp.arrays(np.float32, st.tuples(st.integers(0, 9), st.just(LATENT_DIM)))
images = hnp.arrays(np.uint8, st.tuples(st.integers(0, 9), *map(st.just, IMAGE_SHAPE)))


@given(st.sampled_from([DECODE, MEASURE]), finite_codes, st.integers(0, 7), st.integers(0, 2**32 - 1))
def test_codes_survive_the_wire_bit_by_bit(operation, codes, lane, sequence):
    header, inputs = parse_request(pack_request(operation, lane, sequence, codes, LAYOUT), LAYOUT)
    assert header == Header(operation, lane, sequence, len(codes))
    assert inputs.tobytes() == codes.tobytes()  # NaNs included
    assert inputs.shape == codes.shape


@given(images)
def test_images_survive_the_wire(pixels):
    _, inputs = parse_request(pack_request(ENCODE, 0, 1, pixels, LAYOUT), LAYOUT)
    np.testing.assert_array_equal(inputs, pixels)


def test_arrays_in_any_order_and_precision_are_laid_out_for_the_wire():
    codes = np.asfortranarray(codes_for(1, 2, 3).astype(np.float64))
    _, inputs = parse_request(pack_request(DECODE, 0, 1, codes, LAYOUT), LAYOUT)
    np.testing.assert_array_equal(inputs, codes_for(1, 2, 3))


def test_inputs_are_aligned_and_not_copied():
    frame = pack_request(DECODE, 0, 1, codes_for(1, 2), LAYOUT)
    _, inputs = parse_request(frame, LAYOUT)
    assert inputs.flags.aligned
    assert not inputs.flags.owndata
    assert not inputs.flags.writeable


@pytest.mark.parametrize("operation", [DECODE, ENCODE, MEASURE, PLACE, INVERT])
def test_a_reply_contains_the_outputs_the_device_and_the_time(operation):
    shape, dtype = LAYOUT.reply_row(operation)
    outputs = np.arange(3 * np.prod(shape)).reshape(3, *shape).astype(dtype)
    frame = pack_reply(Header(operation, 2, 77, 3), outputs, device=1, milliseconds=1.5)
    header, received = parse_reply(frame, LAYOUT)
    assert header == Header(operation, 2, 77, 3, device=1, milliseconds=1.5)
    np.testing.assert_array_equal(received, outputs)
    assert received.dtype == dtype


@pytest.mark.parametrize("kind", [BadRequestError, ModelNotFoundError, BundleError, ZscopeError])
def test_an_error_keeps_its_type_message_and_hint(kind):
    header, error = parse_reply(pack_error(Header(ENCODE, 3, 9, 4), kind("wrông", "mend it")), LAYOUT)
    assert header == Header(ERROR, 3, 9, 0)
    assert type(error) is kind
    assert (error.message, error.hint) == ("wrông", "mend it")


def test_an_unexpected_error_does_not_reveal_its_text():
    frame = pack_error(Header(DECODE, 0, 1, 1), RuntimeError("/secret/path"))
    assert b"secret" not in frame
    assert type(parse_reply(frame, LAYOUT)[1]) is ZscopeError


@given(st.binary(max_size=200))
def test_garbage_is_a_request_or_malformed(garbage):
    for parse in (parse_request, parse_reply):
        try:
            parse(garbage, LAYOUT)
        except MalformedFrameError as error:
            assert error.message


@given(finite_codes, st.data())
def test_a_frame_cut_or_extended_anywhere_is_malformed(codes, data):
    frame = pack_request(DECODE, 0, 1, codes, LAYOUT)
    cut = frame[: data.draw(st.integers(0, len(frame) - 1))]
    for wrong in (cut, frame + b"\0"):
        with pytest.raises(MalformedFrameError, match=r"payload|header"):
            parse_request(wrong, LAYOUT)


@pytest.mark.parametrize(("position", "value"), [(1, 127), (3, 1), (15, 0x40)])
def test_values_of_replies_are_malformed_in_a_request(position, value):
    frame = bytearray(pack_request(DECODE, 0, 1, codes_for(1), LAYOUT))
    frame[position] = value
    with pytest.raises(MalformedFrameError, match=r"replies|are not 0"):
        parse_request(bytes(frame), LAYOUT)


def test_an_array_of_another_width_is_not_packed():
    with pytest.raises(BadRequestError, match=r"\(1, 5\)"):
        pack_request(DECODE, 0, 1, np.zeros((1, LATENT_DIM + 1)), LAYOUT)
    with pytest.raises(BadRequestError):
        pack_request(DECODE, 0, 1, np.zeros(()), LAYOUT)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("operation", [DECODE, MEASURE, PLACE])
def test_a_code_that_is_not_finite_is_named_by_row_and_dimension(value, operation):
    codes = codes_for(1, 2, 3)
    codes[1, 2] = value
    with pytest.raises(BadRequestError, match=rf"row 1 has {value} in dimension 2"):
        check_inputs(Header(operation, 0, 1, 3), codes, LAYOUT)


@pytest.mark.parametrize(
    ("operation", "rows", "fits"), [(DECODE, 0, False), (DECODE, 1024, True), (DECODE, 1025, False)]
)
def test_the_number_of_rows_is_limited(operation, rows, fits):
    codes = np.zeros((rows, LATENT_DIM), np.float32)
    if fits:
        check_inputs(Header(operation, 0, 1, rows), codes, LAYOUT)
    else:
        with pytest.raises(BadRequestError, match=f"{rows} rows"):
            check_inputs(Header(operation, 0, 1, rows), codes, LAYOUT)


def test_encode_takes_fewer_rows_than_decode():
    for operation in (ENCODE, RECONSTRUCT):
        with pytest.raises(BadRequestError, match="257 rows"):
            check_inputs(Header(operation, 0, 1, 257), images_for(*range(257)), LAYOUT)


def test_reconstruct_takes_no_more_rows_than_decode_may_answer():
    layout = Layout(4, (256, 256, 3))
    assert layout.max_rows(RECONSTRUCT) <= min(layout.max_rows(ENCODE), layout.max_rows(DECODE))


@given(st.integers(1, 4096), st.tuples(st.integers(1, 256), st.integers(1, 256), st.integers(1, 4)))
def test_requests_within_the_row_limits_are_within_the_byte_limits(latent_dim, image_shape):
    layout = Layout(latent_dim, image_shape)
    for operation in (DECODE, ENCODE, MEASURE, PLACE, INVERT, RECONSTRUCT):
        rows = layout.max_rows(operation)
        assert rows >= 1
        assert HEADER_BYTES + rows * layout.request_row_bytes(operation) <= MESSAGE_BYTES


@pytest.mark.parametrize(("latent_dim", "image_shape"), [(300_000, (28, 28, 1)), (16, (1024, 1024, 3))])
def test_a_model_whose_rows_outgrow_a_message_is_refused(latent_dim, image_shape):
    with pytest.raises(BadRequestError, match="are too large"):
        Layout(latent_dim, image_shape)


@pytest.mark.parametrize(("classes", "rows"), [(0, 256), (10, 256), (20, 128), (1000, 2)])
def test_a_conditional_model_encodes_fewer_rows_at_once(classes, rows):
    """Each image is decoded once per class: one request must not delay all clients' drags for seconds."""
    layout = Layout(2000, IMAGE_SHAPE, classes)
    assert layout.max_rows(ENCODE) == rows
    assert layout.max_rows(DECODE) == Layout(2000, IMAGE_SHAPE).max_rows(DECODE)
