"""Behind a real Postfix and from a real Dovecot, where the machine has them (Debian's packages
`postfix`, which only root can run, and `dovecot-imapd`).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiosmtplib
import pytest

from adapters.mail.receiving.imap import ImapFetcher
from bot.config.tables.mail import MailOutbound
from bot.domain.messages import Delivery, Voice
from bot.wiring.mail import StoreNotes, mailboxes, smarthost
from bot.wiring.signing_in import TokenSources
from tests.fakes.smtp import FakeSmarthost
from tests.scenario.desk import MARIA, Desk
from tests.scenario.mail.test_mail_judged import IMAP, INTAKE, Configure, configure, door
from tests.servers import dovecot, postfix
from tests.servers.dovecot import Dovecot

__all__ = ["configure"]

needs_dovecot = pytest.mark.skipif(not dovecot.installed(), reason="dovecot 2.3 is not installed")
needs_postfix = pytest.mark.skipif(
    not postfix.installed(), reason="postfix is not installed, or this is not root"
)
MAIL = (
    "From: {0}\r\nTo: support@shop.example\r\nSubject: Help\r\nMessage-ID: <{1}@x>\r\n\r\n"
    "Hello.\r\n"
)


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Wait for another process; TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not await done():  # noqa: ASYNC110 - it cannot tell us
            await asyncio.sleep(0.02)


# ---------------------------------------------------------------- Dovecot


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    # Its processes have another user, who must reach their files.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        async with dovecot.dovecot(Path(name)) as running:
            yield running


@asynccontextmanager
async def fetching(desk: Desk, configure: Configure, server: Dovecot) -> AsyncIterator[ImapFetcher]:
    """The desk's mailbox is fetched; nobody asks for mail that is not announced."""
    given = IMAP.format(port=server.port).replace('"desk"', f'"{dovecot.USER}"', 1)
    more = given.replace('"pw"', f'"{dovecot.PASSWORD}"') + 'poll = "1h"\n'
    settings = configure(more)
    sources = TokenSources(settings, StoreNotes(desk.store, desk.clock), desk.clock)
    [mailbox] = mailboxes(settings, desk.core, desk.database, sources)
    await mailbox.start()
    try:
        yield mailbox
    finally:
        await mailbox.stop()
        await desk.settle()


@needs_dovecot
async def test_mail_that_dovecot_announces_becomes_tickets(
    desk: Desk, configure: Configure, server: Dovecot
) -> None:
    await server.append(MAIL.format(MARIA, 1).encode())

    async def none_unseen() -> bool:
        return await server.unseen() == 0

    async with fetching(desk, configure, server):
        await until(none_unseen)
        await server.append(MAIL.format(MARIA, 2).encode())
        await until(none_unseen)
    assert await desk.outcomes() == ["ticket", "ticket"]


@needs_dovecot
async def test_what_was_fetched_from_dovecot_is_not_fetched_again(
    desk: Desk, configure: Configure, server: Dovecot
) -> None:
    async def none_unseen() -> bool:
        return await server.unseen() == 0

    for number in (1, 2):
        await server.append(MAIL.format(MARIA, number).encode())
        async with fetching(desk, configure, server):
            await until(none_unseen)
    assert await desk.outcomes() == ["ticket", "ticket"]


# ---------------------------------------------------------------- Postfix


@needs_postfix
async def test_a_mail_through_postfix_and_its_answer_find_each_other(
    desk: Desk, configure: Configure
) -> None:
    settings = configure(INTAKE.format(relay="127.0.0.1"))
    async with door(desk, settings) as port, postfix.postfix({"shop.example": port}) as relay:
        await handed_over(relay, MAIL.format(MARIA, 1), "support@shop.example")
        await arrived(desk, 1)
        mail = await desk.replied()
        answer = MAIL.format(MARIA, 2).replace("Hello", "Thanks")
        await handed_over(relay, answer, mail.reply_to)
        await arrived(desk, 2)
    assert await desk.outcomes() == ["ticket", "follow_up"]
    assert (await desk.newest()).text == "Thanks."


@needs_postfix
async def test_b1_postfixs_own_report_is_tied_to_the_mail_that_bounced(
    desk: Desk, configure: Configure
) -> None:
    settings = configure(INTAKE.format(relay="127.0.0.1"))
    async with door(desk, settings) as port, FakeSmarthost() as far:
        far.refused["maria@acme.example"] = "550 5.1.1 no such user"
        ways = {"shop.example": port, "acme.example": far.port}
        async with postfix.postfix(ways) as relay:
            await desk.mail()
            mail = await desk.replied()
            given = {"host": "127.0.0.1", "port": relay, "tls": "none"}
            sender = smarthost(MailOutbound.model_validate(given), tokens=None)
            await sender.send(mail, [])
            await sender.stop()
            await arrived(desk, 2)
    assert await desk.outcomes() == ["ticket", "bounce"]
    reply = next(m for m in await desk.messages() if m.voice is Voice.REPLY and "fixed" in m.text)
    assert (reply.delivery, "no such user" in str(reply.copies)) == (Delivery.BOUNCED, True)


async def handed_over(relay: int, mail: str, recipient: str) -> None:
    """Somebody outside mails by way of Postfix."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=relay, start_tls=False) as client:
        await client.sendmail("maria@acme.example", [recipient], mail.encode())


async def arrived(desk: Desk, count: int) -> None:
    """So many mails have come to the desk by now, and were settled."""

    async def there() -> bool:
        return len(await desk.ledger()) >= count

    await until(there)
    await desk.settle()
