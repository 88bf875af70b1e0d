"""The page of a one-time link, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import aiohttp
import pytest

from adapters.http.act import act_routes
from adapters.http.act_page import page_of
from adapters.http.server import HttpServer
from adapters.http.settings import HttpSettings
from adapters.memory.meter import MemoryMeter
from bot.services.gestures.links import LinkPage

TOKEN = "1l29l1mtd8w8593kwxern0qr0ah66m4gawt0vg"
PAGE = LinkPage(
    number="SUP-1",
    title="Invoice <b>& VAT</b>",
    actor="Ana <Huber>",
    writer="Maria <Huber>",
    words="It is\nstill </blockquote><script>wrong</script>.",
    owner="nobody yet",
    status="New",
    due="First reply, Mon 02 Mar 11:00 (in 58 min)",
    knew="7",
    free=True,
)


@dataclass
class Door:
    """A link that can be used once, and remembers what was asked for."""

    page: LinkPage | None = PAGE
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def look(self, token: str) -> LinkPage | None:
        return self.page if token == TOKEN else None

    async def act(self, token: str, deed: str, text: str, knew: str) -> LinkPage | None:
        if deed not in ("reply", "note", "claim"):
            raise ValueError(deed)
        found = await self.look(token)
        self.asked.append((deed, text, knew))
        self.page = None
        return replace(found, said="SUP-1 is yours.", done=True) if found else None


@pytest.fixture
def opened() -> Door:
    return Door()


@pytest.fixture
async def base(opened: Door) -> AsyncIterator[str]:
    routes = act_routes(opened, "https://desk.example")
    server = HttpServer(routes, HttpSettings(host="127.0.0.1", port=0), MemoryMeter())
    await server.start()
    yield f"http://127.0.0.1:{server.address[1]}/act/"
    await server.stop()


async def asked(url: str, method: str = "GET", **more: object) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as client,
        client.request(method, url, **more) as answer,  # type: ignore[arg-type]
    ):
        return answer.status, await answer.text()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_changes_nothing_and_stays_with_the_reader(
    base: str, opened: Door, method: str
) -> None:
    async with aiohttp.ClientSession() as client, client.request(method, base + TOKEN) as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
    assert (opened.asked, opened.page) == ([], PAGE)


async def test_all_words_are_text(base: str) -> None:
    _, page = await asked(base + TOKEN)
    assert "Invoice &lt;b&gt;&amp; VAT&lt;/b&gt;" in page
    assert "Maria &lt;Huber&gt; wrote" in page
    assert "You act as Ana &lt;Huber&gt;." in page
    assert "still &lt;/blockquote&gt;&lt;script&gt;" in page
    assert "<script" not in page


async def test_a_post_does_it_once(base: str, opened: Door) -> None:
    body = {"do": "reply", "text": "Grüße\n", "knew": "7"}
    status, page = await asked(base + TOKEN, "POST", data=body)
    assert (status, "SUP-1 is yours." in page, "<form" in page) == (200, True, False)
    assert '<a href="https://desk.example/console/#SUP-1">' in page
    again = await asked(base + TOKEN, "POST", data=body)
    assert (again[0], "leads nowhere" in again[1]) == (410, True)
    assert opened.asked[0] == ("reply", "Grüße\n", "7")


async def test_a_used_and_a_forged_link_look_alike(base: str, opened: Door) -> None:
    forged = [await asked(base + token) for token in ("x", TOKEN[:-1] + "0", "%00", "a" * 500)]
    opened.page = None
    used = await asked(base + TOKEN)
    assert set(forged) == {used}
    assert "SUP-1" not in used[1]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"data": {"do": "resolve"}}, 400),
        ({"data": {}}, 400),
        ({"json": {"do": "claim"}}, 415),
        ({"data": b"do=note&text=" + b"x" * 70_000, "headers": {"Content-Type": "x"}}, 415),
    ],
)
async def test_only_the_form_of_the_page_is_taken(
    base: str, opened: Door, more: dict[str, object], status: int
) -> None:
    assert (await asked(base + TOKEN, "POST", **more))[0] == status
    assert opened.asked == []


async def test_a_body_is_bounded(base: str, opened: Door) -> None:
    body = {"do": "note", "text": "x" * 70_000}
    assert (await asked(base + TOKEN, "POST", data=body))[0] == 413
    assert opened.asked == []


def test_a_ticket_that_somebody_has_cannot_be_claimed_on_the_page() -> None:
    assert 'value="claim"' in page_of(PAGE, "")
    assert 'value="claim"' not in page_of(replace(PAGE, free=False), "")


def test_what_did_not_go_through_is_still_there() -> None:
    page = page_of(replace(PAGE, said="Nothing was sent.", text="\n</textarea>Mine"), "")
    assert '<p class="said" role="alert">Nothing was sent.</p>' in page
    assert "\n\n&lt;/textarea&gt;Mine</textarea>" in page
