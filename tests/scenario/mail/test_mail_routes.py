"""To which desk a mail belongs, however it got here; T1, T2 … name the rules of mail."""

from __future__ import annotations

from itertools import count

import pytest

from bot.ports import Arrival
from tests.scenario.conftest import OpenDesk
from tests.scenario.desk import BOB, EVE, MARIA, Desk

_serial = count(1)
MAIL = f"From: {MARIA}\r\nMessage-ID: <r@acme.example>\r\nSubject: Help\r\n"


async def arrives(desk: Desk, rcpt: str, *lines: str, head: str = MAIL, body: str = "Hi.") -> None:
    """A mail comes in for these envelope recipients."""
    raw = "".join((head, *(f"{line}\r\n" for line in lines), "\r\n", body)).encode()
    meta = {"mail_from": MARIA, "rcpt": rcpt}
    key = f"route-{next(_serial)}"
    await desk.store.inbox.accept(Arrival(source="mail", key=key, raw=raw, meta=meta))
    await desk.settle()


async def test_t1_the_envelope_comes_before_the_headers(desk: Desk) -> None:
    await arrives(desk, "billing@shop.example", "To: support@shop.example")
    assert [ticket.desk for ticket in await desk.tickets()] == ["billing"]


async def test_t1_a_blind_copy_gets_here(desk: Desk) -> None:
    await arrives(desk, "billing@shop.example", "To: somebody@else.example")
    assert [ticket.desk for ticket in await desk.tickets()] == ["billing"]


@pytest.mark.parametrize(
    "line", ["Delivered-To: <billing@shop.example>", "X-Original-To: billing@shop.example"]
)
async def test_t1_without_an_envelope_the_delivery_headers_tell(desk: Desk, line: str) -> None:
    await arrives(desk, "", line, "To: all@else.example")
    assert [ticket.desk for ticket in await desk.tickets()] == ["billing"]


async def test_t1_a_mail_for_no_desk_is_parked(desk: Desk) -> None:
    await arrives(desk, "", "To: all@else.example")
    [line] = await desk.ledger("quarantined")
    assert "no desk has any of this mail's recipient addresses" in line.detail


async def test_t2_one_mail_to_two_desks_is_one_ticket_greeted_once(desk: Desk) -> None:
    await arrives(desk, "support@shop.example,billing@shop.example")
    assert [ticket.desk for ticket in await desk.tickets()] == ["support"]
    assert len(desk.mailbox.mails(MARIA)) == 1


async def test_t2_so_it_is_when_it_comes_once_for_each(desk: Desk) -> None:
    await arrives(desk, "support@shop.example")
    await arrives(desk, "billing@shop.example")
    assert await desk.outcomes() == ["ticket", "duplicate"]


# ---------------------------------------------------------------- postmaster and abuse


@pytest.mark.parametrize("role", ["postmaster", "Abuse"])
async def test_whoever_answers_for_mail_gets_it_and_nobody_is_thanked(
    desk: Desk, role: str
) -> None:
    await arrives(desk, f"{role}@Shop.example", "To: billing@shop.example")
    [ticket] = await desk.tickets()
    assert (ticket.desk, len(desk.mailbox.mails())) == ("support", 0)
    opened = (await desk.history(ticket.number))[0]
    assert f"a mail to {role.lower()}@shop.example" in str(opened.event).lower()


async def test_the_operator_names_who_answers_for_mail(open_desk: OpenDesk) -> None:
    desk = await open_desk(postmaster="billing")
    await arrives(desk, "postmaster@shop.example")
    assert [ticket.desk for ticket in await desk.tickets()] == ["billing"]


async def test_a_desks_own_address_beside_it_is_thanked_as_ever(desk: Desk) -> None:
    await arrives(desk, "postmaster@shop.example,support@shop.example")
    assert [mail.recipient.address for mail in desk.mailbox.mails()] == [MARIA]


async def test_a_header_that_names_it_leads_nowhere(desk: Desk) -> None:
    await arrives(desk, "", "To: postmaster@shop.example")
    assert await desk.outcomes() == ["quarantined"]


async def test_a_postmasters_ticket_can_be_answered_and_goes_on(desk: Desk) -> None:
    await arrives(desk, "postmaster@shop.example")
    mail = await desk.replied()
    await desk.answer(mail)
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_a_report_to_a_postmaster_makes_no_ticket(desk: Desk) -> None:
    head = "From: MAILER-DAEMON@acme.example\r\nSubject: Undelivered mail\r\n"
    body = "The user is unknown: <zoe@acme.example>: 550 5.1.1 no such user"
    await arrives(desk, "postmaster@shop.example", head=head, body=body)
    assert await desk.outcomes() == ["bounce"]


async def test_t8_without_subaddresses_the_message_id_is_enough(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await desk.answer(mail, "Thanks!", to="support@shop.example", subject="no tag")
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_t8_a_catch_all_finds_the_key_in_the_header(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await arrives(desk, "support@shop.example", f"To: {mail.reply_to}", body="Thanks!")
    assert (await desk.outcomes())[-1] == "follow_up"


async def test_s4_case_is_no_difference_and_a_plus_part_is_one(desk: Desk) -> None:
    first = await desk.mail()
    await desk.mail(sender="MARIA@Acme.Example", In_Reply_To=f"<{first}>", subject="a")
    await desk.mail(sender="maria+shop@acme.example", In_Reply_To=f"<{first}>", subject="b")
    assert await desk.outcomes() == ["ticket", "follow_up", "ticket"]
    assert (await desk.ticket("SUP-2")).requester.address == "maria+shop@acme.example"


async def test_r8_a_mail_without_anything_is_a_ticket(desk: Desk) -> None:
    await arrives(desk, "support@shop.example", head=f"From: {MARIA}\r\n", body="")
    assert (await desk.ticket()).title == "(no subject)"


async def test_r8_the_date_of_the_sender_decides_nothing(desk: Desk) -> None:
    await arrives(desk, "support@shop.example", "Date: Mon, 2 Mar 2099 10:00:00 +0000")
    assert (await desk.newest()).at == desk.clock.now()


async def test_z4_a_machines_mail_to_an_address_of_ours_goes_to_nobody_outside(desk: Desk) -> None:
    await desk.mail("Your code is 123456.", sender="no-reply@login.example")
    await desk.mail()
    assert [mail.recipient.address for mail in desk.mailbox.mails()] == [MARIA]
    assert all("123456" not in mail.text for mail in desk.mailbox.mails())


# ---------------------------------------------------------------- ids that are used again


async def test_t6_a_stranger_who_reuses_an_id_takes_nobodys_answers_away(desk: Desk) -> None:
    await desk.mail("Mine", message_id="1@acme.example")
    await desk.mail("Not yours", sender=EVE, message_id="1@acme.example")
    await desk.mail("More", In_Reply_To="<1@acme.example>")
    await desk.mail("More of mine", sender=EVE, In_Reply_To="<1@acme.example>")
    assert [(line.outcome, line.item) for line in await desk.ledger()] == [
        ("ticket", "SUP-1"),
        ("ticket", "SUP-2"),
        ("follow_up", "SUP-1"),
        ("follow_up", "SUP-2"),
    ]


async def test_t2_a_repeat_is_known_though_a_stranger_used_its_id(desk: Desk) -> None:
    head = "From: {}\r\nMessage-ID: <1@acme.example>\r\nSubject: Help\r\n"
    await arrives(desk, "support@shop.example", head=head.format(MARIA))
    await arrives(desk, "support@shop.example", head=head.format(EVE))
    await arrives(desk, "help@shop.example", head=head.format(MARIA))
    assert await desk.outcomes() == ["ticket", "ticket", "duplicate"]


async def test_t6_nor_those_of_a_colleague_in_copy(desk: Desk) -> None:
    await desk.mail(Cc=BOB, message_id="1@acme.example")
    await desk.mail("Not yours", sender=EVE, message_id="1@acme.example")
    await desk.mail("I agree.", sender=BOB, subject="Re: x", In_Reply_To="<1@acme.example>")
    assert [(line.outcome, line.item) for line in await desk.ledger()][-1] == ("held", "SUP-1")
