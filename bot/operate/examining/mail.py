"""What `deskhand doctor` tries about mail: smarthosts, mailboxes, and verified addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from adapters.mail.notes import Notes
from adapters.mail.receiving.imap_mailbox import ImapSettings, open_mailbox
from adapters.mail.signing_in.faults import CannotSignIn
from adapters.mail.signing_in.tokens import TokenSource
from bot.clock import SystemClock
from bot.config.accounts import Account, accounts
from bot.config.problems import dotted
from bot.config.settings import Settings
from bot.config.tables.mail import Imap
from bot.domain.directory import Desk
from bot.domain.verification import CheckState
from bot.errors import Fault, PermanentError, TemporaryError
from bot.operate.examining.findings import Finding, Mark
from bot.operate.queues import open_store
from bot.services.mailing.outgoing import verifying
from bot.services.mailing.returned import unreachable
from bot.wiring.mail import StoreNotes, imap_settings, smarthost
from bot.wiring.signing_in import TokenSources
from storage.failures import CannotOpen


async def examine_mail(settings: Settings) -> AsyncIterator[Finding]:
    """Every smarthost, every mailbox, every desk's address."""
    if settings.mail.outbound is None and any(d.smtp is None for d in settings.desks.values()):
        words, fix = "no smarthost: mail waits", "Set [mail.outbound] host."
        yield Finding(mark=Mark.CARE, part="mail out", words=words, fix=fix)
    async with _sources(settings) as sources:
        async for finding in _servers(settings, sources):
            yield finding
    for finding in _domains(settings):
        yield finding
    async for finding in _addresses(settings):
        yield finding
    async for finding in _news(settings):
        yield finding


class _Away:
    """Notes while there is no database: a token that is taken only once must not be used up."""

    async def recall(self, name: str) -> str:
        """Refuse."""
        raise TemporaryError("not tried: the database cannot be opened")

    async def note(self, name: str, value: str) -> None:
        """Refuse."""
        await self.recall(name)


@asynccontextmanager
async def _sources(settings: Settings) -> AsyncIterator[TokenSources]:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        notes: Notes = _Away()
        with suppress(CannotOpen):
            store = await stack.enter_async_context(open_store(settings))
            notes = StoreNotes(store, clock)
        yield TokenSources(settings, notes, clock)


async def _servers(settings: Settings, sources: TokenSources) -> AsyncIterator[Finding]:
    """Each server in turn; where there is no token for one, it is not asked."""
    let_in: dict[TokenSource, bool] = {}
    for account in accounts(settings):
        source = sources.of(account.section)
        if source is not None and source not in let_in:
            finding = await _sign_in(account, source)
            let_in[source] = finding.mark is Mark.FINE
            yield finding
        if source is None or let_in[source]:
            yield await _server(account, source, settings)


async def _sign_in(account: Account, source: TokenSource) -> Finding:
    """Whether there is a token; the errors of a source say themselves what to do."""
    where = f"{dotted(account.keys)}: "
    try:
        await source.token()
    except CannotSignIn as error:
        return Finding(
            mark=Mark.WRONG, part="sign-in", words=where + error.wrong, fix=f"{error.fix}."
        )
    except TemporaryError as error:
        fix = f"Try again; then see {dotted(account.keys)}: oauth."
        return Finding(mark=Mark.WRONG, part="sign-in", words=where + error.words, fix=fix)
    words = f"{where}{source.host} gives a token"
    return Finding(mark=Mark.FINE, part="sign-in", words=words)


async def _server(account: Account, source: TokenSource | None, settings: Settings) -> Finding:
    section, part = account.section, "mailbox"
    try:
        if isinstance(section, Imap):
            words = await _mailbox(section, imap_settings(section, settings, source))
        else:
            part = "mail out"
            words = await smarthost(section, source).check()
    except (TemporaryError, PermanentError) as error:
        told = f"{section.host}:{section.port}: {error.words}"
        fix = _fix(account, error)
        return Finding(mark=Mark.WRONG, part=part, words=told, fix=fix)
    return Finding(mark=Mark.FINE, part=part, words=words)


def _fix(account: Account, error: TemporaryError | PermanentError) -> str:
    section, where = account.section, dotted(account.keys)
    refused = isinstance(error, PermanentError) and error.fault is Fault.CREDENTIAL
    if section.oauth is not None and refused:
        kind = "IMAP" if isinstance(section, Imap) else "SMTP"
        return (
            f"The token is sound: see {where}.username, and at the provider that {kind} is"
            " switched on for the mailbox and that the app may use it (docs/operate/mail.md)."
        )
    keys = "host, port, tls, username, password"
    return f"See {where}: {keys}, folder." if isinstance(section, Imap) else f"See {where}: {keys}."


async def _mailbox(box: Imap, settings: ImapSettings) -> str:
    opened = await open_mailbox(settings, asyncio.to_thread)

    def look() -> str:
        try:
            way = "announces new mail" if opened.announces else f"is asked every {box.poll}"
            return f"{box.host}:{box.port} {box.folder}: {len(opened.unseen())} unread, {way}"
        finally:
            opened.close()

    return await asyncio.to_thread(look)


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


async def _news(settings: Settings) -> AsyncIterator[Finding]:
    """Who wants news by mail, and cannot have them."""
    try:
        async with open_store(settings) as store, store.read() as work:
            for person in settings.directory().people.values():
                why = await unreachable.hindered(work, person, SystemClock().now())
                if why:
                    yield Finding(
                        mark=Mark.CARE,
                        part="people",
                        words=f"{person.key} gets no news by mail: {why}",
                        fix=f"See [people.{person.key}] email; then they type /ticket mails mine.",
                    )
    except CannotOpen:
        return  # the database has a finding of its own
