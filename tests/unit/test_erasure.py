"""What becomes of tickets and messages when somebody is erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.erasure import (
    ABANDONED,
    Erasure,
    Gone,
    Stage,
    forget_event,
    forget_in_mail,
    forget_message,
    forget_person,
)
from bot.domain.events import MessagePinned
from bot.domain.mail import Address, AttachmentRef, OutboundMail
from bot.domain.messages import Delivery, MailCopy, Message, Voice
from bot.domain.scrubbing import ERASED
from bot.domain.work_items import Participant, Ticket, TicketStatus

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MARIA, BOB = "maria@acme.example", "bob@acme.example"
GONE = Gone(address=MARIA, name="erased person 7")
FILE = AttachmentRef(id=1, name="cv.pdf", content_type="application/pdf", size=9)


def ticket(*addresses: str) -> Ticket:
    people = tuple(
        Participant(number=n, address=a, name=a.title(), joined_at=NOW)
        for n, a in enumerate(addresses, 1)
    )
    return Ticket(
        id=1,
        number="SUP-1",
        title="My trouble",
        desk="support",
        participants=people,
        created_at=NOW,
        status=TicketStatus.RESOLVED,
        resolved_at=NOW,
    )


def said(author: str = f"mail:{MARIA}", **more: object) -> Message:
    plain = Message(
        id=5,
        item=1,
        at=NOW,
        voice=Voice.CUSTOMER,
        author=author,
        author_name="Maria",
        text="My words",
        full_text="My words\n> yours",
        mail_id="1@acme.example",
        attachments=(FILE,),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def test_their_ticket_keeps_its_number_and_times_and_nothing_of_them() -> None:
    change = forget_person(ticket(MARIA, BOB), GONE, NOW)
    first, second = change.item.participants
    assert (first.address, first.name, str(first)) == ("", "erased person 7", "erased person 7")
    assert (first.number, first.joined_at, second.address) == (1, NOW, BOB)
    assert (change.item.title, change.item.number) == (ERASED, "SUP-1")
    assert (change.item.status, change.item.resolved_at) == (TicketStatus.RESOLVED, NOW)
    assert [event.tell() for event in change.events] == ["erased what was known of erased person 7"]


def test_on_somebody_elses_ticket_only_their_place_is_empty() -> None:
    change = forget_person(ticket(BOB, MARIA), GONE, NOW)
    assert change.item.title == "My trouble"
    assert [p.address for p in change.item.participants] == [BOB, ""]


@pytest.mark.parametrize(
    ("people", "then"),
    [((MARIA,), TicketStatus.RESOLVED), ((MARIA, BOB), TicketStatus.OPEN)],
)
def test_a_ticket_ends_when_nobody_is_left_to_answer(
    people: tuple[str, ...], then: TicketStatus
) -> None:
    waits = replace(ticket(*people), status=TicketStatus.OPEN, resolved_at=None)
    assert forget_person(waits, GONE, NOW).item.status is then


def test_who_has_no_address_owns_nothing() -> None:
    assert GONE.owns(ticket(MARIA))
    assert not GONE.owns(ticket(BOB, MARIA))
    assert not GONE.owns(ticket(""))


@pytest.mark.parametrize("spelt", ["Jo@Bücher.example", "jo@xn--bcher-kva.example"])
def test_an_address_is_theirs_however_its_domain_is_written(spelt: str) -> None:
    gone = Gone(address="jo@xn--bcher-kva.example", name="erased person 7")
    assert gone.owns(ticket(spelt))
    assert forget_message(said(f"mail:{spelt.lower()}"), gone, own=False).text == ERASED


def test_their_words_go_with_everything_that_came_along() -> None:
    gone = forget_message(said(warnings=("answers go elsewhere",)), GONE, own=False)
    assert (gone.text, gone.full_text, gone.mail_id) == (ERASED, "", "")
    assert (gone.attachments, gone.warnings) == ((), ())
    assert (gone.author, gone.author_name) == ("mail:erased person 7", "erased person 7")
    assert (gone.at, gone.voice) == (NOW, Voice.CUSTOMER)


def test_what_was_held_of_them_needs_no_decision() -> None:
    assert forget_message(said(voice=Voice.HELD), GONE, own=False).voice is Voice.NOTE


def test_a_reply_keeps_its_words_without_the_address() -> None:
    copies = (
        MailCopy(recipient=MARIA, delivery=Delivery.BOUNCED, detail=f"550 <{MARIA}> no"),
        MailCopy(recipient=BOB, delivery=Delivery.SENT),
    )
    reply = said("person:ana", voice=Voice.REPLY, text=f"Dear {MARIA}", copies=copies)
    told = forget_message(reply, GONE, own=False)
    assert told.text == "Dear erased person 7"
    assert told.recipients == ("erased person 7", BOB)
    assert told.copies[0].detail == "550 <erased person 7> no"
    assert told.attachments == (FILE,)
    assert told.came_back == ()


def test_no_file_stays_on_their_own_ticket() -> None:
    reply = said("person:ana", voice=Voice.REPLY)
    assert forget_message(reply, GONE, own=True).attachments == ()


def test_quotations_in_other_peoples_mails_go() -> None:
    told = forget_message(said(f"mail:{BOB}"), GONE, own=False)
    assert (told.text, told.full_text, told.author) == ("My words", "", f"mail:{BOB}")


def test_a_delivery_report_goes_where_it_is_about_them() -> None:
    report = said("mail:mailer@mx.example", voice=Voice.AUTOMATIC, text=f"{MARIA} is unknown")
    other = replace(report, text="the disk is full")
    assert forget_message(report, GONE, own=False).text == ERASED
    assert forget_message(other, GONE, own=False).text == "the disk is full"
    assert forget_message(other, GONE, own=True).text == ERASED


def test_a_second_time_changes_nothing() -> None:
    once = forget_message(said(), GONE, own=True)
    assert forget_message(once, GONE, own=True) == once


def test_what_was_pinned_of_their_words_goes() -> None:
    pinned = MessagePinned(message=5, text="My words")
    assert forget_event(pinned, {5}) == MessagePinned(message=5, text=ERASED)
    assert forget_event(pinned, {6}) == pinned


def test_mail_to_others_leaves_without_their_title_and_ids() -> None:
    mail = OutboundMail(
        message_id="x",
        date=NOW,
        sender=Address(address="support@shop.example"),
        recipient=Address(address=BOB),
        subject="Re: My trouble [SUP-1]",
        text=f"As {MARIA} says",
        in_reply_to="1@acme.example",
        references=("0@shop.example", "1@acme.example"),
    )
    told = forget_in_mail(mail, mail.subject, "Re: [erased] [SUP-1]", GONE, {"1@acme.example"})
    assert (told.subject, told.text) == ("Re: [erased] [SUP-1]", "As erased person 7 says")
    assert (told.in_reply_to, told.references) == ("", ("0@shop.example",))
    assert told.recipient.address == BOB


def test_the_address_is_known_only_as_long_as_it_is_swept() -> None:
    erasure = Erasure(number=7, address=MARIA, mark="m", by="ops", started_at=NOW, touched_at=NOW)
    swept = erasure.swept(NOW)
    assert (swept.address, swept.stage, swept.name) == ("", Stage.COMPACTING, "erased person 7")
    later = NOW + ABANDONED + timedelta(seconds=1)
    assert not erasure.abandoned(NOW)
    assert swept.abandoned(later)
    assert not swept.done(NOW).abandoned(later)
