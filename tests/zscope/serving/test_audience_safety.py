"""What the token of a room opens, and what phones cannot do to others."""

import json
import re
import socket
import urllib.error
import urllib.request

import numpy as np
import pytest
from audience_room import Phone, Speaker, closed_with, running_rooms
from linear_servable import codes_for
from live_server import drop, server_errors, wait_until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from zscope.serving.audience.messages import PHONE_BYTES, SPEAKER_BYTES

CODE = codes_for(1)[0]


@pytest.fixture(scope="module")
def server():
    with running_rooms(interval=0.05) as audience_server:
        yield audience_server


@pytest.fixture
def model(server):
    return server.new_model()


@pytest.fixture
def speaker(server, model):
    with server.speaker(model.model_id) as one:
        yield one


@pytest.fixture
def bystander(server, speaker):
    """Another phone of the room, which notices nothing."""
    with server.phone(speaker) as phone:

        def check(number: int) -> None:
            speaker.publish(codes_for(number)[0])
            while phone.picture().values[1] != number:
                pass

        yield check


def get(server, path: str) -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(f"http://{server.host}{path}", timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read().decode()


def test_tokens_and_keys_are_long_and_differ(server, model):
    seen = set()
    for _ in range(10):
        with server.speaker(model.model_id) as speaker:
            token, key = speaker.room["token"], speaker.room["key"]
            assert len(token) >= 22 and len(key) >= 43 and key not in str(speaker.room["links"])
            seen |= {token, key}
    assert len(seen) == 20


def test_the_page_is_served_with_the_token_and_keeps_it_to_itself(server, speaker):
    status, headers, body = get(server, f"/audience/{speaker.room['token']}")
    assert status == 200 and "audience/main.js" in body
    assert speaker.room["token"] not in body and speaker.room["key"] not in body
    assert headers["referrer-policy"] == "no-referrer" and headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert not re.search(r"https?://", body)  # nothing from another host


@pytest.mark.parametrize("token", ["x", "A" * 22, "%00", "é"])
def test_another_token_opens_nothing(server, speaker, token):
    assert get(server, f"/audience/{urllib.request.quote(token, safe='%')}")[0] == 404
    phone = Phone(server, urllib.request.quote(token, safe="%"))
    assert phone.receive() == {"type": "ended"}
    assert closed_with(phone.socket)[0] == 1008


@pytest.mark.parametrize("path", ["/key", "/speak", "/follow/x", "/publish", "%2F..%2F..%2Flive"])
def test_the_token_opens_no_other_route(server, speaker, path):
    assert get(server, f"/audience/{speaker.room['token']}{path}")[0] in (404, 405)
    url = f"ws://{server.host}/audience/{speaker.room['token']}{path}"
    with pytest.raises(InvalidStatus), connect(url):
        pass


def test_what_phones_receive_names_neither_the_key_nor_the_model_s_id(server, model, speaker):
    with server.phone(speaker) as phone:
        speaker.publish(CODE)
        received = [phone.receive() for _ in range(3)]
    assert speaker.room["key"] not in str(received)
    states = [one for one in received if isinstance(one, dict)]
    assert set().union(*states) == {
        "type", "state", "moving", "title", "latentDim", "classWeights", "classes", "controls",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["", "wrong", "é", "token"])
def test_nobody_publishes_without_the_key(server, model, speaker, bystander, key):
    given = speaker.room["token"] if key == "token" else key
    intruder = Speaker(server, model.model_id, token=speaker.room["token"], key=given)
    assert intruder.room["type"] == "error" and intruder.room["message"] == "This session has ended."
    assert closed_with(intruder.socket)[0] == 1008
    bystander(2)


def test_a_phone_that_publishes_or_gives_orders_is_disconnected(server, speaker, bystander):
    for message in (CODE.tobytes(), *(json.dumps(one) for one in (
        {"type": "end"}, {"type": "moving", "allowed": True}, {"type": "model", "model": "x"},
        {"type": "open", "protocol": 1, "model": "x"},
    ))):  # fmt: skip
        with server.phone(speaker) as phone:
            phone.socket.send(message)
            assert closed_with(phone.socket)[0] in (1003, 1007)
    bystander(3)
    assert len(server.rooms) >= 1 and server.rooms.find(speaker.room["token"]).moving is False


MALFORMED = [
    "", "x", "[]", "null", "1" * 100, '{"type":"move","values":1}', '{"type":"move","values":[[0]]}',
    '{"type":"move","values":[[0,"a"]]}', '{"type":"move","values":[[0,NaN]]}', '{"type":"move","values":[[0,1e999]]}',
    '{"type":"move","values":[[-1,0]]}', '{"type":"move","values":[[true,0]]}', '{"type":"move","values":[[0.5,0]]}',
    '{"type":"move","values":[[0,0],[1,0],[2,0],[3,0],[4,0],[5,0],[6,0],[7,0],[8,0]]}', "[" * 900,
    '{"type":"move","class":-1}', '{"type":"move","class":"one"}', '{"type":"move","values":[[0,1' + "0" * 400 + "]]}",
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_message_of_a_phone_closes_its_connection(server, speaker, bystander, text):
    with server.phone(speaker) as phone:
        phone.socket.send(text)
        code, reason = closed_with(phone.socket)
        assert code == 1007 and reason
    bystander(4)


def test_large_messages_close_the_connection(server, speaker, model, bystander):
    with server.phone(speaker) as phone:
        phone.socket.send(" " * (PHONE_BYTES + 1))
        assert closed_with(phone.socket)[0] == 1009
    with server.phone(speaker) as phone:
        phone.socket.send(" " * (SPEAKER_BYTES + 1))
        assert closed_with(phone.socket)[0] == 1009
    with server.phone(speaker) as phone:  # the head of a frame that is too large, without its body
        phone.socket.socket.sendall(b"\x82\xff" + (SPEAKER_BYTES + 1).to_bytes(8, "big") + bytes(4))
        assert closed_with(phone.socket)[0] == 1009
    with server.speaker(model.model_id) as other:
        other.socket.send(bytes(SPEAKER_BYTES + 4))
        assert closed_with(other.socket)[0] == 1009
    bystander(5)


@pytest.mark.parametrize("message", [b"123", b"", "x", "{}", '{"type":"moving","allowed":1}', '{"type":"model"}', "[]"])
def test_a_malformed_message_of_the_speaker_closes_the_connection(server, model, message):
    with server.speaker(model.model_id) as speaker:
        speaker.socket.send(message)
        assert closed_with(speaker.socket)[0] == 1007


@pytest.mark.parametrize(
    "opening",
    [
        '{"type":"open","protocol":2,"model":"x"}',
        '{"type":"open","protocol":1}',
        '{"type":"open","protocol":true,"model":"x"}',
        '{"type":"open","protocol":1,"model":"x","token":5}',
        "x",
        b"1234",
    ],
)
def test_a_malformed_opening_closes_the_connection(server, opening):
    with connect(f"ws://{server.host}/audience") as socket:
        socket.send(opening)
        assert closed_with(socket)[0] in (1003, 1007)


@pytest.mark.parametrize("path", ["/audience", "/audience/TOKEN/follow"])
def test_pages_of_other_sites_are_refused(server, speaker, path):
    url = f"ws://{server.host}{path.replace('TOKEN', speaker.room['token'])}"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403
    with connect(url, origin=f"http://{server.host}"):
        pass


def test_a_flood_from_a_phone_is_ended_and_does_not_harm_others(server, model, speaker, bystander, caplog):
    speaker.say(type="moving", allowed=True)
    with server.phone(speaker) as flooding, server.client(model) as live:
        while not flooding.state()["moving"]:
            pass
        sent = 0
        with pytest.raises(ConnectionClosed):
            while sent < 1_000_000:
                flooding.move([[0, 0.5]])
                sent += 1
                if sent % 100 == 0:
                    live.decode(codes_for(sent))
        assert flooding.socket.protocol.close_rcvd.code == 1008
        assert sent >= 150
        bystander(6)
    received = 0
    speaker.socket.ping().wait(10)
    try:
        while json.loads(speaker.socket.recv(timeout=0.3))["type"]:
            received += 1
    except TimeoutError:
        pass
    assert received < 100, "moves are merged before they reach the speaker"
    assert server_errors(caplog) == []


def test_a_phone_that_does_not_read_misses_pictures_and_does_not_delay_others():
    """Pictures of 100 kB: some fill the buffers of the connection."""
    pictures = 150
    with running_rooms(interval=0.002) as server:
        big = server.new_model(image_shape=(190, 190, 3))
        big.decode_pixels = lambda codes: np.random.default_rng(0).integers(0, 256, (len(codes), 190, 190, 3), np.uint8)
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        connection.connect(("127.0.0.1", server.port))
        with (
            server.speaker(big.model_id) as speaker,
            server.phone(speaker, sock=connection, max_queue=1) as slow,
            server.phone(speaker) as phone,
        ):
            wait_until(lambda: server.rooms.phones == 2)
            for number in range(pictures):
                speaker.publish(codes_for(number)[0])
                while phone.picture().values[1] != number:
                    pass
            assert server.phone_endpoint.unread_bytes < 600_000  # of the 16 MB that it did not read
            seen = [slow.picture().values[1]]
            while seen[-1] != pictures - 1:
                seen.append(slow.picture().values[1])
    assert seen == sorted(seen) and len(seen) < pictures


def test_the_number_of_phones_is_bounded(model):
    with running_rooms(max_phones=3) as server:
        server.add_model(model)
        with server.speaker(model.model_id) as one, server.speaker(model.model_id) as other:
            phones = [Phone(server, speaker.room["token"]) for speaker in (one, other, other)]
            wait_until(lambda: server.rooms.phones == 3)
            assert closed_with(Phone(server, one.room["token"]).socket)[0] == 1013
            phones[0].close()
            wait_until(lambda: server.rooms.phones == 2)
            assert Phone(server, other.room["token"]).state()["type"] == "room"


def test_the_number_of_rooms_is_bounded_and_an_abandoned_one_makes_room(model):
    with running_rooms(max_rooms=2) as server:
        server.add_model(model)
        with server.speaker(model.model_id) as one:
            two = Speaker(server, model.model_id)
            refused = Speaker(server, model.model_id)
            assert "2 sessions are open" in refused.room["message"]
            assert closed_with(refused.socket)[0] == 1013
            two.close()
            wait_until(lambda: server.rooms.find(two.room["token"]).speaker is None)
            with server.speaker(model.model_id) as three:
                assert three.room["type"] == "room" and server.rooms.find(two.room["token"]) is None
                assert server.rooms.find(one.room["token"]) is not None


def test_speakers_that_say_nothing_are_bounded(model):
    with running_rooms(max_rooms=1) as server:
        silent = [connect(f"ws://{server.host}/audience").__enter__() for _ in range(2)]
        with connect(f"ws://{server.host}/audience") as one_more:
            assert closed_with(one_more)[0] == 1013
        for socket in silent:
            socket.close()


def test_many_comings_and_goings_leave_nothing(server, model, caplog):
    with server.speaker(model.model_id) as speaker:
        for number in range(60):
            phones = [Phone(server, speaker.room["token"]) for _ in range(5)]
            speaker.publish(codes_for(number)[0])
            phones[0].receive()
            for phone in phones:
                drop(phone.socket)
        wait_until(lambda: server.rooms.phones == 0 and server.phone_endpoint.unread_bytes == 0)
        speaker.say(type="end")
        assert closed_with(speaker.socket)[0] in (1000, 1008)
    wait_until(lambda: server.engine(model).clients == 0)
    assert server_errors(caplog) == []
