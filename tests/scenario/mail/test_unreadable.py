"""R3: mail that cannot be read is shown to its desk as it came, and blocks nobody."""

from __future__ import annotations

from bot.domain import events as happened
from bot.domain.ledger import balance
from bot.domain.mail import InboundMail
from bot.domain.messages import Voice
from bot.domain.work_items import TicketStatus
from bot.engine.inbox import MailPass
from bot.engine.parking import MAX_ATTEMPTS
from bot.errors import PermanentError, TemporaryError
from bot.services.mailing.incoming import unreadable
from tests.scenario.desk import BOB, EVE, MARIA, Desk, labels, told, words
from tests.scenario.world import LocalReader

WHY = "it could not be read within 5 s"


class Stumbling(LocalReader):
    """A reader that raises these, one for each mail that says `poison`, then reads again."""

    def __init__(self, *errors: Exception, blind: bool = False) -> None:
        self.errors = list(errors)
        self.blind = blind

    async def read(self, raw: bytes) -> InboundMail:
        if b"poison" in raw and self.errors:
            raise self.errors.pop(0)
        if self.blind and b"poison" not in raw:
            raise PermanentError(WHY)
        return await super().read(raw)


def stumble(desk: Desk, *errors: Exception, blind: bool = False) -> None:
    """From now on the desk's reader does so; without errors, with one for each mail."""
    reader = Stumbling(*(errors or [PermanentError(WHY)] * 99), blind=blind)
    desk.passes[0] = MailPass(desk.core, reader)


async def replay(desk: Desk) -> None:
    """An operator lets the parked mail be read again, by a reader that can."""
    desk.passes[0] = MailPass(desk.core, LocalReader())
    (parked,) = await desk.ledger("quarantined")
    assert await desk.store.inbox.replay(parked.id)
    await desk.settle()


# ---------------------------------------------------------------- on a ticket of its own


async def test_r3_its_desk_sees_it_and_the_next_is_read(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    await desk.mail("fine", sender=BOB)
    assert await desk.outcomes() == ["held", "ticket"]
    (parked,) = await desk.ledger("quarantined")
    assert (parked.detail, parked.item) == (WHY, "SUP-1")
    assert b"poison" in (await desk.store.inbox.raw(parked.id) or b"")


async def test_r3_the_agent_is_told_why_and_what_is_known(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    shown = words(next(card for card in await desk.posts() if card.author))
    assert f"This mail could not be shown: {WHY}." in shown
    assert "The header says From: Maria Huber <maria@acme.example>" in shown
    assert "The header says Subject: Invoice shows wrong VAT" in shown
    assert "⚠ Take care: Nobody has checked who sent this" in shown
    assert "could not be shown" in words(await desk.card())
    assert "From: unknown sender |" in words(await desk.card())


async def test_r3_a_trace_of_the_mail_leads_to_its_ticket(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    traced = told(await desk.run("ana", "/ticket mail trace maria"))
    assert "SUP-1" in traced
    assert WHY in traced


async def test_r3_the_mail_is_a_file_byte_for_byte(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    (file,) = (await desk.newest()).attachments
    async with desk.store.read() as work:
        stored = await work.messages.file(file.id)
    assert stored is not None
    assert (stored.name, stored.content) == ("mail-1.eml", await desk.store.inbox.raw(1))


async def test_r3_one_too_large_for_a_file_names_the_way_to_it(desk: Desk) -> None:
    stumble(desk)
    raw = b"Subject: x\r\n\r\npoison" + bytes(unreadable.MAX_FILE)
    await desk.raw_mail(raw, EVE, "support@shop.example")
    message = await desk.newest()
    assert message.attachments == ()
    assert "Ask an operator for `deskhand quarantine show 1`" in message.text


async def test_r3_nobody_is_greeted_and_nobody_is_the_requester(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    assert desk.mailbox.mails() == ()
    assert (await desk.ticket()).requester.address == ""
    assert (await desk.ticket()).due_at is None
    reply = await desk.run("ana", "/ticket reply SUP-1 Hello?")
    assert "SUP-1 has no address to reply to" in told(reply)


async def test_r3_a_header_that_cannot_be_read_either_leaves_the_envelope(desk: Desk) -> None:
    stumble(desk, blind=True)
    await desk.raw_mail(b"Subject: x\r\n\r\npoison", EVE, "support@shop.example")
    message = await desk.newest()
    assert f"The envelope names as its sender: {EVE}" in message.text
    assert (await desk.ticket()).title == "(no subject)"


async def test_r3_what_breaks_the_reader_again_and_again_is_shown_too(desk: Desk) -> None:
    stumble(desk, *[RuntimeError("boom")] * MAX_ATTEMPTS)
    await desk.mail("poison")
    for _ in range(MAX_ATTEMPTS):
        await desk.after(minutes=1)
    (parked,) = await desk.ledger("quarantined")
    assert (parked.outcome, parked.detail) == ("held", "RuntimeError, after 5 tries")


async def test_a_reader_that_restarts_costs_no_mail(desk: Desk) -> None:
    restarting = [TemporaryError("restarting")] * (MAX_ATTEMPTS + 2)
    stumble(desk, *restarting)
    await desk.mail("poison")
    await desk.mail("fine", sender=BOB)
    assert (await desk.ticket()).requester.address == BOB
    for _ in restarting:
        await desk.after(minutes=1)
    assert len(await desk.tickets()) == 2


# ---------------------------------------------------------------- what an agent can do


async def test_r3_the_buttons_are_those_that_make_sense(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    await desk.mail("poison", sender=f"{MARIA}, {EVE}")
    known, unknown = [(await desk.posts(n))[-1] for n in ("SUP-1", "SUP-2")]
    assert labels(known)[:2] == ["Let them take part", "Keep as a note"]
    assert "New ticket" not in labels(known)
    assert labels(unknown)[:1] == ["Keep as a note"]


async def test_r3_who_is_let_in_is_the_requester_and_can_be_answered(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    await desk.run("ana", "/ticket accept SUP-1")
    ticket = await desk.ticket()
    assert ([p.address for p in ticket.participants], ticket.due_at is None) == ([MARIA], False)
    mail = await desk.replied("We have your mail.")
    await desk.answer(mail, "Thank you.")
    assert (await desk.newest()).text == "Thank you."


async def test_r3_an_agent_may_name_the_writer(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison", sender=f"{MARIA}, {EVE}")
    await desk.run("ana", f"/ticket add SUP-1 {BOB}")
    assert [p.address for p in (await desk.ticket()).participants] == [BOB]


async def test_r3_kept_as_a_note_nothing_is_held_any_more(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    assert "1 held for review" in words(await desk.card())
    await desk.run("ana", "/ticket decline SUP-1")
    assert "held for review" not in words(await desk.card())


# ---------------------------------------------------------------- on the ticket of a reply key


async def test_r3_a_reply_key_in_the_envelope_leads_to_its_ticket(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied("Done. --resolve")
    stumble(desk)
    await desk.mail("poison", to=mail.reply_to)
    assert await desk.outcomes() == ["ticket", "held"]
    message = await desk.newest()
    assert (message.voice, len(message.attachments)) == (Voice.HELD, 1)
    assert await desk.happened(happened.StrangerWrote) == 1
    assert (await desk.ticket()).status is TicketStatus.RESOLVED
    assert "✋ 1 held for review" in words(await desk.card())
    assert "New ticket" in labels((await desk.posts())[-1])


async def test_r3_so_does_the_key_for_an_answer_of_the_team(desk: Desk) -> None:
    await desk.mail()
    key = desk.core.team_keys.make_answer((await desk.ticket()).id, "ana")
    stumble(desk)
    await desk.mail("poison", sender="ana@shop.example", to=f"support+{key}@shop.example")
    assert await desk.outcomes() == ["ticket", "held"]
    assert ((await desk.newest()).voice, len(await desk.tickets())) == (Voice.HELD, 1)


async def test_r3_a_key_in_the_header_alone_proves_nothing(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    stumble(desk)
    raw = f"To: {mail.reply_to}\r\nIn-Reply-To: <{mail.message_id}>\r\n\r\npoison"
    await desk.raw_mail(raw.encode(), EVE, "support@shop.example")
    assert [ticket.number for ticket in await desk.tickets()] == ["SUP-1", "SUP-2"]


# ---------------------------------------------------------------- what stays in quarantine


async def test_r3_a_storm_of_them_is_bounded_and_told_once(desk: Desk) -> None:
    stumble(desk)
    for number in range(unreadable.SHOWN_AN_HOUR + 3):
        await desk.mail("poison", sender=f"eve{number}@evil.example")
    assert await desk.outcomes() == ["held"] * 5 + ["quarantined"] * 3
    (notice,) = [c for c in desk.surface.channel("support") if not c.card.number]
    assert "this one is 6" in words(notice.card)
    await desk.after(hours=1, minutes=1)
    await desk.mail("poison")
    assert (await desk.outcomes())[-1] == "held"


async def test_r3_of_a_steady_stream_some_are_shown_every_hour(desk: Desk) -> None:
    stumble(desk)
    for _ in range(3 * 6):
        await desk.mail("poison")
        await desk.after(minutes=10)
    assert await desk.outcomes() == ([*["held"] * 5, "quarantined"]) * 3


async def test_r3_a_report_that_cannot_be_read_makes_no_ticket(desk: Desk) -> None:
    stumble(desk)
    await desk.raw_mail(b"From: x@y.example\r\n\r\npoison", "", "support@shop.example")
    assert (await desk.outcomes(), await desk.tickets()) == (["quarantined"], [])


async def test_r3_our_own_mail_that_comes_back_is_a_loop_all_the_same(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    stumble(desk)
    await desk.mail("poison", sender=EVE, message_id=mail.message_id)
    (parked,) = await desk.ledger("quarantined")
    assert (parked.outcome, "loop" in parked.detail) == ("quarantined", True)


async def test_r3_the_ledger_balances(desk: Desk) -> None:
    stumble(desk)
    for _ in range(unreadable.SHOWN_AN_HOUR + 1):
        await desk.mail("poison")
    found = balance(await desk.store.inbox.totals())
    assert (found.held, found.quarantined, found.balanced) == (5, 1, True)


# ---------------------------------------------------------------- read again


async def test_r3_read_again_it_goes_on_where_it_was_shown(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    await replay(desk)
    assert await desk.outcomes() == ["follow_up"]
    assert [ticket.number for ticket in await desk.tickets()] == ["SUP-1"]
    stood, message = await desk.messages()
    assert (stood.voice, stood.text.endswith("stands below.")) == (Voice.NOTE, True)
    assert (message.voice, message.text) == (Voice.CUSTOMER, "poison")
    assert (await desk.ticket()).requester.address == MARIA
    assert (await desk.ticket()).due_at is not None
    assert desk.mailbox.mails() == ()


async def test_r3_read_again_after_it_was_accepted_it_is_the_same_persons(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    await desk.run("ana", "/ticket accept SUP-1")
    await replay(desk)
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]
    assert (await desk.newest()).text == "poison"


async def test_r3_unreadable_again_it_is_not_shown_twice(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    assert await desk.store.inbox.replay(1)
    await desk.settle()
    assert (await desk.outcomes(), len(await desk.messages())) == (["held"], 1)
    assert len(await desk.tickets()) == 1


async def test_r3_read_again_on_the_ticket_of_its_key(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    stumble(desk)
    await desk.mail("poison", to=mail.reply_to)
    await replay(desk)
    assert await desk.outcomes() == ["ticket", "follow_up"]
    assert [m.voice for m in (await desk.messages())[2:]] == [Voice.NOTE, Voice.CUSTOMER]


async def test_r3_a_stranger_with_an_old_key_is_held_where_they_were_shown(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    stumble(desk)
    await desk.mail("poison", sender=BOB, to=mail.reply_to)
    await desk.replied("Done. --resolve")
    await replay(desk)
    assert await desk.outcomes() == ["ticket", "held"]
    assert [m.voice for m in (await desk.messages())[-2:]] == [Voice.REPLY, Voice.HELD]


async def test_r3_read_again_it_may_belong_to_another_ticket(desk: Desk) -> None:
    first = await desk.mail()
    stumble(desk)
    await desk.mail("poison", In_Reply_To=f"<{first}>")
    assert [ticket.number for ticket in await desk.tickets()] == ["SUP-1", "SUP-2"]
    await replay(desk)
    assert (await desk.newest("SUP-1")).text == "poison"
    assert "stands on SUP-1" in (await desk.newest("SUP-2")).text
    assert (await desk.ticket("SUP-2")).status is TicketStatus.RESOLVED


async def test_r3_dropped_it_stays_counted_as_held(desk: Desk) -> None:
    stumble(desk)
    await desk.mail("poison")
    assert await desk.store.inbox.drop(1, "root")
    assert balance(await desk.store.inbox.totals()).held == 1
