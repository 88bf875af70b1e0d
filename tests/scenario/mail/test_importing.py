"""Old mail is brought over without a word to anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.mail import InboundMail
from bot.domain.messages import Voice
from bot.domain.work_items import TicketStatus
from bot.operate.importing import MboxImport
from tests.scenario.desk import MARIA, Desk
from tests.scenario.world import LocalReader

OLD = """From x Mon Mar  2 09:00:00 2020
From: Maria Huber <maria@acme.example>
To: support@shop.example
Date: Mon, 06 Jan 2020 10:00:00 +0000
Message-ID: <1@acme.example>
Subject: Broken

It is broken.

From x Mon Mar  2 09:00:00 2020
From: Ana <support@shop.example>
To: maria@acme.example
Date: Tue, 07 Jan 2020 10:00:00 +0000
Message-ID: <2@shop.example>
In-Reply-To: <1@acme.example>
Subject: Re: Broken

We mended it.

From x Mon Mar  2 09:00:00 2020
From: bob@acme.example
To: support@shop.example
Subject: Another

No date, no id.
"""


class Killed(Exception):
    """The process ends here."""


class KilledReader(LocalReader):
    async def read(self, raw: bytes) -> InboundMail:
        raise Killed


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "old.mbox"
    path.write_text(OLD)
    return path


async def bring(desk: Desk, path: Path) -> dict[str, int]:
    work = MboxImport(desk.core, LocalReader(), "support")
    counts = await work.run(path, lambda _: None)
    await desk.settle()
    return dict(counts)


async def test_old_mail_becomes_ended_tickets(desk: Desk, mbox: Path) -> None:
    assert await bring(desk, mbox) == {"imported": 3}
    first, second = await desk.tickets()
    assert (first.title, first.status, second.title) == ("Broken", TicketStatus.CLOSED, "Another")
    assert (f"{first.created_at:%Y-%m-%d}", f"{first.resolved_at:%Y-%m-%d}") == (
        "2020-01-06",
        "2020-01-07",
    )
    said = [(m.voice, m.text) for m in await desk.messages()]
    assert said == [(Voice.CUSTOMER, "It is broken."), (Voice.REPLY, "We mended it.")]
    assert [p.address for p in first.participants] == [MARIA]


async def test_nobody_hears_of_it_and_no_clock_runs(desk: Desk, mbox: Path) -> None:
    await bring(desk, mbox)
    await desk.after(days=30)
    assert desk.mailbox.mails() == ()
    assert desk.surface.channel("support") == ()
    assert [ticket.due_at for ticket in await desk.tickets()] == [None, None]
    assert await desk.store.outbox.find() == []


async def test_a_second_run_goes_on_where_the_first_one_stopped(desk: Desk, mbox: Path) -> None:
    await bring(desk, mbox)
    with mbox.open("a") as file:
        file.write("\nFrom x Mon Mar  2 09:00:00 2020\nFrom: eve@x.example\nSubject: New\n\nHi\n")
    assert await bring(desk, mbox) == {"known": 3, "imported": 1}
    assert len(await desk.tickets()) == 3


async def test_what_a_killed_run_still_holds_is_told(desk: Desk, mbox: Path) -> None:
    with pytest.raises(Killed):
        await MboxImport(desk.core, KilledReader(), "support").run(mbox, lambda _: None)
    assert await bring(desk, mbox) == {"known": 3, "waiting": 3}


async def test_who_answers_an_old_mail_opens_its_ticket_again(desk: Desk, mbox: Path) -> None:
    await bring(desk, mbox)
    await desk.mail("Broken again", In_Reply_To="<2@shop.example>", sender=MARIA)
    assert (await desk.ticket()).status is TicketStatus.OPEN
    assert (await desk.outcomes())[-1] == "follow_up"


async def test_the_mail_ledger_does_not_count_it(desk: Desk, mbox: Path) -> None:
    await bring(desk, mbox)
    assert {line.source for line in await desk.ledger()} == {"import:support"}
