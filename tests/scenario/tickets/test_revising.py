"""Talk that is edited or deleted where it was said, and notes that cross to other platforms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import Card, Link
from bot.commands.call import Reply
from bot.domain import events as happened
from bot.domain.directory import Directory, ReplyMode
from bot.domain.messages import Delivery, Voice
from bot.domain.threads import Space
from bot.errors import TemporaryError
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import Desk, labels, told, words

LINK = "https://chat.example/p1"


@pytest.fixture
async def both(open_desk: OpenDesk, directory: Directory) -> Desk:
    """A desk on two platforms, with one ticket."""
    channels = (Space(surface="console", id="support"), Space(surface="slack", id="C1"))
    support = replace(directory.desks["support"], channels=channels)
    ben = replace(directory.people["ben"], accounts={"console": "ben", "slack": "U2"})
    desk = await open_desk(
        also=["slack"],
        desks={**directory.desks, "support": support},
        people={**directory.people, "ben": ben},
    )
    await desk.mail()
    return desk


@pytest.fixture
async def mirror(open_desk: OpenDesk, directory: Directory) -> Desk:
    """A desk that relays its talk, with one ticket."""
    support = replace(directory.desks["support"], reply_mode=ReplyMode.MIRROR)
    desk = await open_desk(desks={**directory.desks, "support": support})
    await desk.mail()
    return desk


async def say(desk: Desk, text: str, person: str = "ana", key: str = "1") -> Reply | None:
    reply = await desk.dispatcher.say(await desk.talk(person, text, key, url=LINK))
    await desk.settle()
    return reply


async def revise(desk: Desk, text: str, person: str = "ana", key: str = "1") -> Reply | None:
    reply = await desk.dispatcher.revise(await desk.talk(person, text, key))
    await desk.settle()
    return reply


async def withdraw(desk: Desk, person: str = "ana", key: str = "1") -> Reply | None:
    reply = await desk.dispatcher.withdraw("console", person, key)
    await desk.settle()
    return reply


def on_slack(desk: Desk) -> list[Card]:
    """What stands in the ticket's thread there."""
    (root,) = desk.surfaces["slack"].channel("C1")
    return [posting.card for posting in desk.surfaces["slack"].thread(root.id)[1:]]


# ---------------------------------------------------------------- several platforms


async def test_a_note_crosses_with_its_writer_and_not_back(both: Desk) -> None:
    before = len(await both.posts())
    await say(both, "Looks like DNS")
    assert len(await both.posts()) == before
    note = on_slack(both)[-1]
    assert note.author is not None
    assert (note.author.name, note.author.via) == ("Ana", "internal · console")
    assert "Looks like DNS" in words(note)
    assert LINK in repr(note.context)


async def test_a_note_crosses_the_other_way_too(both: Desk) -> None:
    (root,) = both.surfaces["slack"].channel("C1")
    thread = replace(await both.thread_of("SUP-1"), surface="slack", space="C1", id=root.id)
    before = len(on_slack(both))
    talk = await both.talk("U2", "!note On it", surface="slack", thread=thread)
    await both.dispatcher.say(talk)
    await both.settle()
    assert len(on_slack(both)) == before
    assert "Ben internal · slack | On it" in words((await both.posts())[-1])


async def test_cards_agree_on_every_platform(both: Desk) -> None:
    await both.run("ana", "/ticket claim SUP-1")
    (root,) = both.surfaces["slack"].channel("C1")
    assert root.card == await both.card()
    assert "Ana" in words(root.card)


async def test_a_claim_is_one_on_every_platform(both: Desk) -> None:
    await both.run("ana", "/ticket claim SUP-1")
    (root,) = both.surfaces["slack"].channel("C1")
    thread = replace(await both.thread_of("SUP-1"), surface="slack", space="C1", id=root.id)
    talk = await both.talk("U2", "!claim", surface="slack", thread=thread)
    assert told(await both.dispatcher.say(talk)).startswith("Ana has it since")


async def test_a_platform_that_was_down_catches_up_in_order(both: Desk) -> None:
    slack = both.surfaces["slack"]
    slack.script.outage(TemporaryError("away"))
    for key, text in enumerate(("first", "second", "third")):
        await say(both, text, key=str(key))
    await both.run("ana", "/ticket claim SUP-1")
    assert "Ana" in words(await both.card())
    slack.script.outage(None)
    await both.after(minutes=5)
    said = [words(card).rpartition(" | ")[0] for card in on_slack(both)]
    assert [text for text in said if "Ana internal" in text] == [
        f"Ana internal · console | {text}" for text in ("first", "second", "third")
    ]
    (root,) = slack.channel("C1")
    assert "Owner: Ana" in words(root.card)


# ---------------------------------------------------------------- notes


async def test_an_edited_note_changes_everywhere(both: Desk) -> None:
    await say(both, "Looks like DMS")
    await revise(both, "Looks like DNS")
    assert (await both.newest()).text == "Looks like DNS"
    note = words(on_slack(both)[-1])
    assert "Looks like DNS" in note
    assert "✎ edited" in note
    assert await both.happened(happened.NoteEdited) == 1


async def test_the_history_leads_to_where_a_note_was_said(both: Desk) -> None:
    await say(both, "Looks like DNS")
    history = (await both.run("ben", "/ticket log SUP-1")).card
    assert history is not None
    assert Link("where it was said", LINK) in history.blocks[-1].runs


async def test_an_edit_that_comes_twice_is_one(both: Desk) -> None:
    await say(both, "Looks like DMS")
    for _ in range(2):
        await revise(both, "Looks like DNS")
    assert await both.happened(happened.NoteEdited) == 1


async def test_a_withdrawn_note_is_struck_through_and_kept(both: Desk) -> None:
    await say(both, "Oh no")
    await withdraw(both)
    note = on_slack(both)[-1]
    assert note.ended
    assert "Oh no" in words(note)
    assert "✂ withdrawn" in words(note)
    assert (await both.newest()).text == "Oh no"
    assert await both.happened(happened.NoteWithdrawn) == 1


async def test_a_withdrawn_note_is_not_edited_any_more(both: Desk) -> None:
    await say(both, "Oh no")
    await withdraw(both)
    await revise(both, "Oh yes")
    assert (await both.newest()).text == "Oh no"


@pytest.mark.parametrize("person", ["ben", "carla", "gus", "nobody"])
async def test_only_its_writer_changes_a_note(both: Desk, person: str) -> None:
    await say(both, "Mine")
    assert await revise(both, "Yours", person) is None
    assert await withdraw(both, person) is None
    assert (await both.newest()).text == "Mine"
    assert await both.happened(happened.NoteWithdrawn) == 0


async def test_unknown_messages_change_nothing(both: Desk) -> None:
    await say(both, "Mine")
    assert await revise(both, "Other", key="2") is None
    assert await withdraw(both, key="2") is None
    assert (await both.newest()).text == "Mine"


async def test_a_typed_note_is_edited_by_its_words(both: Desk) -> None:
    await say(both, "!note Looks like DMS")
    await revise(both, "!note Looks like DNS")
    assert (await both.newest()).text == "Looks like DNS"
    await revise(both, "!claim")
    assert (await both.newest()).text == "Looks like DNS"


async def test_an_edit_runs_no_command(both: Desk) -> None:
    await say(both, "!priority high")
    await revise(both, "!priority urgent")
    assert (await both.ticket()).priority == "high"


# ---------------------------------------------------------------- what goes to the customer


async def test_a_note_never_becomes_a_mail_by_an_edit(mirror: Desk) -> None:
    await say(mirror, "// He is difficult")
    await revise(mirror, "He is difficult")
    await mirror.after(minutes=1)
    assert mirror.mails() == []


async def test_relayed_talk_is_changed_while_it_waits(mirror: Desk) -> None:
    await say(mirror, "It is fixd.")
    assert "Changed" in told(await revise(mirror, "It is fixed."))
    await mirror.after(seconds=10)
    assert [mail.text for mail in mirror.mails()] == ["It is fixed.\n"]


async def test_it_may_be_changed_again_and_again(mirror: Desk) -> None:
    for text in ("one", "two", "three"):
        await (revise if text != "one" else say)(mirror, text)
    await mirror.after(seconds=10)
    assert [mail.text for mail in mirror.mails()] == ["three\n"]


async def test_relayed_talk_that_is_deleted_is_taken_back(mirror: Desk) -> None:
    await say(mirror, "Wrong ticket!")
    assert "nothing was sent" in told(await withdraw(mirror))
    await mirror.after(minutes=1)
    assert mirror.mails() == []
    assert (await mirror.newest()).delivery is Delivery.UNDONE


async def test_relayed_talk_made_internal_is_kept_as_a_note(mirror: Desk) -> None:
    await say(mirror, "He is difficult")
    assert "nothing was sent" in told(await revise(mirror, "// He is difficult"))
    await mirror.after(minutes=1)
    assert mirror.mails() == []
    assert (await mirror.newest()).voice is Voice.NOTE


async def test_a_typed_reply_is_changed_too(both: Desk) -> None:
    await say(both, "!reply It is fixd. --resolve")
    await revise(both, "!reply It is fixed. --open")
    await both.after(seconds=10)
    assert [mail.text for mail in both.mails()] == ["It is fixed.\n"]
    assert (await both.ticket()).status == "open"


async def test_words_that_are_refused_stay_taken_back(both: Desk) -> None:
    await say(both, "!reply It is fixd.")
    reply = await revise(both, "!reply It is fixed. --resolv")
    await both.after(minutes=1)
    assert "nothing was sent" in told(reply)
    assert both.mails() == []


async def test_after_the_window_a_correction_is_offered(both: Desk) -> None:
    await say(both, "!reply It is fixd.")
    await both.after(seconds=10)
    reply = await revise(both, "!reply It is fixed.")
    assert "the mail has left" in told(reply)
    assert reply is not None
    assert reply.card is not None
    assert labels(reply.card) == ["Send correction"]
    form = (await both.press("ana", reply.card.actions[0].id)).form
    assert form is not None
    assert [field.value for field in form.fields if field.name == "text"] == ["It is fixed."]
    assert [mail.text for mail in both.mails()] == ["It is fixd.\n"]


async def test_deleting_what_has_left_says_so(both: Desk) -> None:
    await say(both, "!reply It is fixed.")
    await both.after(seconds=10)
    assert "the mail has left" in told(await withdraw(both))
    assert (await both.newest()).delivery is Delivery.SENT


async def test_what_became_internal_is_no_draft_for_the_customer(mirror: Desk) -> None:
    await say(mirror, "He is difficult")
    await mirror.after(seconds=10)
    assert "the mail has left" in told(await revise(mirror, "// He is difficult"))
    assert "You have no draft" in told(await mirror.run("ana", "/ticket draft SUP-1 send"))
