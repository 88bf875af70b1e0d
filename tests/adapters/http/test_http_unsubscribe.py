"""The way out of a ticket, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import aiohttp
import pytest

from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.http.unsubscribe import unsubscribe_routes
from adapters.memory.meter import MemoryMeter
from bot.services.mailing.outgoing.leaving import Leaver

TOKEN = "1a02" + "0123456789abcdef"
BOB = Leaver(number="SUP-1", desk="Shop <Support>", address="bob@acme.example")


@dataclass
class Gate:
    """Lets Bob leave once, and remembers who asked for what."""

    there: bool = True
    who: Leaver = BOB
    left: list[str] = field(default_factory=list)

    async def look(self, token: str) -> Leaver | None:
        return self.who if self.there else None

    async def leave(self, token: str) -> Leaver | None:
        self.left.append(token)
        was, self.there = self.there, False
        return self.who if was else None


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def url(gate: Gate) -> AsyncIterator[str]:
    routes = unsubscribe_routes(gate.look, gate.leave)
    server = HttpServer(routes, HttpSettings(host="127.0.0.1", port=0), MemoryMeter())
    await server.start()
    yield f"http://127.0.0.1:{server.address[1]}/u/{TOKEN}"
    await server.stop()


async def test_o2_following_the_link_shows_a_page_and_changes_nothing(url: str, gate: Gate) -> None:
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        page = await answer.text()
        assert answer.status == 200
        assert "bob@acme.example takes part in SUP-1 with Shop &lt;Support&gt;." in page
        assert '<form method="post">' in page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not gate.left


async def test_o2_one_post_leaves_as_rfc_8058_has_it(url: str, gate: Gate) -> None:
    body = {"List-Unsubscribe": "One-Click"}
    async with aiohttp.ClientSession() as client:
        async with client.post(url, data=body, allow_redirects=False) as answer:
            assert answer.status == 200
            assert "gets no more mail about SUP-1" in await answer.text()
            assert "Set-Cookie" not in answer.headers
        async with client.post(url, data=body) as again:
            assert (again.status, "Nothing to do" in await again.text()) == (200, True)
    assert gate.left == [TOKEN, TOKEN]


@pytest.mark.parametrize(
    ("own", "asked", "done"),
    [
        (
            False,
            "takes part in SUP-1 with Shop &lt;Support&gt;, which goes on as SUP-7.",
            "no more mail about SUP-1 from Shop &lt;Support&gt;, nor about SUP-7, which goes on",
        ),
        (
            True,
            "which goes on as SUP-7. SUP-7 is their own ticket: to end it, answer",
            "no more mail about SUP-1 from Shop &lt;Support&gt;. SUP-7 is their own ticket:",
        ),
    ],
)
async def test_o2_of_a_merged_ticket_the_one_that_goes_on_is_named(
    url: str, gate: Gate, own: bool, asked: str, done: str
) -> None:
    gate.who = replace(BOB, goes_on="SUP-7", own=own)
    async with aiohttp.ClientSession() as client:
        async with client.get(url) as answer:
            assert asked in await answer.text()
        async with client.post(url) as answer:
            assert done in await answer.text()


async def test_a_link_that_is_none_tells_nothing(url: str, gate: Gate) -> None:
    gate.there = False
    async with aiohttp.ClientSession() as client, client.get(url) as answer:
        assert "bob" not in await answer.text()
