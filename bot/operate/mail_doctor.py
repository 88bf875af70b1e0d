"""What `deskhand doctor` tries about mail: smarthosts, mailboxes, and verified addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from adapters.mail.receiving.imap_mailbox import ImapMailbox
from bot.clock import SystemClock
from bot.config.mail import Imap, MailOutbound
from bot.config.settings import Settings
from bot.domain.directory import Desk
from bot.domain.verification import CheckState
from bot.errors import PermanentError, TemporaryError
from bot.operate.findings import Finding, Mark
from bot.operate.queues import open_store
from bot.services.mailing import verifying
from bot.wiring.mail import imap_settings, smarthost
from storage.failures import CannotOpen


async def examine_mail(settings: Settings) -> AsyncIterator[Finding]:
    """Every smarthost, every mailbox, every desk's address."""
    outbound = settings.mail.outbound
    if outbound is not None:
        yield await _smarthost(outbound, "[mail.outbound]")
    elif any(desk.smtp is None for desk in settings.desks.values()):
        words, fix = "no smarthost: mail waits", "Set [mail.outbound] host."
        yield Finding(mark=Mark.CARE, part="mail out", words=words, fix=fix)
    for key, desk in settings.desks.items():
        if desk.smtp is not None:
            yield await _smarthost(desk.smtp, f"[desks.{key}] smtp")
    for box in settings.mail.imap:
        yield await _mailbox(box, settings)
    for finding in _domains(settings):
        yield finding
    async for finding in _addresses(settings):
        yield finding


async def _smarthost(outbound: MailOutbound, where: str) -> Finding:
    try:
        words = await smarthost(outbound).check()
    except (TemporaryError, PermanentError) as error:
        return Finding(
            mark=Mark.WRONG,
            part="mail out",
            words=f"{outbound.host}:{outbound.port}: {error.words}",
            fix=f"See {where}: host, port, tls, username, password.",
        )
    return Finding(mark=Mark.FINE, part="mail out", words=words)


async def _mailbox(box: Imap, settings: Settings) -> Finding:
    def look() -> str:
        opened = ImapMailbox(imap_settings(box, settings))
        try:
            way = "announces new mail" if opened.announces else f"is asked every {box.poll}"
            return f"{box.host}:{box.port} {box.folder}: {len(opened.unseen())} unread, {way}"
        finally:
            opened.close()

    try:
        words = await asyncio.to_thread(look)
    except (TemporaryError, PermanentError) as error:
        return Finding(
            mark=Mark.WRONG,
            part="mailbox",
            words=f"{box.host}:{box.port}: {error.words}",
            fix="See [[mail.imap]]: host, port, tls, username, password, folder.",
        )
    return Finding(mark=Mark.FINE, part="mailbox", words=words)


def _domains(settings: Settings) -> Iterator[Finding]:
    """Domains that stand for working here, and to which the desk lets everybody have mail sent.

    Whoever writes to a desk can have a confirmation mail sent there and read it on their ticket.
    """
    directory = settings.directory()
    ours = {person.email.rpartition("@")[2].lower() for person in directory.people.values()}
    desks = {a.rpartition("@")[2] for desk in directory.desks.values() for a in desk.addresses}
    for domain in sorted(desks & ours - {""}):
        yield Finding(
            mark=Mark.CARE,
            part="address",
            words=f"{domain} is the team's own domain, too",
            fix=f"Take a sub-domain for desks, such as desk.{domain}: other services trust it.",
        )


async def _addresses(settings: Settings) -> AsyncIterator[Finding]:
    """What the newest round trip of each desk's address said."""
    try:
        async with open_store(settings) as store, store.read() as work:
            for key, desk in settings.directory().desks.items():
                check = await verifying.standing(work, key, SystemClock().now())
                if check is None:
                    yield _address(desk, Mark.CARE, "was never verified")
                elif check.state is CheckState.FINISHED:
                    day = f"{check.started_at:%Y-%m-%d}"
                    yield _address(desk, Mark.FINE, f"verified on {day}")
                else:
                    wrong = check.state is CheckState.FAILED
                    yield _address(desk, Mark.WRONG if wrong else Mark.CARE, check.words)
    except CannotOpen:
        return  # the database has a finding of its own


def _address(desk: Desk, mark: Mark, words: str) -> Finding:
    fix = "" if mark is Mark.FINE else f"deskhand mail verify {desk.key}"
    return Finding(mark=mark, part="address", words=f"{desk.sender}: {words}", fix=fix)
