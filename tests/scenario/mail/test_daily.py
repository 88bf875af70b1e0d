"""What happens once a day: the mail's balance in chat, and forgetting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.retention import Retention
from bot.engine.daily import DailyPass
from storage.queues.keeping import SqlKeeping
from tests.scenario.desk import Desk

VIENNA = ZoneInfo("Europe/Vienna")


class ByHand:
    """A ledger whose counts are given for the day they are asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.counts_are: Mapping[tuple[str, str], int] = {("done", "ticket"): 2}

    async def counts(
        self, kind: str, since: datetime, until: datetime
    ) -> Mapping[tuple[str, str], int]:
        self.asked.append((since.isoformat(), until.isoformat()))
        return self.counts_are


def daily(desk: Desk, ledger: ByHand, retention: Retention | None = None) -> DailyPass:
    keeping = SqlKeeping(desk.database)
    return DailyPass(desk.core, ledger, keeping, retention or Retention(), VIENNA)


async def lines(desk: Desk, space: str = "support") -> list[str]:
    await desk.settle()
    return [post.card.fallback for post in desk.surface.channel(space)]


async def test_yesterdays_mail_is_told_once_at_nine(desk: Desk) -> None:
    ledger = ByHand()
    work = daily(desk, ledger)
    desk.clock.push(timedelta(hours=22, minutes=59))
    await work.run_once()
    assert await lines(desk) == []
    desk.clock.push(timedelta(hours=1))
    await work.run_once()
    await daily(desk, ledger).run_once()
    said = "Mail on Mon 02 Mar: 2 received = 2 tickets + 0 follow-ups + 0 automatic + 0 held"
    assert await lines(desk) == [f"{said} + 0 quarantined + 0 refused by rule"]
    assert await lines(desk, "billing") == await lines(desk)


async def test_a_day_is_one_of_the_services_own_time_zone(desk: Desk) -> None:
    ledger = ByHand()
    await daily(desk, ledger).run_once()
    assert ledger.asked == [("2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00")]


async def test_a_day_without_mail_is_not_told(desk: Desk) -> None:
    ledger = ByHand()
    ledger.counts_are = {}
    await daily(desk, ledger).run_once()
    assert await lines(desk) == []


async def test_a_sum_that_is_wrong_is_told_and_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = ByHand()
    ledger.counts_are = {("done", "vanished"): 1}
    await daily(desk, ledger).run_once()
    assert (await lines(desk))[0].startswith("Mail on Sun 01 Mar: 1 received ≠")
    assert "the mail ledger does not balance" in caplog.text


async def test_what_was_kept_long_enough_is_forgotten(desk: Desk) -> None:
    await desk.mail()
    desk.clock.push(timedelta(days=36500))
    work = daily(desk, ByHand())
    while await work.run_once():
        pass
    [line] = await desk.ledger()
    assert await desk.store.inbox.raw(line.id) == b""
    assert (await desk.messages())[0].text == "Hello, the invoice is wrong."
    assert desk.meter.counted("forgotten", what="raw_mail") == 1


async def test_it_rests_when_there_is_nothing_to_do(desk: Desk) -> None:
    ledger = ByHand()
    work = daily(desk, ledger)
    assert [await work.run_once() for _ in range(3)] == [0, 0, 0]
    assert len(ledger.asked) == 1
