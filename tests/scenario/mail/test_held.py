"""T4: who writes with a valid key and takes no part is held; an agent says what becomes of it."""

from __future__ import annotations

import pytest

from bot.domain import events as happened
from bot.domain.mail import Attachment
from bot.domain.messages import Voice
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told

LOG = Attachment(name="log.txt", content_type="text/plain", content=b"line one\n")


async def held_from_bob(desk: Desk, text: str = "I am Bob.\nPlease help me, too.") -> int:
    """The ticket's third message: after the customer's and the agent's."""
    await desk.mail()
    mail = await desk.replied()
    await desk.mail(text, sender=f"Bob <{BOB}>", to=mail.reply_to, files=[LOG])
    return (await desk.newest()).id


@pytest.mark.parametrize(
    ("label", "says", "voice"),
    [
        ("Let them take part", f"{BOB} takes part in SUP-1", Voice.CUSTOMER),
        ("Keep as a note", "Kept as a note on SUP-1", Voice.NOTE),
        ("New ticket", "SUP-2 is the ticket of Bob", Voice.NOTE),
    ],
)
async def test_t4_each_button_of_a_held_mail_works_once(
    desk: Desk, label: str, says: str, voice: Voice
) -> None:
    message = await held_from_bob(desk)
    buttons = {action.label: action.id for action in (await desk.posts())[-1].actions}
    assert says in told(await desk.press("ana", buttons[label]))
    assert (await desk.messages())[2].voice is voice
    post = next(card for card in await desk.posts() if card.author and card.author.name == "Bob")
    assert labels(post) == []
    assert message
    again = await desk.press("ana", buttons[label])
    assert "Nothing is held on SUP-1" in told(again)


async def test_t4_declining_keeps_a_note_and_tells_nobody(desk: Desk) -> None:
    message = await held_from_bob(desk)
    reply = await desk.run("ana", f"/ticket decline SUP-1 {message}")
    assert "Kept as a note on SUP-1" in told(reply)
    assert (await desk.newest()).voice is Voice.NOTE
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]
    assert await desk.happened(happened.NoteAdded) == 1
    assert desk.mailbox.mails(BOB) == ()


async def test_t4_what_was_declined_never_goes_outside(desk: Desk) -> None:
    await held_from_bob(desk, "my own secret")
    await desk.run("ana", "/ticket decline SUP-1")
    mail = await desk.replied("To you alone.")
    assert mail.text == "To you alone.\n"
    assert desk.mailbox.mails(BOB) == ()


async def test_t4_one_who_was_declined_is_held_again(desk: Desk) -> None:
    await held_from_bob(desk)
    await desk.run("ana", "/ticket decline SUP-1")
    await desk.mail("Once more", sender=BOB, to=desk.mails()[0].reply_to)
    assert await desk.outcomes() == ["ticket", "held", "held"]


async def test_t4_splitting_opens_a_ticket_of_the_writers_own(desk: Desk) -> None:
    await held_from_bob(desk)
    reply = await desk.run("ana", "/ticket split SUP-1")
    assert "SUP-2 is the ticket of Bob now" in told(reply)
    fresh = await desk.ticket("SUP-2")
    assert (fresh.title, fresh.requester.address) == ("I am Bob.", BOB)
    assert (await desk.messages())[2].voice is Voice.NOTE
    [message] = await desk.messages("SUP-2")
    assert (message.voice, [file.name for file in message.attachments]) == (
        Voice.CUSTOMER,
        ["log.txt"],
    )
    assert fresh.due_at is not None


async def test_t4_the_writer_of_a_split_mail_goes_on_there(desk: Desk) -> None:
    await held_from_bob(desk)
    await desk.run("ana", "/ticket split SUP-1")
    mail = await desk.replied("Hello Bob.", "SUP-2")
    assert "SUP-1" not in mail.text + mail.subject
    await desk.answer(mail, "Thank you.", sender=BOB)
    assert (await desk.newest("SUP-2")).text == "Thank you."


@pytest.mark.parametrize("verb", ["accept", "decline", "split"])
async def test_nothing_held_is_said_to_be_nothing(desk: Desk, verb: str) -> None:
    await desk.mail()
    reply = await desk.run("ana", f"/ticket {verb} SUP-1")
    assert reply.refused
    assert "Nothing is held on SUP-1" in told(reply)


@pytest.mark.parametrize("verb", ["decline", "split"])
async def test_a_customers_mail_is_not_to_be_declined(desk: Desk, verb: str) -> None:
    await desk.mail()
    reply = await desk.run("ana", f"/ticket {verb} SUP-1 1")
    assert reply.refused
    assert (await desk.newest()).voice is Voice.CUSTOMER


async def test_a_sender_in_doubt_can_have_a_ticket_but_no_mail(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, "Who am I?", sender=f"{MARIA}, {EVE}")
    await desk.run("ana", "/ticket split SUP-1")
    assert (await desk.ticket("SUP-2")).requester.address == ""
