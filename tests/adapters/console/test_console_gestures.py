"""The console's own gestures: asking for forms, leaving them unsent, the home, and talk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from adapters.console.spaces import channels_of, may_read
from bot.domain.directory import Directory
from bot.domain.threads import Space
from tests.adapters.console.console_world import World, sample_directory

HEADERS = {"X-Deskhand": "1", "Sec-Fetch-Site": "same-origin"}
KEYS = count(1)


class Page:
    """A page of Ana's."""

    def __init__(self, world: World, client: TestClient[Any, Any]) -> None:
        self.world = world
        self._client = client

    async def get(self, path: str) -> Any:
        return await (await self._client.get(f"/console/api/{path}")).json()

    async def post(self, path: str, **fields: object) -> Any:
        body = {"key": f"gesture-{next(KEYS)}", **fields}
        answer = await self._client.post(f"/console/api/{path}", json=body, headers=HEADERS)
        assert answer.status == 200, await answer.text()
        return await answer.json()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    world = World()
    async with TestClient(TestServer(world.app())) as client:
        await client.get(world.sessions.make_link("ana"))
        yield Page(world, client)


async def test_somebodys_home_is_shown(page: Page) -> None:
    home = await page.get("home")
    assert home == {"title": "Hello ana", "intro": [], "shelves": [], "actions": []}


async def test_a_form_can_be_asked_for(page: Page) -> None:
    await page.post("run", action="dk1:reply:SUP-42", args={"saved": "refund"}, asks=1)
    await page.post("run", action="dk1:claim:SUP-42")
    assert [each.asks for each in page.world.dispatcher.invocations] == [True, False]


async def test_a_long_line_is_handed_on_whole_to_be_refused(page: Page) -> None:
    line = "/ticket reply SUP-42 " + "word " * 2000
    await page.post("run", line=line)
    assert [each.line for each in page.world.dispatcher.invocations] == [line]


async def test_a_form_that_is_left_unsent_is_kept(page: Page) -> None:
    await page.post("keep", action="dk1:reply:SUP-42:7", args={"text": "Half"})
    (kept,) = page.world.dispatcher.kept
    assert (kept.account, kept.action, kept.args) == (
        "ana",
        "dk1:reply:SUP-42:7",
        {"text": "Half"},
    )
    assert page.world.dispatcher.invocations == []


async def test_what_is_said_is_shown_by_whoever_posts_notes(page: Page) -> None:
    ref = await page.world.fill()
    await page.post("say", text="Looks like DNS", thread_root=int(ref.id))
    (talk,) = page.world.dispatcher.talks
    assert (talk.text, talk.shown) == ("Looks like DNS", False)


# ---------------------------------------------------------------- channels that stand in


@pytest.fixture
def elsewhere() -> Directory:
    """The sample desks, with support in Slack."""
    directory = sample_directory()
    slack = (Space(surface="slack", id="C1"),)
    support = replace(directory.desks["support"], channels=slack)
    return replace(directory, desks={**directory.desks, "support": support})


def test_a_desk_elsewhere_has_a_channel_that_stands_in(elsewhere: Directory) -> None:
    channels = channels_of(elsewhere, elsewhere.people["ana"])
    assert [(c.space, c.kind) for c in channels][:1] == [("incidents", "service")]
    (stands_in,) = [c for c in channels if c.space == "desk:support"]
    assert (stands_in.title, stands_in.kind) == ("support", "desk")
    assert "cannot be told in the channels of Support" in stands_in.hint


@pytest.mark.parametrize(("person", "reads"), [("ana", True), ("ben", False), ("zoe", False)])
def test_it_is_read_by_those_of_the_desk(elsewhere: Directory, person: str, reads: bool) -> None:
    assert may_read(elsewhere, elsewhere.people[person], "desk:support") is reads
