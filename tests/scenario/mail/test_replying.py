"""The reply form: saved words, drafts, and two people who answer at the same time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards import FieldKind, Form
from bot.commands.call import Invocation, Reply
from bot.domain import events as happened
from bot.domain.directory import Directory, ReplyMode, SavedReply
from bot.domain.mail import Attachment
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import Desk, labels, told

SAVED = {
    "refund": SavedReply(
        key="refund", name="Refund", text="Hello {requester},\n{ticket} is paid back."
    ),
    "vat": SavedReply(key="vat", name="VAT", text="See {url}.", desks=("billing",)),
}
REFUND = "Hello Maria Huber,\nSUP-1 is paid back."
PHOTO = Attachment(name="photo.png", content_type="image/png", content=b"\x89PNG")


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """A desk with saved replies and one ticket."""
    desk = await open_desk(saved_replies=SAVED)
    await desk.mail()
    return desk


async def opened(desk: Desk, person: str) -> Form:
    """Somebody opens the reply form."""
    reply = await desk.press(person, "dk1:reply:SUP-1")
    assert reply.form is not None, told(reply)
    return reply.form


async def close(desk: Desk, person: str, form: Form, **args: str) -> None:
    """Somebody closes the form without sending."""
    gesture = Invocation(surface="console", account=person, key="", action=form.id, args=args)
    await desk.dispatcher.keep(gesture)


def value(form: Form, name: str) -> str:
    return next(field.value for field in form.fields if field.name == name)


def card_labels(reply: Reply) -> list[str]:
    return labels(reply.card) if reply.card is not None else []


# ---------------------------------------------------------------- saved replies


async def test_a_form_offers_the_saved_replies_of_its_desk(desk: Desk) -> None:
    form = await opened(desk, "ana")
    start = form.fields[0]
    assert (start.name, start.kind, start.required) == ("saved", FieldKind.CHOICE, False)
    assert start.options == (("refund", "Refund"),)


async def test_a_saved_reply_alone_is_what_is_sent(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.press("ana", form.id, saved="refund", text="", then="resolve")
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails()] == [f"{REFUND}\n"]
    assert (await desk.ticket()).ended


async def test_words_of_ones_own_win_over_a_saved_reply(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.press("ana", form.id, saved="refund", text="Mine", then="wait")
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails()] == ["Mine\n"]


async def test_a_form_is_filled_with_the_saved_reply_that_was_chosen(desk: Desk) -> None:
    ask = Invocation(
        surface="console",
        account="ana",
        key="",
        action="dk1:reply:SUP-1",
        args={"saved": "refund", "text": ""},
        asks=True,
    )
    form = (await desk.dispatcher.run(ask)).form
    assert form is not None
    assert (value(form, "text"), value(form, "saved")) == (REFUND, "refund")


@pytest.mark.parametrize("typed", ["--saved refund", "--saved refund --resolve", "—saved=refund"])
async def test_a_saved_reply_can_be_typed(desk: Desk, typed: str) -> None:
    reply = await desk.run("ana", f"/ticket reply SUP-1 {typed}")
    assert not reply.refused, told(reply)
    await desk.after(seconds=10)
    assert [mail.text for mail in desk.mails()] == [f"{REFUND}\n"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--saved refnd", "Saved: refund."),
        ("--saved vat", "There is no saved reply “vat”."),
        ("--saved refund and more", "nothing was sent"),
    ],
)
async def test_what_is_no_saved_reply_is_not_mailed(desk: Desk, typed: str, words: str) -> None:
    reply = await desk.run("ana", f"/ticket reply SUP-1 {typed}")
    await desk.after(minutes=1)
    assert words in told(reply)
    assert desk.mails() == []


# ---------------------------------------------------------------- somebody is at it


async def test_the_second_one_is_warned(desk: Desk) -> None:
    assert (await opened(desk, "ben")).warning == ""
    await desk.after(seconds=40)
    form = await opened(desk, "ana")
    assert form.warning == "Ben is already replying (opened the form 40 s ago)."


async def test_ones_own_form_is_no_warning(desk: Desk) -> None:
    await opened(desk, "ana")
    assert (await opened(desk, "ana")).warning == ""


@pytest.mark.parametrize("end", ["send", "close", "forget"])
async def test_the_warning_ends(desk: Desk, end: str) -> None:
    form = await opened(desk, "ben")
    if end == "send":
        await desk.press("ben", form.id, text="Done", then="wait")
    elif end == "close":
        await close(desk, "ben", form)
    else:
        await desk.after(minutes=16)
    assert (await opened(desk, "ana")).warning == ""


async def test_typing_counts_where_talk_goes_to_the_customer(
    open_desk: OpenDesk, directory: Directory
) -> None:
    mirror = replace(directory.desks["support"], reply_mode=ReplyMode.MIRROR)
    desk = await open_desk(desks={**directory.desks, "support": mirror})
    await desk.mail()
    await desk.dispatcher.typing("console", "ben", await desk.thread_of("SUP-1"))
    assert (await opened(desk, "ana")).warning == "Ben is typing in the thread."
    await desk.after(seconds=20)
    assert (await opened(desk, "carla")).warning.startswith("Ana is already replying")


async def test_typing_a_note_is_no_reply(desk: Desk) -> None:
    await desk.dispatcher.typing("console", "ben", await desk.thread_of("SUP-1"))
    assert (await opened(desk, "ana")).warning == ""


# ---------------------------------------------------------------- who is quicker


async def test_a_reply_that_came_meanwhile_stops_the_second(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.run("ben", "/ticket reply SUP-1 I did it.")
    reply = await desk.press("ana", form.id, text="No, I did.", then="resolve")
    await desk.after(seconds=10)
    assert "Ben replied on SUP-1 while you were writing." in told(reply)
    assert card_labels(reply) == ["Send mine anyway", "Save as note", "Discard"]
    assert [mail.text for mail in desk.mails()] == ["I did it.\n"]
    again = await opened(desk, "ana")
    assert (value(again, "text"), value(again, "then")) == ("No, I did.", "resolve")


async def test_a_customer_who_writes_meanwhile_stops_it_too(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.answer(desk.mailbox.mails()[0], "Never mind")
    reply = await desk.press("ana", form.id, text="It is fixed.", then="wait")
    assert "maria@acme.example wrote on SUP-1" in told(reply)
    assert desk.mails() == []


async def test_notes_and_ones_own_replies_stop_nobody(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.say("ben", "SUP-1", "Looks like DNS")
    await desk.run("ana", "/ticket reply SUP-1 One")
    assert "Sending to" in told(await desk.press("ana", form.id, text="Two", then="wait"))


async def test_a_reply_that_was_taken_back_stops_nobody(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await desk.run("ben", "/ticket reply SUP-1 Oops")
    await desk.run("ben", "/ticket undo SUP-1")
    assert "Sending to" in told(await desk.press("ana", form.id, text="Two", then="wait"))


async def collided(desk: Desk, *files: Attachment) -> Reply:
    """Ana's reply met Ben's."""
    form = await opened(desk, "ana")
    await desk.run("ben", "/ticket reply SUP-1 I did it.")
    return await desk.dispatcher.run(
        Invocation(
            surface="console",
            account="ana",
            key="",
            action=form.id,
            args={"text": "No, I did.", "then": "open"},
            files=files,
        )
    )


@pytest.mark.parametrize(
    ("do", "mailed", "noted"), [("send", 2, 0), ("note", 1, 1), ("discard", 1, 0)]
)
async def test_what_becomes_of_the_draft(desk: Desk, do: str, mailed: int, noted: int) -> None:
    reply = await collided(desk)
    assert reply.card is not None
    action = next(action for action in reply.card.actions if action.id.endswith(do))
    await desk.press("ana", action.id)
    await desk.after(seconds=10)
    assert len(desk.mails()) == mailed
    assert await desk.happened(happened.NoteAdded) == noted
    assert value(await opened(desk, "ana"), "text") == ""


async def test_a_draft_is_sent_with_what_was_to_come_after_it(desk: Desk) -> None:
    await collided(desk)
    await desk.run("ana", "/ticket draft SUP-1 send")
    assert (await desk.ticket()).status == "open"


async def test_files_are_not_forgotten_in_silence(desk: Desk) -> None:
    reply = await collided(desk, PHOTO)
    assert "attach them again" in told(reply)
    assert card_labels(reply) == ["Open the form again", "Save as note", "Discard"]


# ---------------------------------------------------------------- drafts


async def test_a_form_that_is_closed_keeps_its_words(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await close(desk, "ana", form, text="Half a sen", then="resolve")
    again = await opened(desk, "ana")
    assert (value(again, "text"), value(again, "then")) == ("Half a sen", "resolve")
    assert value(await opened(desk, "ben"), "text") == ""


async def test_a_form_that_is_closed_empty_drops_the_draft(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await close(desk, "ana", form, text="Half")
    await close(desk, "ana", form, text=" ")
    assert value(await opened(desk, "ana"), "text") == ""


async def test_sending_ends_the_draft(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await close(desk, "ana", form, text="Half")
    await desk.press("ana", form.id, text="Whole", then="wait")
    assert value(await opened(desk, "ana"), "text") == ""


async def test_words_given_go_before_the_draft(desk: Desk) -> None:
    form = await opened(desk, "ana")
    await close(desk, "ana", form, text="Half")
    ask = Invocation(
        surface="console",
        account="ana",
        key="",
        line="/ticket reply SUP-1",
        args={"text": "Other"},
        asks=True,
    )
    other = (await desk.dispatcher.run(ask)).form
    assert other is not None
    assert value(other, "text") == "Other"


@pytest.mark.parametrize("person", ["gus", "nobody"])
async def test_nobody_keeps_drafts(desk: Desk, person: str) -> None:
    form = await opened(desk, "ana")
    await close(desk, person, form, text="Mine")
    assert value(await opened(desk, "ana"), "text") == ""


@pytest.mark.parametrize("action", ["dk1:claim:SUP-1", "dk1:reply:SUP-9", "dk1:reply:", "nonsense"])
async def test_other_forms_keep_nothing(desk: Desk, action: str) -> None:
    gesture = Invocation(
        surface="console", account="ana", key="", action=action, args={"text": "x"}
    )
    await desk.dispatcher.keep(gesture)
    assert "You have no draft" in told(await desk.run("ana", "/ticket draft SUP-1 send"))


async def test_a_reply_says_that_the_ticket_had_ended_meanwhile(desk: Desk) -> None:
    await desk.mail()
    form = (await desk.run("ana", "/ticket reply SUP-1")).form
    assert form is not None
    await desk.run("ben", "/ticket resolve SUP-1")
    reply = await desk.press("ana", form.id, text="Still here")
    assert "in 10 s. SUP-1 was resolved and is pending now." in told(reply)


async def test_a_reply_of_nothing_that_can_be_seen_is_empty(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.press("ana", "dk1:reply:SUP-1:1", text="\u200b\u2060")
    assert told(reply) == "The reply is empty; nothing was sent."
