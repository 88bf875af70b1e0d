"""The edges of mail: smarthosts out, the SMTP door and fetched mailboxes in."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from adapters.mail.clamd import Clamd, ClamdSettings
from adapters.mail.notes import Notes
from adapters.mail.receiving.imap import Held, ImapFetcher
from adapters.mail.receiving.imap_mailbox import ImapSettings
from adapters.mail.receiving.intake import SmtpIntake, SmtpIntakeSettings
from adapters.mail.sending.sender import Signer, SmtpSender, SmtpSenderSettings
from adapters.mail.sending.smarthosts import Smarthosts
from adapters.mail.signing_in.tokens import Tokens
from bot.config.settings import Settings
from bot.config.tables.mail import Dkim, Imap, MailIntake, MailOutbound
from bot.domain.directory import Directory
from bot.domain.mail import Acceptance, Attachment, OutboundMail
from bot.engine.scanning import Scanning
from bot.errors import TemporaryError
from bot.ports import Clock, Inbox, MailSender, Meter, Store
from bot.services import lockouts
from bot.services.core import Core
from bot.services.viruses import VirusGuard
from bot.wiring.duties import take_duty
from bot.wiring.signing_in import TokenSources
from storage.database import Database


class NoSmarthost:
    """MailSender where none is configured: mail waits, and says why, until there is one."""

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> Acceptance:
        """Refuse for now."""
        raise TemporaryError("no smarthost is configured: set [mail.outbound]")


def smarthost(outbound: MailOutbound, tokens: Tokens | None) -> SmtpSender:
    """The SMTP sender of `[mail.outbound]`, or of a desk's own `smtp`."""
    password = outbound.password.get_secret_value() if outbound.password else ""
    return SmtpSender(
        SmtpSenderSettings(
            host=outbound.host,
            port=outbound.port,
            tls=outbound.tls.value,
            username=outbound.username,
            password=password,
            tokens=tokens,
            hostname=socket.getfqdn(),
            signer=_signer(outbound.dkim) if outbound.dkim is not None else None,
        )
    )


def _signer(dkim: Dkim) -> Signer:
    # Who does not sign need not load what signing takes.
    from adapters.mail.sending.dkim_signing import DkimSigner

    key = dkim.key.get_secret_value()
    return DkimSigner(selector=dkim.selector, domain=dkim.domain, key=key)


def smarthosts(settings: Settings, other: MailSender, sources: TokenSources) -> Smarthosts:
    """The desks' own smarthosts by the addresses they send from, and `other` for all the rest."""
    senders = settings.directory().desks
    own = {
        senders[key].sender.lower(): smarthost(desk.smtp, sources.of(desk.smtp))
        for key, desk in settings.desks.items()
        if desk.smtp is not None
    }
    return Smarthosts(other, own)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSurroundings:
    """What a fetcher of mailboxes needs of the service."""

    inbox: Inbox
    notes: Notes
    clock: Clock
    meter: Meter
    duty: Callable[[str], Awaitable[Held | None]]
    locked_out: Callable[[str, str, str], Awaitable[None]]


class StoreNotes:
    """Notes in the service's database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def recall(self, name: str) -> str:
        """What was noted under the name; empty when nothing was."""
        async with self._store.read() as work:
            return await work.facts.get(name)

    async def note(self, name: str, value: str) -> None:
        """Keep it under the name, in place of what was there."""
        async with self._store.work() as work:
            await work.facts.put(name, value, self._clock.now())


def mailboxes(
    settings: Settings, core: Core, database: Database, sources: TokenSources
) -> list[ImapFetcher]:
    """The fetchers of `[[mail.imap]]`; each mailbox is one instance's duty."""

    async def locked_out(address: str, mailbox: str, words: str) -> None:
        async with core.store.work() as work:
            await lockouts.tell_unfetched(core, work, address, mailbox, words)

    around = MailboxSurroundings(
        inbox=core.store.inbox,
        notes=StoreNotes(core.store, core.clock),
        clock=core.clock,
        meter=core.meter,
        duty=partial(take_duty, database),
        locked_out=locked_out,
    )
    return [
        ImapFetcher(imap_settings(box, settings, sources.of(box)), around)
        for box in settings.mail.imap
    ]


def imap_settings(box: Imap, settings: Settings, tokens: Tokens | None) -> ImapSettings:
    """One table of `[[mail.imap]]` as its fetcher wants it."""
    return ImapSettings(
        host=box.host,
        port=box.port,
        tls=box.tls.value,
        username=box.username,
        password=box.password.get_secret_value() if box.password else "",
        tokens=tokens,
        folder=box.folder,
        address=settings.directory().desks[box.desk].sender,
        poll=box.poll.total_seconds(),
        max_message_bytes=settings.mail.intake.max_message_bytes,
        judges=box.judges,
    )


def clamd(intake: MailIntake) -> Clamd | None:
    """The virus scanner of `[mail.intake] antivirus`, None when none is named."""
    place = intake.antivirus
    if place is None:
        return None
    return Clamd(ClamdSettings(host=place.host, port=place.port, path=place.path))


def scanning(settings: Settings, core: Core) -> Scanning:
    """What decides whether a mail may be read."""
    intake = settings.mail.intake
    return Scanning(core, clamd(intake), required=intake.antivirus_required)


def file_guard(settings: Settings, meter: Meter) -> VirusGuard:
    """What looks at files that go out to customers: the same scanner, and the same word of the
    operators while it is away.
    """
    intake = settings.mail.intake

    def count(result: str) -> None:
        meter.count("file_scans", result=result)

    return VirusGuard(clamd(intake), count, required=intake.antivirus_required)


def mail_intake(intake: MailIntake, directory: Directory, inbox: Inbox, meter: Meter) -> SmtpIntake:
    """The SMTP listener of `[mail.intake]`; it takes mail for the desks' addresses, and for those
    who answer for the mail of their domains.
    """

    def accepts(address: str) -> bool:
        return directory.takes(address) is not None

    return SmtpIntake(
        accepts=accepts,
        inbox=inbox,
        settings=SmtpIntakeSettings(
            host=intake.listen.host,
            port=intake.listen.port,
            hostname=socket.getfqdn(),
            postmaster=directory.postmaster_address,
            lmtp=intake.lmtp,
            tls_context=_tls(intake),
            trusted=tuple(intake.trusted_relays),
            only_trusted=intake.only_relays,
            judges=intake.judges,
            max_message_bytes=intake.max_message_bytes,
        ),
        meter=meter,
    )


def _tls(intake: MailIntake) -> ssl.SSLContext | None:
    if intake.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(intake.tls_cert, intake.tls_key)
    return context
