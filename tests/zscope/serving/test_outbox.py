"""The outbox: every frame for a client that reads, the newest per key for one that does not."""

import asyncio

from zscope.serving.layout import REPLY_BYTES
from zscope.serving.memory import MemoryBudget
from zscope.serving.outbox import Outbox


class Reader:
    """A client that reads at once, or not before it is let go on."""

    def __init__(self):
        self.received = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def __call__(self, frame):
        await self.reads.wait()
        self.received.append(frame)


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


def conversation(talk, memory=None):
    """Run `talk(outbox, reader)` beside the outbox's sending."""

    async def run():
        outbox, reader = Outbox(memory), Reader()
        sending = asyncio.create_task(outbox.send_all(reader))
        await settled()
        await talk(outbox, reader)
        sending.cancel()
        return reader.received

    return asyncio.run(run())


def test_a_client_that_reads_gets_everything_in_order():
    async def talk(outbox, reader):
        for frame in (b"1", b"2", b"3"):
            outbox.put("a", frame)
        await settled()
        outbox.put("a", b"4")
        await settled()

    assert conversation(talk) == [b"1", b"2", b"3", b"4"]


def test_a_client_that_does_not_read_gets_the_newest_of_each_key_in_its_place():
    async def talk(outbox, reader):
        reader.reads.clear()
        for key, frame in [("a", b"a1"), ("a", b"a2"), ("b", b"b1"), ("a", b"a3")]:
            outbox.put(key, frame)
        await settled()  # a1 is on its way and held up; the others came before anyone could know
        for key, frame in [("a", b"a4"), ("b", b"b2"), ("c", b"c1"), ("a", b"a5")]:
            outbox.put(key, frame)
        assert outbox.waiting_bytes == 6
        reader.reads.set()
        await settled()

    assert conversation(talk) == [b"a1", b"a5", b"b2", b"c1"]


def test_it_holds_one_frame_per_key_however_many_come():
    async def talk(outbox, reader):
        reader.reads.clear()
        outbox.put("a", b"first")
        await settled()
        for number in range(1000):
            outbox.put(number % 3, b"%04d" % number)
        assert outbox.waiting_bytes == 3 * 4
        reader.reads.set()
        await settled()

    assert conversation(talk) == [b"first", b"0999", b"0997", b"0998"]


def test_clients_that_do_not_read_share_a_memory_and_give_it_back():
    memory = MemoryBudget(10)

    async def talk(outbox, reader):
        reader.reads.clear()
        outbox.put("a", b"1111")
        await settled()  # on its way, held up
        assert memory.held == 4
        outbox.put("a", b"2222")
        outbox.put("b", b"too many")
        assert (memory.held, outbox.waiting_bytes) == (8, 4)
        outbox.put("a", b"333333")  # in the place of the older one
        assert (memory.held, outbox.waiting_bytes) == (10, 6)
        reader.reads.set()
        await settled()
        assert memory.held == 0
        outbox.put("b", b"4")
        await settled()

    assert conversation(talk, memory) == [b"1111", b"333333", b"4"]


def test_a_client_that_reads_is_served_when_others_have_taken_all_memory():
    memory = MemoryBudget(10)
    assert memory.reserve(10)

    async def talk(outbox, reader):
        for number in range(4):
            outbox.put(number, bytes(REPLY_BYTES // 2))
        outbox.put("more", b"than it may have waiting")
        await settled()
        outbox.put("again", b"")
        await settled()

    assert list(map(len, conversation(talk, memory))) == [REPLY_BYTES // 2] * 3 + [0]
    assert memory.held == 10


def test_releases_the_memory_of_frames_for_a_client_that_left():
    memory = MemoryBudget(100)

    async def talk(outbox, reader):
        reader.reads.clear()
        for number in range(5):
            outbox.put(number, b"12345")
        await settled()

    async def run():
        outbox, reader = Outbox(memory), Reader()
        sending = asyncio.create_task(outbox.send_all(reader))
        await talk(outbox, reader)
        assert memory.held == 25
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        outbox.clear()

    asyncio.run(run())
    assert memory.held == 0
