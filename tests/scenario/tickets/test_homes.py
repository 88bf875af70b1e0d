"""Everybody's home: what needs them, what is free, what waits, what burns, and today."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import Home, Shelf, plain
from bot.domain.directory import Directory
from bot.errors import TemporaryError
from bot.services.gestures.dispatch import Dispatcher
from bot.services.gestures.homes import ROWS
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, Desk, labels
from tests.scenario.stores import Watched, core_on


async def home(desk: Desk, person: str = "ana") -> Home:
    return await desk.dispatcher.home("console", person)


async def shelf(desk: Desk, title: str, person: str = "ana") -> Shelf:
    shelves = (await home(desk, person)).shelves
    return next(each for each in shelves if each.title.startswith(title))


def rows(found: Shelf) -> list[str]:
    return [f"{card.number} {plain(card.status)}" for card in found.cards]


async def test_an_empty_home_is_friendly(desk: Desk) -> None:
    found = await home(desk)
    assert found.title == "Good morning Ana"
    assert [each.title for each in found.shelves] == [
        "Needs you",
        "Unclaimed",
        "Waiting",
        "Incidents",
        "Today",
    ]
    assert all(each.empty and not each.cards for each in found.shelves)
    assert [action.label for action in found.actions] == [
        "New ticket",
        "Declare incident",
        "Page on-call",
        "Help",
    ]


async def test_every_action_of_a_home_opens_something(desk: Desk) -> None:
    for action in (await home(desk)).actions:
        reply = await desk.press("ana", action.id)
        assert not reply.refused
        assert reply.form is not None or action.label == "Help"


async def test_who_is_on_call_stands_first(desk: Desk) -> None:
    assert "On call now: platform Carla until 2026-03-09" in plain((await home(desk)).intro)
    assert "platform you" in plain((await home(desk, "carla")).intro)


async def test_nobody_is_told_whom_to_ask(desk: Desk) -> None:
    for account in ("gus", "U404"):
        found = await home(desk, account)
        assert (len(found.shelves), len(found.actions)) == (0, 0)
        assert "Ask Carla to add you" in plain(found.intro)


async def test_a_free_ticket_can_be_claimed_from_there(desk: Desk) -> None:
    await desk.mail()
    found = await shelf(desk, "Unclaimed")
    assert found.title == "Unclaimed (1)"
    (card,) = found.cards
    assert (card.title, labels(card)) == ("Invoice shows wrong VAT", ["Claim"])
    await desk.press("ana", card.actions[0].id)
    assert (await shelf(desk, "Unclaimed")).cards == ()


async def test_what_needs_somebody_comes_by_its_urgency(desk: Desk) -> None:
    await desk.mail()
    await desk.run("ana", "/ticket claim SUP-1")
    await desk.replied("Done.")
    await desk.answer(desk.mails()[-1], "And?")
    for sender in (BOB, "zoe@acme.example", "late@acme.example"):
        await desk.mail(sender=sender)
    for number in ("SUP-2", "SUP-3"):
        await desk.run("ana", f"/ticket claim {number}")
    assert [row.split(" · ")[0] for row in rows(await shelf(desk, "Needs you"))] == [
        "SUP-1 💬 the customer answered",
        "SUP-2 🔵 waits for us",
        "SUP-3 🔵 waits for us",
    ]
    await desk.after(minutes=50)
    assert rows(await shelf(desk, "Needs you"))[0].startswith("SUP-2 ⏳ at risk · due")
    await desk.after(minutes=11)
    assert rows(await shelf(desk, "Needs you"))[0].startswith("SUP-2 🔴 missed its target · was")


async def test_what_waits_for_others_needs_nobody(desk: Desk) -> None:
    await desk.mail()
    await desk.mail(sender=BOB)
    await desk.run("ana", "/ticket reply SUP-1 Which invoice?")
    await desk.run("ana", "/ticket claim SUP-2")
    await desk.run("ana", "/ticket snooze SUP-2 3h")
    waits = rows(await shelf(desk, "Waiting"))
    assert sorted(row[:8] for row in waits) == ["SUP-1 🟣 ", "SUP-2 💤 "]
    needy = await shelf(desk, "Needs you")
    assert needy.empty == "Nothing needs you. 2 of your tickets wait for somebody else."


async def test_an_incident_can_be_acknowledged_from_there(desk: Desk) -> None:
    await desk.run("ana", "/incident declare Checkout is down --sev1 --service checkout")
    (card,) = (await shelf(desk, "Incidents", "ben")).cards
    assert labels(card) == ["Acknowledge"]
    (other,) = (await shelf(desk, "Incidents", "ana")).cards
    assert labels(other) == ["Open"]
    await desk.press("ben", card.actions[0].id)
    assert "Ben has it" in rows(await shelf(desk, "Incidents"))[0]


async def test_today_counts_from_ones_own_midnight(desk: Desk) -> None:
    await desk.mail()
    await desk.after(minutes=4)
    await desk.run("ana", "/ticket reply SUP-1 Done. --resolve")
    assert (await shelf(desk, "Today")).empty == "1 in · 1 resolved · median first reply 4 min"
    await desk.after(days=1)
    assert (await shelf(desk, "Today")).empty == "0 in · 0 resolved · median first reply –"


async def test_a_long_shelf_is_cut_and_counted(desk: Desk) -> None:
    for number in range(ROWS + 3):
        await desk.mail(sender=f"c{number}@acme.example")
    found = await shelf(desk, "Unclaimed")
    assert len(found.cards) == ROWS
    assert (found.title, found.more) == (f"Unclaimed ({ROWS + 3})", "and 3 more: /ticket queue")


async def test_other_desks_stay_unseen(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example")
    assert (await shelf(desk, "Unclaimed")).cards == ()


async def test_who_works_on_no_desk_sees_what_burns(
    open_desk: OpenDesk, directory: Directory
) -> None:
    responder = replace(directory.people["ben"], grants=directory.people["ben"].grants[1:])
    desk = await open_desk(people={**directory.people, "ben": responder})
    assert [each.title for each in (await home(desk, "ben")).shelves] == ["Incidents", "Today"]


async def test_a_database_that_is_away_is_said(desk: Desk) -> None:
    async def away() -> None:
        raise TemporaryError("away")

    dispatcher = Dispatcher(core_on(desk, Watched(desk.store, away)), desk.dispatcher.table)
    assert "did not answer" in plain((await dispatcher.home("console", "ana")).intro)
