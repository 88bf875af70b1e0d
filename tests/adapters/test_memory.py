from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.inbox import MemoryInbox
from adapters.memory.mailbox import MemoryMailbox
from adapters.memory.meter import MemoryMeter
from adapters.memory.pager import MemoryPager
from adapters.memory.script import lost_reply
from bot.cards import Card
from bot.clock import ManualClock
from bot.domain.mail import Address, Attachment, OutboundMail
from bot.errors import PermanentError, TemporaryError
from bot.ports import Arrival

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CARD = Card(title="page", fallback="page")
FILE = Attachment(name="a.txt", content_type="text/plain", content=b"a")


def mail(recipient: str) -> OutboundMail:
    sender = Address(address="support@desk.example")
    to = Address(address=recipient)
    return OutboundMail(
        message_id="1@desk", date=NOW, sender=sender, recipient=to, subject="s", text="t"
    )


async def test_a_mailbox_keeps_mails_with_their_files_by_recipient() -> None:
    mailbox = MemoryMailbox()
    await mailbox.send(mail("ana@team.example"), [FILE])
    await mailbox.send(mail("ben@team.example"), ())
    [delivered] = mailbox.at("Ana@team.example")
    assert (delivered.mail.recipient.address, delivered.files) == ("ana@team.example", (FILE,))
    assert len(mailbox.mails()) == 2


async def test_a_mail_whose_reply_is_lost_has_arrived() -> None:
    mailbox = MemoryMailbox()
    mailbox.script.then(TemporaryError("greylisted"), lost_reply())
    for _ in range(2):
        with pytest.raises(TemporaryError):
            await mailbox.send(mail("ana@team.example"), ())
    assert len(mailbox.mails("ana@team.example")) == 1


async def test_a_pager_keeps_what_it_brought() -> None:
    pager = MemoryPager("sms")
    ref = await pager.page("ana", CARD, "page:1")
    await pager.update("ana", ref, Card(title="done", fallback="done"))
    [brought] = pager.pages
    assert (brought.person, brought.card.title, brought.updates) == ("ana", "done", 1)


async def test_a_pager_reaches_whom_it_is_told() -> None:
    pager = MemoryPager("sms", reached={"ana"})
    assert pager.reaches("ana")
    with pytest.raises(PermanentError, match="ben is out of reach"):
        await pager.page("ben", CARD, "page:1")
    with pytest.raises(PermanentError, match="ana has no page 9"):
        await pager.update("ana", "9", CARD)


async def test_a_pager_fails_on_order() -> None:
    pager = MemoryPager()
    pager.script.then(TemporaryError("no carrier"))
    with pytest.raises(TemporaryError):
        await pager.page("ana", CARD, "page:1")
    assert pager.pages == []


def test_a_meter_sums_over_the_labels_that_are_not_asked_for() -> None:
    meter = MemoryMeter()
    meter.count("mails", desk="a", outcome="new")
    meter.count("mails", 2, desk="b", outcome="new")
    meter.count("alerts")
    assert meter.counted("mails") == meter.counted("mails", outcome="new") == 3
    assert meter.counted("mails", desk="b") == 2
    assert meter.counted("mails", desk="c") == 0


def test_a_meter_keeps_observations_and_the_latest_gauge() -> None:
    meter = MemoryMeter()
    for value in (1, 2):
        meter.observe("seconds", value, kind="x")
        meter.gauge("depth", value, pool="mail")
    assert meter.observed("seconds") == (1, 2)
    assert meter.gauged("depth", pool="mail") == 2
    with pytest.raises(KeyError):
        meter.gauged("depth")


def arrival(key: str, source: str = "alert:prom", **meta: str) -> Arrival:
    return Arrival(source=source, key=key, raw=key.encode(), meta=meta)


async def test_an_inbox_takes_a_key_once_a_source() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    assert await inbox.accept(arrival("1"))
    assert not await inbox.accept(arrival("1"))
    assert await inbox.accept(arrival("1", "mail"))
    assert [a.source for a in inbox.arrivals] == ["alert:prom", "mail"]


async def test_an_inbox_leases_by_family_oldest_first() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    for key, source in (("1", "alert:a"), ("2", "mail"), ("3", "alert:b"), ("4", "alert:a")):
        await inbox.accept(arrival(key, source))
    rows = await inbox.lease("alert", 2, MINUTE, NOW)
    assert [row.raw for row in rows] == [b"1", b"3"]
    assert [row.raw for row in await inbox.lease("alert", 9, MINUTE, NOW)] == [b"4"]


async def test_a_lost_lease_changes_nothing() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1"))
    [old] = await inbox.lease("alert", 1, MINUTE, NOW)
    [new] = await inbox.lease("alert", 1, MINUTE, NOW + MINUTE)
    assert not await inbox.finish(old, "alerts")
    await inbox.postpone(old, "late", NOW)
    assert await inbox.finish(new, "alerts", detail="1 new", item="INC-7", meta={"by": "me"})
    [line] = await inbox.find("me new")
    assert (line.state, line.outcome, line.item) == ("done", "alerts", "INC-7")


async def test_a_postponed_row_comes_back_when_it_is_due() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1"))
    [row] = await inbox.lease("alert", 1, MINUTE, NOW)
    await inbox.postpone(row, "busy", NOW + 5 * MINUTE)
    assert await inbox.lease("alert", 1, MINUTE, NOW + 4 * MINUTE) == ()
    [again] = await inbox.lease("alert", 1, MINUTE, NOW + 5 * MINUTE)
    assert again.attempt == 2


async def test_a_try_that_does_not_count_is_none() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1", "mail"))
    for counts in (False, True):
        (row,) = await inbox.lease("mail", 9, MINUTE, NOW)
        assert row.attempt == 1
        await inbox.postpone(row, "away", NOW, counts=counts)
    assert (await inbox.lease("mail", 9, MINUTE, NOW))[0].attempt == 2


async def test_a_held_row_is_parked_and_stays_held() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1", "mail"))
    (row,) = await inbox.lease("mail", 9, MINUTE, NOW)
    assert await inbox.park(row, "held", detail="slow", item="SUP-1", meta={"a": "b"})
    assert not await inbox.park(row, "held", detail="again")
    assert await inbox.drop(1, "ana")
    assert await inbox.totals() == {("done", "held"): 1}


async def test_an_infected_row_is_replayed_only_where_that_is_said() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1", "mail"))
    (row,) = await inbox.lease("mail", 9, MINUTE, NOW)
    await inbox.park(row, "infected", detail="infected: X")
    line = await inbox.line(1)
    assert (line is not None and line.outcome, await inbox.line(9)) == ("infected", None)
    assert [await inbox.replay(1), await inbox.replay(1, infected=True)] == [False, True]


async def test_a_quarantined_row_is_replayed_or_dropped() -> None:
    inbox = MemoryInbox(ManualClock(NOW))
    await inbox.accept(arrival("1"))
    for end in (inbox.replay(1), inbox.drop(1, "ana")):
        [row] = await inbox.lease("alert", 1, MINUTE, NOW)
        await inbox.quarantine(row, "unreadable")
        assert len(await inbox.find(state="quarantined")) == 1
        assert await end
    assert not await inbox.replay(1)
    assert await inbox.totals() == {("done", "dropped"): 1}
    assert (await inbox.raw(1), await inbox.raw(2)) == (b"1", None)
