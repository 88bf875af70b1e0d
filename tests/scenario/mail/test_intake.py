"""Every mail has one visible outcome: whose ticket it is, who may speak, what machines may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory, ReopenMode
from bot.domain.messages import Voice
from bot.domain.work_items import TicketStatus
from bot.services.mailing.outgoing.correspondence import GREETINGS_PER_DAY
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import AUTOMATIC, BOB, EVE, MARIA, Desk, labels, told, words

# ---------------------------------------------------------------- whose ticket is it


async def test_t3_the_reply_key_threads_in_the_to_header(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail("More", to=mail.reply_to, subject="another subject")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t3_the_reply_key_threads_in_cc_only(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail("More", Cc=mail.reply_to, subject="another subject")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t3_the_reply_key_threads_in_upper_case(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail("More", to=mail.reply_to.upper(), subject="another subject")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t3_a_key_that_was_tampered_with_proves_nothing(desk: Desk) -> None:
    await desk.mail()
    key = (await desk.replied()).reply_to
    forged = key.replace("+", "+1", 1)
    await desk.mail("More", to=forged, sender=EVE, subject="another subject")
    assert await desk.outcomes() == ["ticket", "ticket"]


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
async def test_t3_our_message_id_threads(desk: Desk, header: str) -> None:
    await desk.mail()
    mail = await desk.replied()
    chain: dict[str, Any] = {header: f"<strange@else.example> <{mail.message_id}>"}
    await desk.mail("More", subject="no tag", **chain)
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t3_customers_may_answer_their_own_first_mail(desk: Desk) -> None:
    first = await desk.mail()
    await desk.mail("PS: it is urgent", subject="no tag", References=f"<{first}>")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t6_two_strangers_who_answer_one_mail_get_a_ticket_each(desk: Desk) -> None:
    first = await desk.mail()
    await desk.mail(sender=BOB, In_Reply_To=f"<{first}>")
    await desk.mail(sender=EVE, In_Reply_To=f"<{first}>")
    assert await desk.outcomes() == ["ticket"] * 3


async def test_t3_the_subject_tag_joins_for_a_participant(desk: Desk) -> None:
    await desk.mail()
    await desk.mail("Hello?", subject="AW: Invoice shows wrong VAT [SUP-1]")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t3_the_subject_tag_of_a_stranger_opens_a_new_ticket(desk: Desk) -> None:
    await desk.mail()
    await desk.mail("Let me in", sender=EVE, subject="Re: Invoice [SUP-1]")
    assert await desk.outcomes() == ["ticket", "ticket"]
    assert (await desk.ticket("SUP-2")).requester.address == EVE


async def test_t3_the_last_tag_is_ours(desk: Desk) -> None:
    await desk.mail(sender=BOB)
    await desk.mail(subject="About [SUP-1]")
    await desk.mail("More", subject="Re: About [SUP-1] [SUP-2]")
    assert len(await desk.messages("SUP-2")) == 2


@pytest.mark.parametrize("theirs", ["[HELP-9]", "[INC-1]", "[SUP-2]", "[SUP-1] [SUP-2]"])
async def test_t3_the_tag_of_the_customers_own_desk_hides_none_of_ours(
    desk: Desk, theirs: str
) -> None:
    await desk.mail()
    await desk.mail(sender=BOB)
    await desk.mail("More", subject=f"Re: Invoice [SUP-1] {theirs}")
    assert await desk.outcomes() == ["ticket", "ticket", "follow_up"]
    assert len(await desk.messages("SUP-1")) == 2


async def test_t7_a_forwarded_mail_begins_something_new(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.mail("FYI", subject="Fwd: Invoice [SUP-1]", References=f"<{mail.message_id}>")
    assert await desk.outcomes() == ["ticket", "ticket"]


# ---------------------------------------------------------------- strangers


async def held_from_bob(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, "I am Bob, his accountant.", sender=f"Bob <{BOB}>")


async def test_t4_a_stranger_with_a_valid_key_is_held(desk: Desk) -> None:
    await held_from_bob(desk)
    assert await desk.outcomes() == ["ticket", "held"]
    assert (await desk.ticket()).status is TicketStatus.PENDING
    assert desk.mailbox.mails(BOB) == ()
    assert "✋ 1 held for review" in words(await desk.card())


async def test_t4_what_is_held_is_shown_with_a_button(desk: Desk) -> None:
    await held_from_bob(desk)
    post = (await desk.posts())[-1]
    assert labels(post) == ["Let them take part", "Keep as a note", "New ticket"]
    assert f"Bob {BOB} · held for review" in words(post)


async def test_t4_accepting_makes_a_participant_who_gets_what_follows(desk: Desk) -> None:
    await held_from_bob(desk)
    reply = await desk.press("ana", (await desk.posts())[-1].actions[0].id)
    assert f"{BOB} takes part" in told(reply)
    assert [mail.text for mail in desk.mails(BOB)] == []
    await desk.replied("To both of you.")
    assert [mail.text for mail in desk.mails(BOB)] == ["To both of you.\n"]
    assert (await desk.messages())[2].voice is Voice.CUSTOMER


async def test_t4_accepting_takes_all_that_they_wrote(desk: Desk) -> None:
    await held_from_bob(desk)
    await desk.mail("And again", sender=BOB, to=desk.mails()[0].reply_to)
    await desk.mail("Not mine", sender=EVE, to=desk.mails()[0].reply_to)
    await desk.run("ana", f"/ticket accept SUP-1 {(await desk.messages())[2].id}")
    voices = [message.voice for message in (await desk.messages())[2:]]
    assert voices == [Voice.CUSTOMER, Voice.CUSTOMER, Voice.HELD]


async def test_nothing_is_there_to_accept(desk: Desk) -> None:
    await desk.mail()
    reply = await desk.run("ana", "/ticket accept SUP-1")
    assert reply.refused
    assert "Nothing is held on SUP-1" in told(reply)


async def test_s1_a_sender_in_doubt_cannot_be_accepted(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, sender=f"{MARIA}, {EVE}")
    reply = await desk.run("ana", "/ticket accept SUP-1")
    assert reply.refused
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]


async def test_z3_an_agents_own_mail_never_acts_as_staff(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, "/resolve !resolve", sender="Ana <ana@shop.example>")
    assert await desk.outcomes() == ["ticket", "held"]
    assert (await desk.newest()).voice is Voice.HELD
    assert (await desk.ticket()).status is TicketStatus.PENDING
    assert len(desk.mails()) == 1


async def test_s2_a_forged_name_is_never_shown_without_its_address(desk: Desk) -> None:
    await desk.mail(sender=f'"Ana (Support)" <{EVE}>')
    (post,) = await desk.posts()
    assert f"Ana (Support) {EVE} · by email" in words(post)


# ---------------------------------------------------------------- machines


@pytest.mark.parametrize("kind", AUTOMATIC)
async def test_a2_automatic_mail_is_never_thanked(desk: Desk, kind: str) -> None:
    await desk.mail(sender="monitor@acme.example", **AUTOMATIC[kind])
    assert await desk.outcomes() == ["ticket"]
    assert desk.mailbox.mails() == ()


@pytest.mark.parametrize("kind", AUTOMATIC)
async def test_a2_automatic_mail_starts_no_clock(desk: Desk, kind: str) -> None:
    await desk.mail(sender="monitor@acme.example", **AUTOMATIC[kind])
    assert (await desk.ticket()).due_at is None
    await desk.after(days=2)
    assert await desk.happened(happened.SlaBreached) == 0


async def test_a_person_who_answers_starts_the_clocks_of_a_machines_ticket(desk: Desk) -> None:
    first = await desk.mail("Disk is full", sender=BOB, Auto_Submitted="auto-generated")
    await desk.after(hours=5)
    await desk.mail("Any news?", sender=BOB, References=f"<{first}>")
    assert (await desk.ticket()).due_at == desk.clock.now() + timedelta(hours=1)


async def test_a_machines_ticket_shows_what_it_said(desk: Desk) -> None:
    await desk.mail("Disk is full", sender=BOB, Auto_Submitted="auto-generated")
    assert "Disk is full" in words(await desk.card())


@pytest.mark.parametrize("kind", AUTOMATIC)
async def test_a2_automatic_answers_reopen_nothing_and_stop_nothing(desk: Desk, kind: str) -> None:
    await desk.mail()
    mail = await desk.replied("Done. --resolve")
    await desk.answer(mail, "I am away", **AUTOMATIC[kind])
    assert await desk.outcomes() == ["ticket", "automatic"]
    assert (await desk.ticket()).status is TicketStatus.RESOLVED
    assert (await desk.newest()).voice is Voice.AUTOMATIC


async def test_a2_an_absence_note_moves_no_clock(desk: Desk) -> None:
    await desk.mail()
    before = (await desk.ticket()).due_at
    await desk.after(minutes=5)
    await desk.answer(desk.mailbox.mails()[0], "I am away", Auto_Submitted="auto-replied")
    assert (await desk.ticket()).due_at == before


async def test_a2_an_envelope_without_a_sender_is_automatic(desk: Desk) -> None:
    raw = b"From: maria@acme.example\r\nSubject: Out of office\r\n\r\nI am away.\r\n"
    await desk.raw_mail(raw, "", "support@shop.example")
    assert desk.mailbox.mails() == ()
    assert (await desk.newest()).voice is Voice.AUTOMATIC


async def test_a1_a_wish_for_no_automatic_answer_is_kept(desk: Desk) -> None:
    await desk.mail(X_Auto_Response_Suppress="All")
    assert desk.mailbox.mails() == ()
    assert (await desk.ticket()).due_at is not None


async def test_a3_two_responders_without_any_mark_stop_greeting_each_other(desk: Desk) -> None:
    for _ in range(10):
        await desk.mail("I am on holiday.", subject="Out of office")
    assert len(desk.mailbox.mails(MARIA)) == GREETINGS_PER_DAY
    await desk.after(days=1, minutes=1)
    await desk.mail("A real question")
    assert len(desk.mailbox.mails(MARIA)) == GREETINGS_PER_DAY + 1


async def test_a3_a_responder_that_keeps_the_thread_is_greeted_once(desk: Desk) -> None:
    await desk.mail("I am on holiday.", subject="Out of office")
    for _ in range(3):
        await desk.answer(desk.mailbox.mails()[-1], "I am on holiday.")
    assert len(desk.mailbox.mails()) == 1
    assert len(await desk.tickets()) == 1


# ---------------------------------------------------------------- ended tickets


@pytest.mark.parametrize(
    ("mode", "days", "outcome"),
    [
        (ReopenMode.REOPEN, 60, "follow_up"),
        (ReopenMode.NEW, 0, "ticket"),
        (ReopenMode.NEW_AFTER, 13, "follow_up"),
        (ReopenMode.NEW_AFTER, 15, "ticket"),
    ],
)
async def test_t5_a_mail_on_an_ended_ticket(
    open_desk: OpenDesk, directory: Directory, mode: ReopenMode, days: int, outcome: str
) -> None:
    support = replace(directory.desks["support"], reopen=mode)
    desk = await open_desk(desks={**directory.desks, "support": support})
    await desk.mail()
    mail = await desk.replied("Done. --resolve")
    await desk.after(days=days)
    await desk.answer(mail, "It is broken again")
    assert (await desk.outcomes())[-1] == outcome
    status = TicketStatus.OPEN if outcome == "follow_up" else TicketStatus.RESOLVED
    assert (await desk.ticket()).status is status


async def test_t5_a_new_ticket_names_the_one_it_follows(
    open_desk: OpenDesk, directory: Directory
) -> None:
    support = replace(directory.desks["support"], reopen=ReopenMode.NEW)
    desk = await open_desk(desks={**directory.desks, "support": support})
    await desk.mail()
    await desk.answer(await desk.replied("Done. --resolve"), "Again")
    assert "follows SUP-1" in told(await desk.run("ana", "/ticket log SUP-2"))
