"""The way out of a ticket that was merged leads off the one that goes on, too (O2)."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import participants
from bot.services.mailing.outgoing import correspondence, leaving
from tests.scenario.desk import BOB, EVE, MARIA, Desk
from tests.scenario.tickets.test_merging import desk, merged, people

__all__ = ["desk"]


async def way_out(desk: Desk, number: str, address: str) -> str:
    """The token of the link by which somebody leaves the ticket."""
    core = replace(desk.core, public_url="https://desk.example")
    url = correspondence.leave_url(core, await desk.ticket(number), address)
    return url.rpartition("/")[2]


async def left(desk: Desk, token: str) -> tuple[str, str, bool]:
    """What the page is told, before and after: the ticket, the one that goes on, whose it is."""
    seen = await leaving.look(desk.core, token)
    done = await leaving.leave(desk.core, token, desk.clock.now())
    assert done == seen
    assert isinstance(done, leaving.Leaver)
    return done.number, done.goes_on, done.own


async def test_o2_a_link_leads_off_the_ticket_that_goes_on(desk: Desk) -> None:
    await desk.run("ana", f"/ticket add SUP-2 {EVE}")
    token = await way_out(desk, "SUP-2", EVE)
    await merged(desk)
    assert await people(desk) == [MARIA, BOB, EVE]
    assert await left(desk, token) == ("SUP-2", "SUP-1", False)
    assert EVE not in await people(desk) + await people(desk, "SUP-2")
    assert await leaving.look(desk.core, token) is None


async def test_o2_it_does_so_when_only_that_one_lists_them(desk: Desk) -> None:
    await desk.run("ana", f"/ticket add SUP-2 {EVE}")
    token = await way_out(desk, "SUP-2", EVE)
    await merged(desk)
    ticket = await desk.ticket("SUP-2")
    async with desk.store.work() as work:
        await work.items.save(participants.leave(ticket, EVE, "").item)
    assert await left(desk, token) == ("SUP-2", "SUP-1", False)
    assert await people(desk) == [MARIA, BOB]


async def test_o2_who_was_left_out_hears_nothing_of_the_other_one(desk: Desk) -> None:
    await desk.run("ana", f"/ticket add SUP-2 {EVE}")
    token = await way_out(desk, "SUP-2", EVE)
    await merged(desk, "SUP-2 SUP-1 leave_out")
    assert await left(desk, token) == ("SUP-2", "", False)
    assert await people(desk, "SUP-2") == [BOB]


async def test_o2_nobody_is_led_off_their_own_ticket(desk: Desk) -> None:
    await desk.run("ana", f"/ticket add SUP-2 {MARIA}")
    token = await way_out(desk, "SUP-2", MARIA)
    await merged(desk)
    assert await left(desk, token) == ("SUP-2", "SUP-1", True)
    assert await people(desk) == [MARIA, BOB]
    assert await leaving.leave(desk.core, token, desk.clock.now()) is None


async def test_o2_what_waits_on_the_ticket_that_goes_on_is_not_sent(desk: Desk) -> None:
    await desk.run("ana", f"/ticket add SUP-2 {EVE}")
    token = await way_out(desk, "SUP-2", EVE)
    await merged(desk)
    await desk.run("ana", "/ticket reply SUP-1 Hello all")
    await left(desk, token)
    await desk.after(seconds=10)
    assert (len(desk.mails(BOB)), desk.mails(EVE)) == (1, [])
