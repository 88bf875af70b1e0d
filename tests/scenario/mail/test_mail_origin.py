"""Where mail really comes from: forgers, lists, agents who forward, and machines without a mark."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from bot.domain import events as happened
from bot.domain.messages import Delivery, Voice
from bot.domain.work_items import TicketStatus
from bot.ports import Arrival
from tests.scenario.desk import EVE, MARIA, Desk, told

JUDGE = "mx.shop.example"
_serial = count(1)


async def judged(desk: Desk, *lines: str, judges: str = JUDGE, body: str = "Hello.") -> None:
    """A mail comes from a relay of ours that wrote down what it found out."""
    number = next(_serial)
    head = (f"Message-ID: <j{number}@acme.example>", "To: support@shop.example", *lines)
    raw = "\r\n".join((*head, "", body)).encode()
    meta = {"mail_from": MARIA, "rcpt": "support@shop.example", "judges": judges}
    await desk.store.inbox.accept(Arrival(source="mail", key=f"j{number}", raw=raw, meta=meta))
    await desk.settle()


def verdict(dmarc: str, domain: str = "acme.example", server: str = JUDGE) -> str:
    return f"Authentication-Results: {server}; dmarc={dmarc} header.from={domain}"


# ---------------------------------------------------------------- forgers


async def test_z2_a_forged_mail_joins_nothing_and_is_not_greeted(desk: Desk) -> None:
    first = await desk.mail()
    greeted = len(desk.mailbox.mails())
    await judged(desk, verdict("fail"), f"From: {MARIA}", f"References: <{first}>", "Subject: x")
    await judged(desk, verdict("fail"), f"From: {MARIA}", "Subject: y")
    assert await desk.outcomes() == ["ticket", "held", "ticket"]
    assert len(desk.mailbox.mails()) == greeted
    assert "the mail is forged" in (await desk.newest("SUP-2")).warnings[0]


@pytest.mark.parametrize(
    ("line", "judges"),
    [
        (verdict("pass"), JUDGE),
        (verdict("none"), JUDGE),
        (verdict("fail", server="mx.evil.example"), JUDGE),
        (verdict("fail"), ""),
    ],
)
async def test_z1_only_our_own_servers_are_believed(desk: Desk, line: str, judges: str) -> None:
    first = await desk.mail()
    lines = (line, f"From: {MARIA}", f"References: <{first}>", "Subject: x")
    await judged(desk, *lines, judges=judges)
    assert await desk.outcomes() == ["ticket", "follow_up"]


async def test_z1_the_topmost_of_ours_counts(desk: Desk) -> None:
    first = await desk.mail()
    forged = (verdict("fail"), verdict("pass"), f"From: {MARIA}", f"References: <{first}>")
    await judged(desk, *forged)
    assert await desk.outcomes() == ["ticket", "held"]


async def test_s3_where_answers_are_wanted_is_only_shown(desk: Desk) -> None:
    await desk.mail(Reply_To=EVE)
    assert (await desk.ticket()).requester.address == MARIA
    assert f"answers are wanted at {EVE}" in (await desk.newest()).warnings[0]


# ---------------------------------------------------------------- lists of ours

GROUP = (
    "Precedence: list",
    "List-Id: <support.shop.example>",
    "List-Post: <mailto:support@shop.example>",
    "List-Unsubscribe: <mailto:leave@groups.example>",
    "Subject: Help",
)


async def test_a1_a_customers_mail_through_a_group_of_ours_is_a_persons(desk: Desk) -> None:
    await judged(desk, f"From: {MARIA}", *GROUP)
    assert (await desk.newest()).voice is Voice.CUSTOMER
    assert (await desk.ticket()).due_at is not None
    assert len(desk.mailbox.mails(MARIA)) == 1


async def test_s3_the_customer_whom_our_group_replaced_is_the_sender(desk: Desk) -> None:
    rewritten = ("From: 'Maria' via Support <support@shop.example>", f"Reply-To: {MARIA}")
    await judged(desk, *rewritten, f"X-Original-From: Maria <{MARIA}>", *GROUP)
    assert await desk.outcomes() == ["ticket"]
    assert (await desk.ticket()).requester.address == MARIA


async def test_a1_a_list_of_somebody_else_is_a_machine(desk: Desk) -> None:
    foreign = [line.replace("shop.example", "news.example") for line in GROUP]
    await judged(desk, f"From: {MARIA}", *foreign)
    assert (await desk.newest()).voice is Voice.AUTOMATIC
    assert desk.mailbox.mails() == ()


async def test_a1_a_machine_behind_our_group_is_one(desk: Desk) -> None:
    await judged(desk, f"From: {MARIA}", "Auto-Submitted: auto-replied", *GROUP)
    assert (await desk.newest()).voice is Voice.AUTOMATIC


async def test_our_own_mail_through_our_group_is_a_loop(desk: Desk) -> None:
    ours = "support@shop.example"
    await judged(desk, f"From: {ours}", f"Reply-To: {ours}", f"X-Original-From: {ours}", *GROUP)
    assert await desk.tickets() == []


# ---------------------------------------------------------------- agents who forward

FORWARD = (
    "FYI, please help.\n\n---------- Forwarded message ---------\nFrom: Zoe <zoe@else.example>\n"
    "Date: Mon, 2 Mar 2026 09:58\nSubject: My bill\nTo: <ana@shop.example>\n\nIt is wrong.\n"
)
ANA = ("From: Ana <ana@shop.example>", "Subject: Fwd: My bill")


async def test_s5_an_agents_forward_is_the_customers_ticket(desk: Desk) -> None:
    await judged(desk, verdict("pass", "shop.example"), *ANA, body=FORWARD)
    ticket = await desk.ticket()
    assert (ticket.title, ticket.requester.address) == ("My bill", "zoe@else.example")
    first, comment = await desk.messages()
    assert (first.voice, first.text, first.author_name) == (Voice.CUSTOMER, "It is wrong.", "Zoe")
    assert (comment.voice, comment.text) == (Voice.NOTE, "FYI, please help.")
    assert desk.mailbox.mails() == ()
    assert "forwarded by ana@shop.example" in told(await desk.run("ana", "/ticket log SUP-1"))


@pytest.mark.parametrize(
    "lines",
    [
        (verdict("none", "shop.example"), *ANA),
        (verdict("pass", "evil.example"), *ANA),
        (verdict("pass", "shop.example", server="mx.evil.example"), *ANA),
        ANA,
        (verdict("pass"), f"From: {MARIA}", ANA[1]),
        (verdict("pass", "shop.example"), ANA[0], "Subject: My bill"),
    ],
    ids=["not judged", "another domain", "a foreign judge", "no judge", "no agent", "no forward"],
)
async def test_s5_anybody_elses_is_their_own(desk: Desk, lines: tuple[str, ...]) -> None:
    await judged(desk, *lines, body=FORWARD)
    assert (await desk.ticket()).requester.address != "zoe@else.example"


@pytest.mark.parametrize("original", ["support@shop.example", "ben@shop.example"])
async def test_s5_our_own_mail_forwarded_has_no_customer(desk: Desk, original: str) -> None:
    body = FORWARD.replace("zoe@else.example", original)
    await judged(desk, verdict("pass", "shop.example"), *ANA, body=body)
    assert (await desk.ticket()).requester.address == "ana@shop.example"


# ---------------------------------------------------------------- who else got it


async def test_z5_who_is_in_copy_is_named_and_gets_nothing(desk: Desk) -> None:
    await desk.mail(Cc="bob@acme.example, support@shop.example")
    assert [p.address for p in (await desk.ticket()).participants] == [MARIA]
    assert "also to bob@acme.example" in told(await desk.run("ana", "/ticket log SUP-1"))
    await desk.replied()
    assert desk.mailbox.mails("bob@acme.example") == ()


async def test_s6_who_was_in_copy_and_answers_all_is_held_there(desk: Desk) -> None:
    first = await desk.mail(Cc="bob@acme.example")
    chain: dict[str, Any] = {"In_Reply_To": f"<{first}>", "Cc": MARIA}
    await desk.mail("I agree.", sender="bob@acme.example", subject="Re: Invoice", **chain)
    await desk.mail("Me, too.", sender=EVE, subject="Re: Invoice", **chain)
    assert await desk.outcomes() == ["ticket", "held", "ticket"]
    await desk.run("ana", "/ticket accept SUP-1")
    assert (await desk.ticket()).participant("bob@acme.example") is not None


# ---------------------------------------------------------------- machines without a mark


AWAY = "I am away until May. Please write to my colleague."


async def test_a3_a_responder_without_any_mark_stops_opening_a_ticket(desk: Desk) -> None:
    await desk.mail()
    for _ in range(5):
        await desk.answer(
            await desk.replied("Done. --resolve"),
            AWAY,
        )
    assert await desk.outcomes() == ["ticket", *["follow_up"] * 3, *["automatic"] * 2]
    assert (await desk.ticket()).status is TicketStatus.RESOLVED
    assert (await desk.newest()).voice is Voice.AUTOMATIC


async def test_a3_nor_does_one_whose_words_change(desk: Desk) -> None:
    await desk.mail()
    for number in range(7):
        await desk.answer(await desk.replied("Done. --resolve"), f"I am away, ref {number}.")
    assert (await desk.outcomes()).count("automatic") == 2
    assert await desk.happened(happened.MachineWrote) == 2


async def test_a3_the_next_day_it_is_heard_again(desk: Desk) -> None:
    await desk.mail()
    for _ in range(4):
        await desk.answer(await desk.replied(), AWAY)
    await desk.after(days=1, minutes=1)
    await desk.answer(await desk.replied(), AWAY)
    assert (await desk.outcomes())[-2:] == ["automatic", "follow_up"]


async def test_a3_people_may_ask_the_same_again(desk: Desk) -> None:
    await desk.mail()
    for _ in range(6):
        await desk.answer(await desk.replied(), "Any news?")
    assert await desk.outcomes() == ["ticket", *["follow_up"] * 6]


# ---------------------------------------------------------------- complaints


async def complain(
    desk: Desk, message_id: str, kind: str = "abuse", to: str = "support@shop.example"
) -> None:
    raw = (
        f"From: fbl@isp.example\r\nTo: {to}\r\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\n--b--\r\n"
    )
    await desk.raw_mail(raw.encode(), "fbl@isp.example", to)


async def test_b2_a_complaint_is_told_and_stops_the_mail(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await complain(desk, mail.message_id)
    assert await desk.outcomes() == ["ticket", "bounce"]
    assert any("they called it spam (abuse)" in line for line in await desk.thread())
    before = len(desk.mailbox.mails(MARIA))
    await desk.run("ana", "/ticket reply SUP-1 Sorry.")
    await desk.after(seconds=10)
    assert len(desk.mailbox.mails(MARIA)) == before


async def test_b2_a_complaint_is_tied_by_the_return_path_it_came_to(desk: Desk) -> None:
    await desk.mail()
    mail = await desk.replied()
    await complain(desk, "unknown@relay.example", to=mail.envelope_from)
    assert await desk.happened(happened.DeliveryChanged) == 1


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "Not-Spam"])
async def test_b2_other_feedback_stops_nothing_and_is_kept(desk: Desk, kind: str) -> None:
    await desk.mail()
    await complain(desk, (await desk.replied()).message_id, kind)
    assert await desk.outcomes() == ["ticket", "bounce"]
    assert await desk.happened(happened.DeliveryChanged) == 0
    assert await desk.happened(happened.MachineWrote) == 1
    await desk.replied("Still here")
    assert (await desk.newest()).delivery is Delivery.SENT


async def test_b2_a_complaint_about_no_mail_of_ours_changes_nothing(desk: Desk) -> None:
    await desk.mail()
    await complain(desk, "somebody@else.example")
    assert await desk.outcomes() == ["ticket", "bounce"]
    assert await desk.happened(happened.DeliveryChanged) == 0
