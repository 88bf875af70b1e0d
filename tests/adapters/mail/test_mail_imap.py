"""Fetching mailboxes, against a server that speaks the protocol and fails on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from adapters.mail.receiving.imap import Held, ImapFetcher
from adapters.mail.receiving.imap_mailbox import ImapSettings
from adapters.mail.receiving.imap_place import Place
from adapters.memory.meter import MemoryMeter
from bot.clock import ManualClock
from tests.fakes.imap import FakeImap
from tests.fakes.smtp import RecordingInbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = 5.0


def letter(number: int, text: str = "Hello.") -> bytes:
    return (
        f"Return-Path: <maria@acme.example>\r\nFrom: Maria <maria@acme.example>\r\n"
        f"Message-ID: <{number}@acme.example>\r\nSubject: No {number}\r\n\r\n{text}\r\n"
    ).encode()


@dataclass
class MemoryNotes:
    kept: dict[str, str] = field(default_factory=dict)

    async def recall(self, name: str) -> str:
        return self.kept.get(name, "")

    async def note(self, name: str, value: str) -> None:
        self.kept[name] = value


@dataclass
class OneDuty:
    """A duty that one instance has at a time; `lose` takes it away."""

    taken: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, name: str) -> Held | None:
        self.asked.set()
        if self.taken:
            return None
        self.taken = True
        return self

    async def held(self) -> bool:
        return self.taken

    async def release(self) -> None:
        self.taken = False


@dataclass
class Around:
    """What a fetcher sees of the service."""

    inbox: RecordingInbox = field(default_factory=RecordingInbox)
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    meter: MemoryMeter = field(default_factory=MemoryMeter)
    holder: OneDuty = field(default_factory=OneDuty)
    told: list[tuple[str, str, str]] = field(default_factory=list)

    async def locked_out(self, address: str, mailbox: str, words: str) -> None:
        self.told.append((address, mailbox, words))

    @property
    def duty(self) -> Callable[[str], Awaitable[Held | None]]:
        return self.holder.take

    @property
    def ids(self) -> list[str]:
        return [arrival.meta["message_id"] for arrival in self.inbox.arrivals]


@asynccontextmanager
async def fetching(
    server: FakeImap, around: Around, *, password: str = "pw", most: int = 100_000
) -> AsyncIterator[ImapFetcher]:
    settings = ImapSettings(
        host="127.0.0.1", port=server.port, tls="none", username="desk", password=password,
        address="support@desk.example", poll=0.02, first_wait=0.01, longest_wait=0.05,
        max_message_bytes=most,
    )  # fmt: skip
    fetcher = ImapFetcher(settings, around)
    await fetcher.start()
    try:
        yield fetcher
    finally:
        await fetcher.stop()


async def until(true: Callable[[], object]) -> None:
    """Give the loop turns until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the server runs in the same loop, the client beside it
            await asyncio.sleep(0.005)


@pytest.fixture
async def server() -> AsyncIterator[FakeImap]:
    async with FakeImap() as fake:
        yield fake


async def test_takes_what_nobody_has_read_and_marks_it_after_that(server: FakeImap) -> None:
    server.put(letter(1), "\\Seen")
    server.put(letter(2))
    around = Around()
    async with fetching(server, around):
        await until(lambda: server.seen_order)
    assert around.ids == ["2@acme.example"]
    assert around.inbox.arrivals[0].meta["rcpt"] == "support@desk.example"
    assert around.inbox.arrivals[0].meta["mail_from"] == "maria@acme.example"


async def test_a_message_that_cannot_be_stored_stays_unread(server: FakeImap) -> None:
    server.put(letter(1))
    around = Around()
    around.inbox.fail()
    async with fetching(server, around) as fetcher:
        await until(lambda: around.meter.counted("imap_failures") > 2)
        assert not server.seen_order
        assert "the database is down" in fetcher.state
        around.inbox.broken = None
        await until(lambda: server.seen_order == [1])
    assert around.ids == ["1@acme.example"]


async def test_an_announced_message_is_taken_even_if_somebody_reads_it(server: FakeImap) -> None:
    around = Around()
    async with fetching(server, around):
        await until(server.idling.is_set)
        server.put(letter(1), "\\Seen")
        await until(lambda: around.ids)
    assert around.ids == ["1@acme.example"]


async def test_a_server_without_idle_is_asked_again_and_again() -> None:
    around = Around()
    async with FakeImap(idle=False) as server, fetching(server, around) as fetcher:
        await until(lambda: fetcher.connected)
        server.put(letter(1))
        await until(lambda: around.ids)
    assert not any("IDLE" in line for line in server.journal)


@pytest.mark.parametrize("way", ["refused", "unsized", "deadly", "hollow"])
async def test_a_broken_message_holds_up_no_other_one(server: FakeImap, way: str) -> None:
    for number in (1, 2, 3):
        server.put(letter(number))
    getattr(server, way).add(2)
    around = Around()
    async with fetching(server, around):
        await until(lambda: len(around.ids) == 2)
        assert around.ids == ["1@acme.example", "3@acme.example"]
        getattr(server, way).clear()
        await until(lambda: sorted(server.seen_order) == [1, 2, 3])
    assert len(around.ids) == 3


async def test_a_message_of_no_size_is_passed_by(server: FakeImap) -> None:
    for raw in (b"", letter(2)):
        server.put(raw)
    around = Around()
    async with fetching(server, around):
        await until(server.idling.is_set)
    assert around.ids == ["2@acme.example"]
    assert around.meter.counted("imap_mails", outcome="failed") == 0


async def test_a_folder_that_cannot_be_changed_is_fetched_all_the_same(server: FakeImap) -> None:
    server.read_only = True
    for number in (1, 2):
        server.put(letter(number))
    around = Around()
    async with fetching(server, around):
        await until(server.idling.is_set)
    assert around.ids == ["1@acme.example", "2@acme.example"]
    assert around.meter.counted("imap_failures") == 0


async def test_a_lost_connection_is_made_anew(server: FakeImap) -> None:
    around = Around()
    async with fetching(server, around):
        await until(server.idling.is_set)
        server.hang_up()
        server.put(letter(1))
        await until(lambda: around.ids)
    assert server.connections > 1


async def test_a_restart_goes_on_where_it_stopped(server: FakeImap) -> None:
    around = Around()
    server.put(letter(1))
    async with fetching(server, around) as fetcher:
        await until(lambda: fetcher.connected)
    server.put(letter(2), "\\Seen")
    server.journal.clear()
    async with fetching(server, around):
        await until(lambda: len(around.ids) == 2)
    assert any("UID SEARCH UID 2:*" in line for line in server.journal)
    assert not any("UNSEEN" in line for line in server.journal)


async def test_what_a_kill_left_stored_but_not_noted_is_recognised(server: FakeImap) -> None:
    around = Around()
    server.put(letter(1))
    async with fetching(server, around) as fetcher:
        await until(lambda: fetcher.connected)
    [name] = around.notes.kept
    around.notes.kept[name] = Place(validity=server.validity).dump()
    server.seen_order.clear()
    async with fetching(server, around):
        await until(lambda: server.seen_order == [1])
    assert around.ids == ["1@acme.example"]
    assert around.meter.counted("imap_mails", outcome="duplicate") == 1


async def test_new_numbers_lose_and_double_nothing(server: FakeImap) -> None:
    around = Around()
    server.put(letter(1))
    async with fetching(server, around):
        await until(lambda: server.seen_order == [1])
        server.renumber(8)
        server.put(letter(2), "\\Seen")
        await until(lambda: len(around.ids) == 2)
    assert around.ids == ["1@acme.example", "2@acme.example"]


async def test_a_message_that_is_too_large_is_told_with_its_header(server: FakeImap) -> None:
    server.put(letter(1, "x" * 5000))
    around = Around()
    async with fetching(server, around, most=1000):
        await until(lambda: server.seen_order)
    raw = around.inbox.arrivals[0].raw
    assert b"Subject: No 1\r\n" in raw
    assert b"It is still in the mailbox, in the folder INBOX." in raw
    assert b"xxx" not in raw


async def test_a_wrong_password_is_told_and_tried_later(server: FakeImap) -> None:
    around = Around()
    async with fetching(server, around, password="wrong") as fetcher:
        await until(lambda: around.meter.counted("imap_failures") > 1)
        assert "refused the login" in fetcher.state


async def test_of_several_instances_one_fetches(server: FakeImap) -> None:
    first, second = Around(), Around()
    second.holder = first.holder
    server.put(letter(1))
    async with fetching(server, first) as fetcher:
        await until(lambda: fetcher.connected)
        async with fetching(server, second) as other:
            await until(lambda: "another instance" in other.state)
            assert server.connections == 1
            await fetcher.stop()
            server.put(letter(2))
            await until(lambda: second.ids)
    assert first.ids == ["1@acme.example"]


async def test_the_same_message_twice_in_the_folder_is_one(server: FakeImap) -> None:
    server.put(letter(1))
    server.put(letter(1))
    around = Around()
    async with fetching(server, around):
        await until(lambda: len(server.seen_order) == 2)
    assert around.ids == ["1@acme.example"]
