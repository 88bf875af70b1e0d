"""Channels that refuse us: somebody is told once, and nothing disappears."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.memory.surface import MemorySurface
from bot.cards import Card
from bot.domain.directory import Directory
from bot.domain.effects import OpenThread, ParcelState
from bot.domain.people import Grant, Role
from bot.domain.threads import Space
from bot.errors import Fault, PermanentError
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, Desk, words

NOT_IN_CHANNEL = PermanentError("not_in_channel", fault=Fault.DESTINATION, code="not_in_channel")
SLACK, CONSOLE = Space(surface="slack", id="C1"), Space(surface="console", id="support")
STAND_IN = "desk:support"


def told(surface: MemorySurface, space: str) -> list[str]:
    """The notices in a channel: cards of no work item."""
    return [words(posting.card) for posting in surface.channel(space) if not posting.card.number]


def cards(surface: MemorySurface, space: str) -> list[str]:
    """The work items in a channel."""
    return [posting.card.number for posting in surface.channel(space) if posting.card.number]


@pytest.fixture
def desk_on(open_desk: OpenDesk, directory: Directory) -> Any:
    """Makes a desk with these channels, whose Slack refuses us."""

    async def make(*channels: Space, **changes: Any) -> Desk:
        support = replace(directory.desks["support"], channels=channels)
        desks = {**directory.desks, "support": support}
        desk = await open_desk(also=["slack"], desks=desks, **changes)
        desk.surfaces["slack"].script.outage(NOT_IN_CHANNEL)
        return desk

    return make


async def dead(desk: Desk) -> list[str]:
    found = await desk.store.outbox.find(ParcelState.DEAD, limit=100)
    return [type(parcel.effect).__name__ for parcel in found]


async def test_the_other_channel_is_told_once_however_much_fails(desk_on: Any) -> None:
    desk = await desk_on(SLACK, CONSOLE)
    for sender in (BOB, "zoe@acme.example"):
        await desk.mail(sender=sender)
    await desk.run("ana", "/ticket claim SUP-1")
    assert len(await dead(desk)) > 3
    (notice,) = told(desk.surface, "support")
    assert "I cannot write to slack:C1 | slack:C1 says: not_in_channel. Invite the bot" in notice
    assert cards(desk.surface, "support") == ["SUP-1", "SUP-2"]


async def test_it_is_told_again_on_another_day(desk_on: Any) -> None:
    desk = await desk_on(SLACK, CONSOLE)
    await desk.mail()
    await desk.after(days=1)
    await desk.mail(sender=BOB)
    assert len(told(desk.surface, "support")) == 2


async def test_a_ticket_whose_only_channel_is_broken_appears_in_the_console(desk_on: Any) -> None:
    desk = await desk_on(SLACK)
    await desk.mail()
    assert cards(desk.surface, STAND_IN) == ["SUP-1"]
    (root,) = [p for p in desk.surface.channel(STAND_IN) if p.card.number]
    thread: list[Card] = [posting.card for posting in desk.surface.thread(root.id)[1:]]
    assert ["Hello, the invoice is wrong." in words(card) for card in thread] == [True]
    assert len(told(desk.surface, STAND_IN)) == 1


async def test_what_comes_later_reaches_the_stand_in(desk_on: Any) -> None:
    desk = await desk_on(SLACK)
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    (root,) = [p for p in desk.surface.channel(STAND_IN) if p.card.number]
    assert "Owner: Ana" in words(root.card)


async def test_a_card_that_cannot_be_posted_holds_up_nothing_behind_it(desk_on: Any) -> None:
    desk = await desk_on(CONSOLE, SLACK)
    slack = desk.surfaces["slack"]
    slack.script.outage(None)
    await desk.mail()
    slack.script.then(None, PermanentError("invalid_blocks"))
    await desk.run("ana", "/ticket note SUP-1 too wide for Slack")
    await desk.run("ana", "/ticket note SUP-1 small")
    (root,) = slack.channel("C1")
    assert "small" in words(slack.thread(root.id)[-1].card)
    assert await dead(desk) == ["PostMessage"]
    (notice,) = told(desk.surface, "support")
    assert "deskhand outbox list" in notice


async def test_a_channel_that_was_mended_gets_its_thread(desk_on: Any) -> None:
    desk = await desk_on(CONSOLE, SLACK)
    slack = desk.surfaces["slack"]
    await desk.mail()
    assert cards(slack, "C1") == []
    slack.script.outage(None)
    await desk.run("ana", "/ticket claim SUP-1")
    assert cards(slack, "C1") == ["SUP-1"]


async def test_a_replay_opens_no_second_thread(desk_on: Any) -> None:
    desk = await desk_on(CONSOLE, SLACK)
    slack = desk.surfaces["slack"]
    await desk.mail()
    parked = await desk.store.outbox.find(ParcelState.DEAD)
    slack.script.outage(None)
    await desk.run("ana", "/ticket claim SUP-1")
    for parcel in parked:
        await desk.store.outbox.replay(parcel.id, desk.clock.now())
    await desk.settle()
    assert cards(slack, "C1") == ["SUP-1"]
    assert await dead(desk) == []


async def test_a_token_that_was_revoked_is_told_and_what_waits_comes_later(desk_on: Any) -> None:
    desk = await desk_on(SLACK)
    slack = desk.surfaces["slack"]
    slack.script.outage(PermanentError("token_revoked", fault=Fault.CREDENTIAL))
    await desk.mail()
    await desk.after(minutes=6)
    (notice,) = told(desk.surface, STAND_IN)
    assert "slack:C1 says: token_revoked. Give the bot a valid token" in notice
    assert (cards(desk.surface, STAND_IN), await dead(desk)) == (["SUP-1"], [])
    slack.script.outage(None)
    await desk.after(minutes=6)
    assert cards(slack, "C1") == ["SUP-1"]


async def test_an_incident_is_not_lost_either(open_desk: OpenDesk, directory: Directory) -> None:
    lonely = replace(directory.services["db"], channels=(SLACK,))
    desk = await open_desk(also=["slack"], services={"db": lonely})
    desk.surfaces["slack"].script.outage(NOT_IN_CHANNEL)
    await desk.run("carla", "/incident declare Disk is full --service db")
    assert cards(desk.surface, "service:db") == ["INC-1"]


async def test_where_nobody_owns_the_channel_an_administrator_hears_it(
    desk_on: Any, directory: Directory
) -> None:
    admin = replace(directory.people["ana"], grants=(Grant(role=Role.ADMIN),))
    desk = await desk_on(SLACK, people={**directory.people, "ana": admin})
    await desk.mail()
    ticket = await desk.ticket()
    async with desk.store.work() as work:
        link = await work.threads.add(ticket.id, Space(surface="slack", id="C9"))
        await work.outbox.put(OpenThread(thread=link.id))
    await desk.settle()
    (notice,) = desk.surface.directs("ana")
    assert "I cannot write to slack:C9" in words(notice.card)
