from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.memory.mailbox import MemoryMailbox
from adapters.memory.surface import MemorySurface
from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from bot.cards import Block, Card, Field, Link, Plain, When
from bot.clock import ManualClock
from bot.domain.mail import Address
from bot.domain.people import Person
from bot.errors import Fault, PermanentError, TemporaryError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DESK = Address(address="oncall@desk.example", name="Deskhand")
ANA = Person(key="ana", name="Ana", email="ana@team.example", accounts={"slack": "U1"})
BEN = Person(key="ben", name="Ben")
PEOPLE = {"ana": ANA, "ben": BEN}
CARD = Card(
    number="INC-7",
    title="Checkout is down",
    fallback="INC-7 sev1: Checkout is down, acknowledge within 5 minutes",
    url="https://desk.example/INC-7",
    status=(Plain("sev1, since "), When(NOW)),
    blocks=(Block((Plain("See the "), Link("runbook", "https://rb.example/1"))),),
    fields=(Field("Service", (Plain("checkout"),)),),
)
DONE = Card(title="Checkout is down", fallback="acknowledged by Ben")


def mail_pager(mailbox: MemoryMailbox) -> MailPager:
    return MailPager(mailbox, PEOPLE, DESK, ManualClock(NOW))


async def test_a_chat_page_is_a_direct_message_that_is_drawn_again() -> None:
    slack = MemorySurface("slack")
    pager = ChatPager(slack, PEOPLE)
    ref = await pager.page("ana", CARD, "page:1")
    await pager.update("ana", ref, DONE)
    [posting] = slack.directs("U1")
    assert (posting.card, posting.earlier) == (DONE, [CARD])


def test_a_chat_page_reaches_whoever_has_an_account() -> None:
    pager = ChatPager(MemorySurface("slack"), PEOPLE)
    assert pager.contact == "slack"
    assert [pager.reaches(key) for key in ("ana", "ben", "eve")] == [True, False, False]


async def test_on_the_console_people_are_themselves() -> None:
    console = MemorySurface("console")
    await ChatPager(console, PEOPLE).page("ben", CARD, "page:1")
    assert len(console.directs("ben")) == 1


async def test_a_chat_page_without_an_account_is_a_permanent_error() -> None:
    pager = ChatPager(MemorySurface("slack"), PEOPLE)
    with pytest.raises(PermanentError, match="ben has no account on slack") as caught:
        await pager.page("ben", CARD, "page:1")
    assert caught.value.fault is Fault.DESTINATION


async def test_errors_of_the_surface_pass_through() -> None:
    slack = MemorySurface("slack")
    slack.script.then(TemporaryError("rate limited"))
    with pytest.raises(TemporaryError, match="rate limited"):
        await ChatPager(slack, PEOPLE).page("ana", CARD, "page:1")


async def test_a_page_without_a_reference_is_not_drawn_again() -> None:
    slack = MemorySurface("slack")
    await ChatPager(slack, PEOPLE).update("ana", "", DONE)
    assert slack.calls == []


async def test_a_mailed_pages_subject_says_the_whole_thing() -> None:
    mailbox = MemoryMailbox()
    assert await mail_pager(mailbox).page("ana", CARD, "page:1") == ""
    [mail] = mailbox.mails("ana@team.example")
    assert mail.subject == CARD.fallback
    assert (mail.sender, mail.recipient.name, mail.date) == (DESK, "Ana", NOW)
    assert mail.automatic == "auto-generated"


async def test_a_mailed_page_is_plain_text_with_every_address_written_out() -> None:
    mailbox = MemoryMailbox()
    await mail_pager(mailbox).page("ana", CARD, "page:1")
    assert mailbox.mails()[0].text.split("\n\n") == [
        "INC-7 Checkout is down",
        "sev1, since 2026-11-21 12:00 UTC",
        "See the runbook (https://rb.example/1)",
        "Service: checkout",
        "https://desk.example/INC-7\n",
    ]


async def test_a_subject_is_one_line_and_names_the_number() -> None:
    mailbox = MemoryMailbox()
    card = Card(number="INC-8", title="x", fallback="Disk\r\nBcc: eve@evil.example")
    await mail_pager(mailbox).page("ana", card, "page:2")
    assert mailbox.mails()[0].subject == "INC-8: Disk Bcc: eve@evil.example"


async def test_a_repeat_has_the_same_message_id_and_another_page_another() -> None:
    mailbox = MemoryMailbox()
    for key in ("page:1", "page:1", "page:2"):
        await mail_pager(mailbox).page("ana", CARD, key)
    first, again, other = (mail.message_id for mail in mailbox.mails())
    assert first == again != other
    assert first.endswith("@desk.example")


async def test_a_mailed_page_stays_as_it_is() -> None:
    mailbox = MemoryMailbox()
    await mail_pager(mailbox).update("ana", "", DONE)
    assert mailbox.mails() == ()


async def test_without_an_address_nobody_is_mailed() -> None:
    pager = mail_pager(MemoryMailbox())
    assert [pager.reaches(key) for key in ("ana", "ben", "eve")] == [True, False, False]
    with pytest.raises(PermanentError, match="ben has no mail address"):
        await pager.page("ben", CARD, "page:1")
