"""C3: what a virus scanner finds is stopped, and nothing passes that it has not seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.mail.clamd import Clamd, ClamdSettings
from bot.domain.ledger import balance
from bot.domain.messages import Voice
from bot.engine.inbox import MailPass
from bot.engine.parking import MAX_WAITS
from bot.engine.scanning import Scanning
from bot.errors import TemporaryError
from bot.operate.examining.viruses import eicar
from bot.operate.importing import MboxImport
from tests.fakes.clamd import FakeClamd
from tests.scenario.desk import BOB, EVE, Desk, words
from tests.scenario.mail.test_unreadable import Stumbling
from tests.scenario.world import LocalReader

FOUND = "Eicar-Signature"
BAD = b"From: eve@evil.example\r\nSubject: x\r\n\r\n" + eicar()


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    async with FakeClamd(signatures={eicar(): FOUND}) as daemon:
        yield daemon


def guarded(desk: Desk, port: int, *, required: bool = True, timeout: float = 5.0) -> Scanning:
    """The desk's mail is looked at by the daemon on that port."""
    client = Clamd(ClamdSettings(host="127.0.0.1", port=port, timeout=timeout))
    scanning = Scanning(desk.core, client, required=required)
    desk.passes[0] = MailPass(desk.core, LocalReader(), scanning)
    return scanning


def notices(desk: Desk) -> list[str]:
    """What the desk's channel, where operators look too, was told that is no ticket."""
    return [words(post.card) for post in desk.surface.channel("support") if not post.card.number]


async def bad(desk: Desk) -> None:
    await desk.raw_mail(BAD, EVE, "support@shop.example")


# ---------------------------------------------------------------- what is found


async def test_c3_a_virus_is_stopped_with_its_name(desk: Desk, clamd: FakeClamd) -> None:
    guarded(desk, clamd.port)
    await bad(desk)
    await desk.mail("clean", sender=BOB)
    assert await desk.outcomes() == ["infected", "ticket"]
    (parked,) = await desk.ledger("quarantined")
    assert parked.detail == f"infected: {FOUND}"
    assert (await desk.ticket()).requester.address == BOB


async def test_c3_the_agents_are_told_once_a_day(desk: Desk, clamd: FakeClamd) -> None:
    guarded(desk, clamd.port)
    for _ in range(3):
        await bad(desk)
    (notice,) = notices(desk)
    assert f"{FOUND} was found in a mail to Shop Support" in notice
    assert EVE in notice
    await desk.after(days=1)
    await bad(desk)
    assert len(notices(desk)) == 2


async def test_c3_the_ledger_counts_it(desk: Desk, clamd: FakeClamd) -> None:
    guarded(desk, clamd.port)
    await bad(desk)
    found = balance(await desk.store.inbox.totals())
    assert (found.quarantined, found.infected, found.balanced) == (1, 1, True)


async def test_c3_an_operator_may_let_it_through(desk: Desk, clamd: FakeClamd) -> None:
    guarded(desk, clamd.port)
    await bad(desk)
    assert not await desk.store.inbox.replay(1)
    assert await desk.store.inbox.replay(1, infected=True)
    await desk.settle()
    assert await desk.outcomes() == ["ticket"]
    assert f"a virus was found in this mail ({FOUND})" in (await desk.newest()).warnings[0]


async def test_c3_what_was_found_is_said_even_when_nobody_scans_any_more(
    desk: Desk, clamd: FakeClamd
) -> None:
    guarded(desk, clamd.port)
    await bad(desk)
    desk.passes[0] = MailPass(desk.core, LocalReader())
    await desk.store.inbox.replay(1, infected=True)
    await desk.settle()
    assert FOUND in (await desk.newest()).warnings[0]


async def test_c3_what_cannot_be_read_is_scanned_before_it_is_a_file(
    desk: Desk, clamd: FakeClamd
) -> None:
    scanning = guarded(desk, clamd.port)
    desk.passes[0] = MailPass(desk.core, Stumbling(blind=True), scanning)
    await bad(desk)
    assert (await desk.outcomes(), await desk.tickets()) == (["infected"], [])


async def test_c3_old_mail_is_scanned_too(desk: Desk, clamd: FakeClamd, tmp_path: Path) -> None:
    path = tmp_path / "old.mbox"
    path.write_bytes(b"From x\n" + BAD.replace(b"\r", b"") + b"\n\nFrom x\nSubject: y\n\nfine\n")
    scanning = guarded(desk, clamd.port)
    work = MboxImport(desk.core, LocalReader(), "support", scanning)
    assert await work.run(path, lambda _: None) == {"quarantined": 1, "imported": 1}


# ---------------------------------------------------------------- when it cannot be told


async def test_c3_while_the_scanner_is_away_mail_waits(desk: Desk, clamd: FakeClamd) -> None:
    guarded(desk, 1)
    await desk.mail("poison")
    for _ in range(MAX_WAITS + 5):
        await desk.after(minutes=1)
    assert [line.state for line in await desk.ledger()] == ["waiting"]
    scanning = guarded(desk, clamd.port)
    busy = Stumbling(TemporaryError("no process was free to read the mail"))
    desk.passes[0] = MailPass(desk.core, busy, scanning)
    for _ in range(2):
        await desk.after(minutes=1)
    assert (await desk.outcomes(), len(await desk.tickets())) == (["ticket"], 1)


async def test_c3_operators_are_told_once_a_day(desk: Desk) -> None:
    guarded(desk, 1)
    await desk.mail()
    await desk.mail()
    (notice,) = notices(desk)
    assert "The virus scanner cannot be reached at tcp://127.0.0.1:1." in notice
    await desk.after(days=1)
    assert len(notices(desk)) == 2


@pytest.mark.parametrize(
    "faults",
    [{"error": "Can't allocate memory"}, {"cut": 1}, {"silent": {"zINSTREAM"}}],
    ids=["an error", "cut", "silence"],
)
async def test_c3_a_mail_that_it_cannot_tell_ends_in_quarantine(
    desk: Desk, faults: dict[str, Any]
) -> None:
    async with FakeClamd(**faults) as clamd:
        guarded(desk, clamd.port, timeout=0.02)
        await desk.mail()
        for _ in range(MAX_WAITS):
            await desk.after(minutes=1)
    (parked,) = await desk.ledger("quarantined")
    assert parked.detail.endswith(f", after {MAX_WAITS} tries")
    assert (await desk.tickets(), len(notices(desk))) == ([], 1)


async def test_c3_a_mail_larger_than_it_takes_is_not_passed(desk: Desk, clamd: FakeClamd) -> None:
    clamd.limit = 100
    guarded(desk, clamd.port)
    await desk.mail("x" * 200)
    (parked,) = await desk.ledger("quarantined")
    assert parked.detail.startswith("not checked for viruses: it is larger than")
    assert len(notices(desk)) == 1


@pytest.mark.parametrize("away", [True, False])
async def test_c3_where_it_is_not_required_mail_passes_with_a_warning(
    desk: Desk, clamd: FakeClamd, away: bool
) -> None:
    clamd.limit = 100
    guarded(desk, 1 if away else clamd.port, required=False)
    await desk.mail("x" * 200)
    message = await desk.newest()
    assert message.voice is Voice.CUSTOMER
    assert message.warnings[0].startswith("this mail was not checked for viruses: ")
