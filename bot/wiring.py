"""From settings to adapters: each function makes one edge of the service, and starts nothing."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence

from adapters.alerts.sources import SOURCES
from adapters.http.settings import HttpSettings
from adapters.mail.intake import SmtpIntake, SmtpIntakeSettings
from adapters.mail.sender import SmtpSender, SmtpSenderSettings
from adapters.pager.chat import ChatPager
from adapters.pager.mail import MailPager
from bot.config.mail import MailIntake, MailOutbound
from bot.config.settings import Settings
from bot.domain.directory import Directory
from bot.domain.mail import Address, Attachment, OutboundMail
from bot.domain.reply_keys import subaddress
from bot.errors import TemporaryError
from bot.ports import ChatSurface, Clock, Inbox, MailSender, Meter, Pager
from bot.services.alerting import ReadAlerts


class NoSmarthost:
    """MailSender where none is configured: mail waits, and says why, until there is one."""

    async def send(self, mail: OutboundMail, files: Sequence[Attachment]) -> str:
        """Refuse for now."""
        raise TemporaryError("no smarthost is configured: set [mail.outbound]")


def smarthost(outbound: MailOutbound) -> SmtpSender:
    """The SMTP sender of `[mail.outbound]`."""
    password = outbound.password.get_secret_value() if outbound.password else ""
    return SmtpSender(
        SmtpSenderSettings(
            host=outbound.host,
            port=outbound.port,
            tls=outbound.tls.value,
            username=outbound.username,
            password=password,
            hostname=socket.getfqdn(),
        )
    )


def mail_intake(intake: MailIntake, directory: Directory, inbox: Inbox, meter: Meter) -> SmtpIntake:
    """The SMTP listener of `[mail.intake]`; it takes mail for the desks' addresses."""

    def accepts(address: str) -> bool:
        return directory.desk_at(subaddress(address)[0]) is not None

    return SmtpIntake(
        accepts=accepts,
        inbox=inbox,
        settings=SmtpIntakeSettings(
            host=intake.listen.host,
            port=intake.listen.port,
            hostname=socket.getfqdn(),
            lmtp=intake.lmtp,
            tls_context=_tls(intake),
            trusted=tuple(intake.trusted_relays),
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


def pagers(
    directory: Directory,
    surfaces: Mapping[str, ChatSurface],
    sender: MailSender,
    clock: Clock,
) -> Mapping[str, Pager]:
    """One pager for each chat surface, and one for mail, by the names of contact lists."""
    found: dict[str, Pager] = {
        name: ChatPager(surface, directory.people) for name, surface in surfaces.items()
    }
    for desk in list(directory.desks.values())[:1]:
        from_address = Address(address=desk.sender, name="Deskhand")
        found["mail"] = MailPager(sender, directory.people, from_address, clock)
    return found


def http_settings(settings: Settings) -> HttpSettings:
    """The HTTP server of `[http]`."""
    http = settings.http
    return HttpSettings(
        host=http.listen.host,
        port=http.listen.port,
        trusted_proxies=tuple(str(network) for network in http.trusted_proxies),
    )


def alert_readers() -> Mapping[str, ReadAlerts]:
    """How each kind of alert body is read."""
    return {kind: source.read for kind, source in SOURCES.items()}


def outside_addresses(settings: Settings) -> Mapping[str, str]:
    """Where outsiders reach the service, for the console's masthead; no tokens in it."""
    addresses = dict[str, str]()
    if settings.mail.intake.enabled:
        addresses["mail"] = str(settings.mail.intake.listen)
    for intake in list(settings.directory().intakes.values())[:1]:
        addresses["alerts"] = f"/in/{intake.kind}/…"
    return addresses
