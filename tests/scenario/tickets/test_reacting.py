"""Emoji on messages: what they set off, once, and for whom they mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.commands.call import Reaction, Reply
from bot.domain import events as happened
from bot.domain.messages import Voice
from bot.domain.threads import Space
from tests.scenario.desk import Desk, told, words

LINK = "https://chat.example/p7"


async def react(desk: Desk, person: str, emoji: str, number: str = "", **more: Any) -> Reply | None:
    """Somebody puts an emoji on a message in a work item's thread, or elsewhere."""
    facts: dict[str, Any] = {"place": Space(surface="console", id="support"), "key": "7"}
    if number:
        ref = await desk.thread_of(number)
        facts |= {"thread": ref, "place": ref.place}
    reply = await desk.dispatcher.react(
        Reaction(surface="console", account=person, emoji=emoji, **(facts | more))
    )
    await desk.settle()
    return reply


async def test_eyes_claim_and_a_tick_resolves(desk: Desk) -> None:
    await desk.mail()
    assert told(await react(desk, "ana", "👀", "SUP-1")) == "SUP-1 is yours."
    assert told(await react(desk, "ana", "✅", "SUP-1")) == "SUP-1 is resolved."
    ticket = await desk.ticket()
    assert (ticket.assignee, ticket.status) == ("ana", "resolved")


async def test_an_emoji_on_the_card_itself_counts(desk: Desk) -> None:
    await desk.mail()
    ref = await desk.thread_of("SUP-1")
    await react(desk, "ana", "👀", key=ref.id)
    assert (await desk.ticket()).assignee == "ana"


async def test_the_picture_mark_makes_no_difference(desk: Desk) -> None:
    await desk.mail()
    await react(desk, "ana", "✅\ufe0f", "SUP-1")
    assert (await desk.ticket()).ended


async def test_an_emoji_repeated_does_nothing_twice(desk: Desk) -> None:
    await desk.mail()
    await react(desk, "ana", "👀", "SUP-1")
    await desk.run("ana", "/ticket release SUP-1")
    assert await react(desk, "ana", "👀", "SUP-1") is None
    assert (await desk.ticket()).assignee is None


async def test_a_tick_on_what_is_resolved_is_silent(desk: Desk) -> None:
    await desk.mail()
    await react(desk, "ana", "✅", "SUP-1")
    assert await react(desk, "ben", "✅", "SUP-1") is None


async def test_who_comes_second_is_told_who_was_quicker(desk: Desk) -> None:
    await desk.mail()
    await react(desk, "ana", "👀", "SUP-1")
    assert told(await react(desk, "ben", "👀", "SUP-1")).startswith("Ana has it since")


@pytest.mark.parametrize("emoji", ["👀", "✅", "🎫", "📌", "🎉"])
@pytest.mark.parametrize("person", ["gus", "nobody"])
async def test_emoji_of_nobody_are_ignored(desk: Desk, person: str, emoji: str) -> None:
    await desk.mail()
    assert await react(desk, person, emoji, "SUP-1", text="Hello") is None
    assert len(await desk.history()) == 2


@pytest.mark.parametrize("emoji", ["🎉", "👍", "", "📌"])
async def test_other_emoji_mean_nothing_on_a_ticket(desk: Desk, emoji: str) -> None:
    await desk.mail()
    assert await react(desk, "ana", emoji, "SUP-1", text="Hello") is None


@pytest.mark.parametrize("emoji", ["👀", "✅", "📌"])
async def test_emoji_where_there_is_nothing_mean_nothing(desk: Desk, emoji: str) -> None:
    assert await react(desk, "ana", emoji, text="Hello") is None


async def test_the_right_is_checked_on_the_item(desk: Desk) -> None:
    await desk.mail(to="billing@shop.example")
    for emoji in ("👀", "✅"):
        assert await react(desk, "ana", emoji, "BIL-1") is None
    assert not (await desk.ticket("BIL-1")).ended


async def test_a_tick_ends_an_incident_for_a_commander_only(desk: Desk) -> None:
    await desk.run("ben", "/incident declare Checkout is down")
    await desk.run("carla", "/incident lead INC-1 me")
    assert await react(desk, "ben", "✅", "INC-1") is None
    assert "INC-1 is resolved." in told(await react(desk, "carla", "✅", "INC-1"))


# ---------------------------------------------------------------- tickets and pins


async def test_a_ticket_is_made_of_a_message(desk: Desk) -> None:
    reply = await react(desk, "ana", "🎫", text="The printer burns\nsince nine", url=LINK)
    assert "The printer burns" in told(reply)
    (ticket,) = await desk.tickets()
    note = await desk.newest()
    assert (ticket.title, note.text) == ("The printer burns", "The printer burns\nsince nine")
    assert (note.voice, note.said.url) == (Voice.NOTE, LINK)
    assert LINK in repr((await desk.posts())[-1].context)


async def test_two_who_want_a_ticket_of_one_message_get_one(desk: Desk) -> None:
    await react(desk, "ana", "🎫", text="The printer burns")
    assert await react(desk, "ben", "🎫", text="The printer burns") is None
    assert len(await desk.tickets()) == 1


async def test_a_message_without_words_is_asked_for_them(desk: Desk) -> None:
    reply = await react(desk, "ana", "🎫")
    assert reply is not None
    assert reply.card is not None
    assert (await desk.press("ana", reply.card.actions[0].id)).form is not None


async def test_a_message_is_pinned_to_the_timeline(desk: Desk) -> None:
    await desk.run("ben", "/incident declare Checkout is down")
    ref = await desk.thread_of("INC-1")
    before = len(desk.surface.thread(ref.id))
    await react(desk, "ben", "📌", "INC-1", text="Rolled back 2026.3", url=LINK)
    told_by = [words(post.card) for post in desk.surface.thread(ref.id)[before:]]
    assert told_by == ["Ben 📌 Rolled back 2026.3"]
    story = (await desk.run("ben", "/incident timeline INC-1")).card
    assert story is not None
    assert "Ben 📌 Rolled back 2026.3" in words(story)
    note = (await desk.messages("INC-1"))[-1]
    assert (note.text, note.said.url) == ("Rolled back 2026.3", LINK)


async def test_two_pins_on_one_message_are_one(desk: Desk) -> None:
    await desk.run("ben", "/incident declare Checkout is down")
    for person in ("ben", "carla"):
        await react(desk, person, "📌", "INC-1", text="Rolled back")
    assert await desk.happened(happened.MessagePinned, "INC-1") == 1


async def test_a_note_that_is_pinned_is_not_kept_twice(desk: Desk) -> None:
    await desk.run("ben", "/incident declare Checkout is down")
    talk = await desk.talk("carla", "Rolled back", "7", number="INC-1")
    await desk.dispatcher.say(talk)
    await react(desk, "ben", "📌", "INC-1", text="Rolled back")
    (note,) = await desk.messages("INC-1")
    assert note.author == "person:carla"
    assert await desk.happened(happened.MessagePinned, "INC-1") == 1
