"""Streamed answers: progress is throttled, everything else is sent, and a client that leaves ends the work."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from zscope.serving.streams import PROGRESS_SECONDS, Lines, Stream, Throttle, stream_lines


class Clock:
    """Time that a test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def lines_at(clock) -> tuple[Lines, list]:
    sent = []
    return Lines(lambda part: sent.append(json.loads(part)), lambda: False, Throttle(clock=clock)), sent


def test_progress_is_sent_once_in_a_while_and_not_worked_out_in_between(clock):
    lines, sent = lines_at(clock)
    worked_out = []
    for step in range(100):
        clock.now = 0.01 * step
        lines.progress(lambda step=step: worked_out.append(step) or {"step": step})
    assert len(sent) == pytest.approx(1.0 / PROGRESS_SECONDS, abs=1)
    assert [line["step"] for line in sent] == worked_out
    assert sent[0] == {"step": 0}, "the first is sent at once"


def test_a_line_is_always_sent_and_progress_waits_after_it(clock):
    lines, sent = lines_at(clock)
    lines.line({"found": 1})
    lines.line({"found": 2})
    lines.progress(lambda: {"step": 1})
    assert sent == [{"found": 1}, {"found": 2}]
    clock.now = PROGRESS_SECONDS
    lines.progress(lambda: {"step": 2})
    assert sent[-1] == {"step": 2}


def test_a_throttle_is_due_again_after_its_seconds(clock):
    throttle = Throttle(0.5, clock)
    assert throttle.due() and throttle.due(), "asking does not restart it"
    throttle.restart()
    clock.now = 0.4
    assert not throttle.due()
    clock.now = 0.5
    assert throttle.due()


def collected(stream: Stream, parts: int | None = None) -> list[bytes]:
    async def collect():
        found, sent = [], stream_lines(stream)
        async for part in sent:
            found.append(part)
            if len(found) == parts:
                await sent.aclose()
                break
        return found

    return asyncio.run(collect())


def test_parts_come_in_order_whatever_they_are():
    def work(lines: Lines) -> None:
        lines.line({"a": 1})
        for number in range(50):  # more than are kept for a slow client
            lines.send(bytes([number]))

    assert collected(Stream(work, ThreadPoolExecutor(1))) == [b'{"a": 1}\n', *(bytes([n]) for n in range(50))]


def test_work_learns_that_its_client_has_left():
    ended = threading.Event()

    def work(lines: Lines) -> None:
        while not lines.stopped():
            lines.line({"going": "on"})
        ended.set()

    assert len(collected(Stream(work, ThreadPoolExecutor(1)), 3)) == 3
    assert ended.wait(30)
