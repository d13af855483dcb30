"""Rooms over real sockets: pictures, newest wins, moves, new arrivals, other models, and the end."""

import io
import time

import numpy as np
import pytest
from audience_room import Phone, Speaker, closed_with, running_rooms
from linear_servable import LinearServable, codes_for, decoded
from live_server import drop, server_errors, wait_until
from PIL import Image

CODE = codes_for(1)[0]  # 1, 2, 2, 1


@pytest.fixture(scope="module")
def server():
    with running_rooms(interval=0.05) as audience_server:
        yield audience_server


@pytest.fixture
def model(server) -> LinearServable:
    return server.new_model()


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def next_live(phone: Phone) -> dict:
    while (state := phone.state())["state"] != "live":
        pass
    return state


def test_a_phone_waits_and_then_shows_the_point_of_the_speaker(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        assert phone.state()["state"] == "waiting"
        speaker.publish(CODE)
        state = next_live(phone)
        assert state["title"] == f"Model {model.model_id}" and state["moving"] is False
        assert [control["index"] for control in state["controls"]] == [2, 0]
        picture = phone.picture()
        np.testing.assert_array_equal(pixels(picture.png), decoded(1)[0, :, :, 0])
        assert picture.values == [2.0, 1.0]  # of dimensions 2 and 0
        assert picture.shown_class == 2  # the nearest reference image is 1, of class 2


def test_a_new_arrival_gets_the_current_picture_at_once(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as first:
        speaker.publish(CODE)
        shown = first.picture()
        with server.phone(speaker) as second:
            assert second.state()["state"] == "live"
            assert second.receive().frame == shown.frame
        assert model.calls.count(("decode", 1)) == 1


def test_each_point_is_decoded_once_for_all_phones(server, model):
    with server.speaker(model.model_id) as speaker:
        phones = [Phone(server, speaker.room["token"]) for _ in range(20)]
        wait_until(lambda: server.rooms.phones == 20)
        speaker.publish(CODE)
        frames = {phone.picture().frame for phone in phones}
        assert len(frames) == 1
        assert [call for call in model.calls if call[0] == "decode"] == [("decode", 1)]
        for phone in phones:
            phone.close()


def test_of_many_points_the_newest_is_shown_and_the_rate_is_bounded(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        start = time.monotonic()
        for number in range(200):
            speaker.publish(codes_for(number)[0])
        shown = [phone.picture()]
        while shown[-1].values[1] != 199:
            shown.append(phone.picture())
        elapsed = time.monotonic() - start
    np.testing.assert_array_equal(pixels(shown[-1].png), decoded(199)[0, :, :, 0])
    numbers = [picture.values[1] for picture in shown]
    assert numbers == sorted(numbers)
    assert len(shown) <= elapsed / 0.05 + 2


def test_phones_move_the_point_only_where_the_speaker_allows_it(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        speaker.publish(CODE)
        next_live(phone)
        phone.move([[0, 0.5]])
        speaker.say(type="moving", allowed=True)
        assert phone.state()["moving"] is True
        phone.move([[2, 1.5]])
        move = speaker.hear("move")
        assert move["values"] == [[2, 1.5]] and move["chosenClass"] is None  # the earlier move was not kept
        speaker.say(type="moving", allowed=False)
        assert phone.state()["moving"] is False
        phone.move([[2, -1]])
        speaker.say(type="moving", allowed=True)
        phone.state()
        phone.move([[0, 1]])
        assert speaker.hear("move")["values"] == [[0, 1.0]]


def test_moves_stay_in_the_range_of_the_sliders_and_the_last_one_counts(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as one, server.phone(speaker) as other:
        speaker.say(type="moving", allowed=True)
        for phone in (one, other):
            while not phone.state()["moving"]:
                pass
        one.move([[0, 99], [1, 5], [3, 5]])  # dimensions 1 and 3 have no slider
        assert speaker.hear("move")["values"] == [[0, 2.0]]
        for number in range(10):
            one.move([[0, number / 10]])
        received = [speaker.hear("move")["values"][-1]]
        while received[-1] != [0, 0.9]:
            received.append(speaker.hear("move")["values"][-1])
        other.move([[0, -1]])
        assert speaker.hear("move")["values"] == [[0, -1.0]]


def test_a_phone_chooses_the_class_of_a_conditional_model(server):
    conditional = LinearServable("conditional")
    conditional.classes = 2
    server.add_model(conditional)
    with server.speaker("conditional") as speaker, server.phone(speaker) as phone:
        speaker.say(type="moving", allowed=True)
        while not (state := phone.state())["moving"]:
            pass
        assert state["classWeights"] == 2
        phone.move([], **{"class": 2})  # there is no third class
        phone.move([], **{"class": 1})
        move = speaker.hear("move")
        assert move["values"] == [] and move["chosenClass"] == 1


def test_the_speaker_changes_the_model_and_phones_follow(server, model):
    other = server.new_model(image_shape=(2, 5, 3))
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        speaker.publish(CODE)
        assert pixels(phone.picture().png).shape == (3, 2)
        speaker.say(type="model", model=other.model_id)
        speaker.publish(CODE)
        assert phone.state()["title"] == f"Model {other.model_id}"
        assert pixels(phone.picture().png).shape == (2, 5, 3)
        wait_until(lambda: server.engine(model).clients == 0)  # its engine may be unloaded


def test_a_missing_model_is_reported_and_the_room_goes_on(server, model):
    with server.speaker("missing") as speaker, server.phone(speaker) as phone:
        assert speaker.hear("error")["code"] == "model_not_found"
        assert phone.state()["state"] == "waiting"
        speaker.say(type="model", model=model.model_id)
        speaker.publish(CODE)
        phone.picture()
        speaker.say(type="model", model="deleted")  # not listed any more when it is loaded
        assert speaker.hear("error")["code"] == "model_not_found"
        speaker.publish(codes_for(2)[0])
        assert phone.picture().values[1] == 2.0  # the last model, which is still loaded


@pytest.mark.parametrize("code", [np.zeros(3), np.zeros(5), [1, 2, np.nan, 4]])
def test_a_code_that_does_not_fit_is_an_error_and_the_connection_lives(server, model, code):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        speaker.publish(code)
        assert speaker.hear("error")["code"] == "bad_request"
        speaker.publish(CODE)
        assert phone.picture().values == [2.0, 1.0]


def test_a_fault_of_the_model_reaches_the_speaker_and_the_room_goes_on(server, model, caplog):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        model.fails = RuntimeError("/secret/path")
        speaker.publish(CODE)
        error = speaker.hear("error")
        assert error["code"] == "internal" and "secret" not in str(error)
        model.fails = None
        speaker.publish(codes_for(3)[0])
        assert phone.picture().values[1] == 3.0
    assert any("a picture of a room failed" in message for message in server_errors(caplog))


def test_the_speaker_ends_the_room(server, model):
    with server.speaker(model.model_id) as speaker, server.phone(speaker) as phone:
        speaker.publish(CODE)
        phone.picture()
        speaker.say(type="end")
        assert phone.state() == {"type": "ended"}
        assert closed_with(phone.socket) == (1008, "The session has ended.")
        late = Phone(server, speaker.room["token"])
        assert late.receive() == {"type": "ended"}
        assert closed_with(late.socket)[0] == 1008
    wait_until(lambda: server.engine(model).clients == 0)


def test_a_speaker_comes_back_with_the_key(server, model):
    with server.speaker(model.model_id) as first, server.phone(first) as phone:
        first.say(type="moving", allowed=True)
        first.publish(CODE)
        next_live(phone)
        drop(first.socket)
        while (state := phone.state())["state"] != "away":
            pass
        assert state["moving"] is False
        secret = {name: first.room[name] for name in ("token", "key")}
        with server.speaker(model.model_id, **secret) as again:
            assert again.room["token"] == first.room["token"] and again.room["moving"] is True
            again.publish(codes_for(5)[0])
            assert phone.picture().values[1] == 5.0


def test_a_second_tab_of_the_speaker_takes_over(server, model):
    with server.speaker(model.model_id) as first:
        secret = {name: first.room[name] for name in ("token", "key")}
        with server.speaker(model.model_id, **secret) as second:
            assert closed_with(first.socket) == (1008, "Another tab of the speaker has taken over.")
            with server.phone(second) as phone:
                second.publish(CODE)
                phone.picture()


def test_a_room_ends_some_time_after_the_speaker_is_gone(model):
    with running_rooms(grace_seconds=0.3) as server:
        server.add_model(model)
        speaker = Speaker(server, model.model_id)
        with server.phone(speaker) as phone:
            drop(speaker.socket)
            while phone.state() != {"type": "ended"}:
                pass
        assert len(server.rooms) == 0


def test_a_speaker_that_is_back_in_time_keeps_the_room(model):
    with running_rooms(grace_seconds=0.5) as server:
        server.add_model(model)
        first = Speaker(server, model.model_id)
        drop(first.socket)
        with server.speaker(model.model_id, token=first.room["token"], key=first.room["key"]) as again:
            time.sleep(0.8)
            with server.phone(again) as phone:
                again.publish(CODE)
                phone.picture()


def test_the_speaker_is_told_how_many_phones_follow(server, model):
    with server.speaker(model.model_id) as speaker:
        with server.phone(speaker), server.phone(speaker):
            while speaker.hear("phones")["count"] != 2:
                pass
        while speaker.hear("phones")["count"] != 0:
            pass
