"""The team answers by mail: it acts for nobody until one of them says what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import events as happened
from bot.domain.directory import Directory
from bot.domain.ledger import balance
from bot.domain.mail import OutboundMail
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.people import parse_grant
from bot.domain.reply_keys import with_subaddress
from bot.ports import Arrival
from storage.queues.keeping import SqlKeeping
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import EVE, MARIA, Desk, labels, told, words
from tests.scenario.news.test_news import ANA, assigned, news, token_of, wants
from tests.scenario.world import MONDAY

JUDGED = "Authentication-Results"


async def noticed(desk: Desk) -> OutboundMail:
    """Ana has SUP-1, its customer wrote, and she got a mail that says so."""
    await assigned(desk)
    await desk.mail("It is still wrong.", subject="Re: Invoice [SUP-1]")
    await desk.after(minutes=2)
    return news(desk)[-1]


async def answered(
    desk: Desk, text: str = "Tell her it is fixed.", sender: str = f"Boss <{ANA}>", **headers: Any
) -> Message:
    """Somebody answers the mail that Ana got; the newest message of the ticket."""
    mail = await noticed(desk)
    await desk.answer(mail, text, sender=sender, **headers)
    return await desk.newest()


async def button(desk: Desk, label: str) -> str:
    """The action of a button under the newest post of the thread."""
    return next(a.id for a in (await desk.posts())[-1].actions if a.label == label)


async def test_an_answer_waits_for_review_in_the_thread(desk: Desk) -> None:
    message = await answered(desk)
    assert (message.voice, message.author, message.author_name) == (
        Voice.UNCONFIRMED,
        f"mail:{ANA}",
        "Ana",
    )
    card = (await desk.posts())[-1]
    assert "Written by mail from Ana's address; not confirmed." in words(card)
    assert labels(card) == ["Keep as note", "Reply with it", "Discard"]
    assert "1 held for review" in words(await desk.card())


async def test_an_answer_is_nobodys_act(desk: Desk) -> None:
    mail = await noticed(desk)
    before, sent = await desk.ticket(), desk.mailbox.mails()
    await desk.answer(mail, "/resolve\n!close\n--resolve", sender=ANA)
    await desk.after(minutes=10)
    assert replace(await desk.ticket(), due_at=before.due_at) == before
    assert desk.mailbox.mails() == sent
    assert await desk.happened(happened.CustomerWrote) == 2
    assert await desk.happened(happened.ReplySent) == 0


async def test_an_answer_is_one_held_mail_of_the_ledger(desk: Desk) -> None:
    await answered(desk)
    assert await desk.outcomes() == ["ticket", "follow_up", "review"]
    # The database's own clock says when a mail came.
    ever = (MONDAY - timedelta(days=3650), MONDAY + timedelta(days=36500))
    counted = balance(await SqlKeeping(desk.database).counts("mail", *ever))
    assert (counted.received, counted.held, counted.balanced) == (3, 1, True)
    line = (await desk.ledger())[-1]
    assert (line.item, line.detail) == ("SUP-1", "an answer from ana's address")


async def test_an_answer_opens_no_ended_ticket(desk: Desk) -> None:
    mail = await noticed(desk)
    await desk.run("ben", "/ticket resolve SUP-1")
    await desk.answer(mail, "Wait!", sender=ANA)
    assert (await desk.ticket()).ended
    assert (await desk.newest()).voice is Voice.UNCONFIRMED


async def test_it_is_kept_as_a_note_of_whoever_says_so(desk: Desk) -> None:
    await answered(desk)
    keep = await button(desk, "Keep as note")
    assert "Kept as your note on SUP-1" in told(await desk.press("ben", keep))
    message = await desk.newest()
    assert (message.voice, message.author) == (Voice.NOTE, "person:ben")
    card = (await desk.posts())[-1]
    assert "Ben · by mail from ana@shop.example" in words(card)
    assert labels(card) == []
    entry = (await desk.history())[-1]
    assert (entry.actor, type(entry.event)) == ("person:ben", happened.NoteAdded)
    assert "No mail of the team waits on SUP-1" in told(await desk.press("ben", keep))


async def test_a_reply_with_it_is_sent_by_whoever_presses_send(desk: Desk) -> None:
    await answered(desk)
    reply = await desk.press("ben", await button(desk, "Reply with it"))
    assert reply.form is not None
    texts = {field.name: field.value for field in reply.form.fields}
    assert texts["text"] == "Tell her it is fixed."
    await desk.press("ben", reply.form.id, text="It is fixed.", then="wait")
    await desk.after(seconds=10)
    mail = desk.mails(MARIA)[-1]
    assert (mail.text, mail.sender.name) == ("It is fixed.\n", "Ben (Shop Support)")
    assert [m.voice for m in await desk.messages()][-2:] == [Voice.NOTE, Voice.REPLY]


async def test_a_form_that_is_opened_late_has_its_words_too(desk: Desk) -> None:
    await answered(desk)
    offered = await desk.press("ben", await button(desk, "Reply with it"))
    assert offered.form is not None
    again = await desk.press("ben", offered.form.id)
    assert again.form == offered.form


async def test_it_waits_on_while_the_form_is_open_or_closed_again(desk: Desk) -> None:
    await answered(desk)
    await desk.press("ben", await button(desk, "Reply with it"))
    assert (await desk.newest()).voice is Voice.UNCONFIRMED


async def test_what_is_discarded_is_struck_through_and_stays_on_record(desk: Desk) -> None:
    await answered(desk)
    assert "Discarded on SUP-1" in told(await desk.press("ben", await button(desk, "Discard")))
    card = (await desk.posts())[-1]
    assert (card.ended, labels(card)) == (True, [])
    assert "✂ discarded" in words(card)
    assert await desk.happened(happened.MailDiscarded) == 1
    assert "held for review" not in words(await desk.card())


async def test_who_may_not_reply_keeps_it_as_a_note(desk: Desk) -> None:
    await answered(desk)
    typed = await desk.run("gus", "/ticket review SUP-1 note")
    assert typed.refused


async def test_the_customer_never_reads_it_unless_somebody_sends_it(desk: Desk) -> None:
    await answered(desk, "our-secret")
    await desk.run("ben", "/ticket review SUP-1 note")
    await desk.replied("To you.")
    assert not any("our-secret" in mail.text for mail in desk.mailbox.mails(MARIA))


async def test_the_link_that_an_answer_quotes_is_nobodys_to_use(desk: Desk) -> None:
    mail = await noticed(desk)
    quoted = "\n".join(f"> {line}" for line in mail.text.split("\n"))
    await desk.answer(mail, f"Tell her: {mail.text}\n\n{quoted}", sender=ANA)
    message = await desk.newest()
    token = token_of(mail)
    assert token not in message.text + message.full_text
    assert "https://desk.shop.example/act/…" in message.full_text
    assert "https://desk.shop.example/u/…" in message.full_text


# ---------------------------------------------------------------- whose mail it is not


async def test_a_stranger_with_the_key_is_held_as_any_stranger(desk: Desk) -> None:
    message = await answered(desk, "Let me in.", sender=EVE)
    assert message.voice is Voice.HELD
    assert labels((await desk.posts())[-1])[0] == "Let them take part"


async def test_the_customer_with_the_key_goes_on_as_the_customer(desk: Desk) -> None:
    message = await answered(desk, "You sent me this?", sender=MARIA)
    assert (message.voice, message.author) == (Voice.CUSTOMER, f"mail:{MARIA}")


@pytest.mark.parametrize("sender", [f"{ANA}, {EVE}", f"{ANA} <{EVE}>"])
async def test_s1_who_only_looks_like_her_is_held(desk: Desk, sender: str) -> None:
    message = await answered(desk, "Pay him.", sender=sender)
    assert message.voice is Voice.HELD


async def test_z2_what_dmarc_calls_forged_is_held_as_a_strangers(desk: Desk) -> None:
    mail = await noticed(desk)
    said = f"{JUDGED}: mx.shop.example; dmarc=fail header.from=shop.example\r\n"
    raw = f"{said}From: {ANA}\r\nTo: {mail.reply_to}\r\nSubject: Re\r\n\r\nPay him.\r\n"
    meta = {"mail_from": ANA, "rcpt": mail.reply_to, "judges": "mx.shop.example"}
    await desk.store.inbox.accept(Arrival(source="mail", key="z2", raw=raw.encode(), meta=meta))
    await desk.settle()
    assert (await desk.newest()).voice is Voice.HELD
    assert "says that the mail is forged" in words((await desk.posts())[-1])


async def test_a_key_that_is_not_ours_is_none(desk: Desk) -> None:
    mail = await noticed(desk)
    local = mail.reply_to.partition("@")[0]
    forged = local[:-1] + ("0" if local[-1] != "0" else "1")
    await desk.mail("Hello", sender=ANA, to=f"{forged}@shop.example", subject="Hello")
    assert await desk.outcomes() == ["ticket", "follow_up", "ticket"]


async def test_who_writes_to_the_desk_without_a_key_is_a_customer(desk: Desk) -> None:
    await noticed(desk)
    await desk.mail("My own question", sender=ANA, subject="Hello")
    assert (await desk.outcomes())[-1] == "ticket"


async def test_who_has_no_role_on_the_desk_any_more_is_a_stranger(
    open_desk: OpenDesk, directory: Directory
) -> None:
    people = dict(directory.people)
    people["ana"] = replace(people["ana"], grants=(parse_grant("agent:billing"),))
    desk = await open_desk(people=people)
    await desk.mail()
    key = desk.core.team_keys.make_answer((await desk.ticket()).id, "ana")
    await desk.mail("Me again", sender=ANA, to=with_subaddress("support@shop.example", key))
    assert (await desk.newest()).voice is Voice.HELD


# ---------------------------------------------------------------- machines


@pytest.mark.parametrize("to", ["reply_to", "envelope_from"])
async def test_out_of_office_is_swallowed(desk: Desk, to: str) -> None:
    mail = await noticed(desk)
    said = len(await desk.messages())
    away = {"Auto_Submitted": "auto-replied"}
    await desk.answer(mail, "I am away.", sender=ANA, to=getattr(mail, to), **away)
    assert len(await desk.messages()) == said
    line = (await desk.ledger())[-1]
    assert (line.outcome, line.item) == ("automatic", "")
    assert "on mail to the team" in line.detail


async def test_our_own_news_that_comes_back_is_a_loop(desk: Desk) -> None:
    mail = await noticed(desk)
    await desk.mail("again", sender=EVE, message_id=mail.message_id)
    assert (await desk.ledger("quarantined"))[-1].detail.startswith("our own mail came back")


async def test_an_answer_to_a_merged_ticket_waits_on_the_one_that_goes_on(desk: Desk) -> None:
    mail = await noticed(desk)
    await desk.mail("Another", subject="Another", sender=MARIA)
    await desk.run("carla", "/ticket merge SUP-1 SUP-2")
    await desk.answer(mail, "Tell her.", sender=ANA)
    assert (await desk.newest("SUP-2")).voice is Voice.UNCONFIRMED


async def test_who_wants_no_more_may_still_answer(desk: Desk) -> None:
    mail = await noticed(desk)
    await wants(desk, ana="off")
    await desk.answer(mail, "Late.", sender=ANA)
    assert (await desk.newest()).voice is Voice.UNCONFIRMED


async def test_a_reply_made_of_it_can_be_taken_back(desk: Desk) -> None:
    await answered(desk)
    reply = await desk.press("ben", await button(desk, "Reply with it"))
    assert reply.form is not None
    await desk.press("ben", reply.form.id, text="It is fixed.", then="wait")
    await desk.run("ben", "/ticket undo SUP-1")
    assert (await desk.newest()).delivery is Delivery.UNDONE
