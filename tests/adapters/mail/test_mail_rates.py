"""R6: who sends too often is put off, but for relays that speak for many."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_network

from adapters.mail.receiving.door import Door
from adapters.mail.receiving.rates import MAX_KEYS, Rate
from adapters.mail.receiving.reception import Reception
from adapters.mail.receiving.session import SmtpSession
from adapters.mail.settings import SmtpIntakeSettings
from adapters.memory.meter import MemoryMeter
from tests.fakes.smtp import RecordingInbox

STRANGER, RELAY = "192.0.2.1", "198.51.100.7"
SETTINGS = SmtpIntakeSettings(
    connections_per_minute=2,
    messages_per_minute=3,
    per_sender_per_minute=2,
    trusted=(ip_network("198.51.100.0/24"),),
    judges=("mx.desk.example",),
)


class Clock:
    """Seconds by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def door() -> tuple[Door[object], Clock]:
    clock = Clock()
    return Door(SETTINGS, clock), clock


def test_so_many_a_minute_and_no_more() -> None:
    rate = Rate(60)
    assert [rate.allows("a", 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert [rate.allows("a", 1.0), rate.allows("a", 1.0)] == [True, False]
    assert rate.allows("b", 0.0)


def test_a_rate_remembers_only_so_many() -> None:
    rate = Rate(1)
    for number in range(MAX_KEYS + 1):
        rate.allows(f"{number}", 0.0)
    assert rate.allows("0", 0.0)
    assert not rate.allows(f"{MAX_KEYS}", 0.0)


def test_those_that_were_silent_are_forgotten_first() -> None:
    rate = Rate(1)
    for number in range(MAX_KEYS):
        rate.allows(f"{number}", 0.0 if number < 10 else 59.0)
    rate.allows("new", 60.0)
    assert not rate.allows("10", 60.0)


def test_r6_a_peer_has_a_rate_of_connections() -> None:
    entrance, clock = door()
    assert [bool(entrance.enter(STRANGER, object)) for _ in range(3)] == [True, True, False]
    clock.now = 30.0
    assert entrance.enter(STRANGER, object)


def test_r6_a_peer_has_a_rate_of_messages() -> None:
    entrance, _ = door()
    senders = ("a@x.example", "b@x.example", "c@x.example", "d@x.example")
    assert [entrance.admits(STRANGER, sender) for sender in senders] == [True, True, True, False]


def test_r6_a_sender_has_a_rate_wherever_it_comes_from() -> None:
    entrance, _ = door()
    peers = (STRANGER, "192.0.2.2", "192.0.2.3")
    assert [entrance.admits(peer, "A@x.example") for peer in peers] == [True, True, False]
    assert entrance.admits("192.0.2.4", "")


def test_r6_a_relay_of_ours_has_none() -> None:
    entrance, _ = door()
    for peer in (RELAY, "127.0.0.1"):
        assert all(entrance.admits(peer, "a@x.example") for _ in range(20))
        assert all(entrance.enter(peer, object) for _ in range(20))


class Wire(asyncio.Transport):
    """A connection from an address of the test's choice; keeps what was written."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 25), "socket": None})
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def spoken(
    peer: str, *commands: str, settings: SmtpIntakeSettings = SETTINGS
) -> tuple[list[str], RecordingInbox]:
    """The replies to a dialogue with somebody at that address, and what was stored."""
    inbox, entrance = RecordingInbox(), Door[SmtpSession](settings)
    reception = Reception(lambda _: True, inbox, settings, MemoryMeter())
    wire = Wire(peer)
    session = SmtpSession(reception, entrance)
    session.connection_made(wire)
    for command in commands:
        before = wire.written.count(b"\r\n")
        session.data_received(command.encode() + b"\r\n")
        async with asyncio.timeout(5):
            while wire.written.count(b"\r\n") == before:  # noqa: ASYNC110 - the loop's turns
                await asyncio.sleep(0)
    wire.close()
    session.connection_lost(None)
    await session.ended
    return wire.written.decode().split("\r\n")[:-1], inbox


MAIL = "MAIL FROM:<ann@x.example>"


async def test_r6_too_often_is_told_and_kept_by_the_sender() -> None:
    replies, _ = await spoken(STRANGER, "HELO client", *[MAIL, "RSET"] * 3)
    assert replies[-2].startswith("450 4.7.1 ")


async def test_r6_where_only_relays_may_send_others_are_refused_for_good() -> None:
    closed = replace(SETTINGS, only_trusted=True)
    peers = (STRANGER, RELAY, "127.0.0.1")
    replies = [(await spoken(p, "HELO client", MAIL, settings=closed))[0][-1] for p in peers]
    assert [reply[:9] for reply in replies] == ["550 5.7.1", "250 2.1.0", "250 2.1.0"]


async def test_z1_only_a_relays_mail_may_be_judged() -> None:
    dialogue = ("HELO client", MAIL, "RCPT TO:<a@desk.example>", "DATA", "Subject: x\r\n\r\nx\r\n.")
    peers = (RELAY, STRANGER, "127.0.0.1")
    believed = [(await spoken(peer, *dialogue))[1].arrivals for peer in peers]
    assert [a[0].meta.get("judges") for a in believed] == ["mx.desk.example", None, None]
