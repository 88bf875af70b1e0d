"""O4: a provider puts Message-IDs of its own into our mails; what names one is about our mail."""

from __future__ import annotations

import pytest

from bot.domain import events as happened
from bot.domain.mail import OutboundMail
from bot.domain.messages import Delivery
from tests.scenario.desk import BOB, EVE, MARIA, Desk
from tests.scenario.mail.test_mail_origin import complain

PROVIDER = "eu-west-1.amazonses.com"
RETURNED = """\
From: MAILER-DAEMON@amazonses.com
To: support@shop.example
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

No.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; a8-25.smtp-out.amazonses.com

Final-Recipient: rfc822; maria@acme.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--b
Content-Type: message/rfc822

Message-ID: <{id}>
Subject: Re

--b--
"""


@pytest.fixture
async def ses(desk: Desk) -> Desk:
    """A desk whose smarthost is such a provider."""
    desk.mailbox.provider = PROVIDER
    return desk


def given(desk: Desk, mail: OutboundMail) -> str:
    """The Message-ID under which a mail of ours arrived."""
    return next(d.message_id for d in desk.mailbox.delivered if d.mail == mail)


async def by_its_id(desk: Desk, mail: OutboundMail, sender: str = MARIA) -> str:
    """Somebody answers it to the desk's bare address, by In-Reply-To alone; what became of it."""
    named = f"<{given(desk, mail)}>"
    await desk.mail("An answer.", sender=sender, subject="Aw:", In_Reply_To=named)
    return (await desk.outcomes())[-1]


async def test_o4_an_answer_by_the_given_id_goes_on_with_the_ticket(ses: Desk) -> None:
    await ses.mail()
    mail = await ses.replied()
    assert given(ses, mail).endswith(PROVIDER)
    assert await by_its_id(ses, mail) == "follow_up"
    assert (await ses.newest()).text == "An answer."


async def test_o4_so_does_an_answer_to_the_greeting(ses: Desk) -> None:
    await ses.mail()
    assert await by_its_id(ses, ses.mailbox.mails(MARIA)[0]) == "follow_up"


async def test_o4_whoever_takes_no_part_is_held(ses: Desk) -> None:
    await ses.mail()
    assert await by_its_id(ses, await ses.replied(), EVE) == "held"


async def test_o4_an_id_that_nobody_gave_leads_nowhere(ses: Desk) -> None:
    await ses.mail()
    await ses.mail("An answer.", subject="Aw:", In_Reply_To=f"<given-99@{PROVIDER}>")
    assert (await ses.outcomes())[-1] == "ticket"


async def test_o4_b1_a_report_that_returns_the_given_id_is_tied(ses: Desk) -> None:
    await ses.mail()
    report = RETURNED.format(id=given(ses, await ses.replied())).replace("\n", "\r\n")
    await ses.raw_mail(report.encode(), "", "support@shop.example")
    assert (await ses.messages())[1].delivery is Delivery.BOUNCED
    assert await ses.happened(happened.DeliveryChanged) == 1


async def test_o4_b2_a_complaint_about_the_given_id_is_tied(ses: Desk) -> None:
    await ses.mail()
    await complain(ses, given(ses, await ses.replied()))
    [told] = [e.event for e in await ses.history() if isinstance(e.event, happened.DeliveryChanged)]
    assert (told.recipient, told.state) == (MARIA, "complained of")


# ---------------------------------------------------------------- O2: what our own mails name


async def test_o2_later_mails_name_the_id_that_their_reader_knows(ses: Desk) -> None:
    first_id = await ses.mail()
    first = await ses.replied("One")
    second = await ses.replied("Two")
    assert second.references == (first_id, given(ses, first))
    assert second.in_reply_to == first_id


async def test_o2_the_root_stays_in_references_whatever_it_was_given(ses: Desk) -> None:
    await ses.run("ana", f"/ticket new Hello --desk support --from {BOB}")
    first, second = await ses.replied("One"), await ses.replied("Two")
    assert first.references == (first.message_id,)
    assert second.references == (first.message_id, given(ses, first))
    assert second.in_reply_to == given(ses, first)


async def test_o2_a_root_of_ours_ties_an_answer_when_no_id_was_told(desk: Desk) -> None:
    await desk.run("ana", f"/ticket new Hello --desk support --from {BOB}")
    [root] = (await desk.replied("One")).references
    lost = f"<unknown@relay.example> <{root}>"
    await desk.mail("An answer.", sender=BOB, subject="Aw:", References=lost)
    assert (await desk.outcomes())[-1] == "follow_up"


async def test_o2_without_a_provider_the_ids_are_ours(desk: Desk) -> None:
    first_id = await desk.mail()
    first, second = await desk.replied("One"), await desk.replied("Two")
    assert second.references == (first_id, first.message_id)
