"""Mail: how it comes in (SMTP, LMTP, IMAP) and through which smarthost it goes out."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.config.problems import Invalid
from bot.config.tables.oauth import OAuth
from bot.config.tables.section import Beside, Ref, Section
from bot.config.values import (
    Duration,
    Listen,
    ListenOn,
    Networks,
    Port,
    Secret,
    SocketAt,
    reading,
)


class Tls(StrEnum):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


_SMTP_PORTS: Final = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.NONE: 25}
_IMAP_PORTS: Final = {Tls.STARTTLS: 143, Tls.IMPLICIT: 993, Tls.NONE: 143}
_Word = Annotated[str, Field(min_length=1)]
_WITH_PORT: Final = re.compile(r"(?:[^:]+|\[[^]]+\]):(\d+)")


def _server(text: str) -> str:
    if found := _WITH_PORT.fullmatch(text):
        raise Invalid(f"{text!r} has a port in it", f"Write it beside the host: port = {found[1]}")
    return text


ServerName = Annotated[str, AfterValidator(_server)]
_Host = Annotated[ServerName, Field(min_length=1)]
_SERVER: Final = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,252}")


def _judge(text: str) -> str:
    server = text.lower()
    if not _SERVER.fullmatch(server):
        raise Invalid(
            f"{text[:60]!r} is no name of a server",
            "Write what stands first in its Authentication-Results: mx.example.com",
        )
    return server


Judges = tuple[Annotated[str, reading(_judge, ())], ...]
"""Names (authserv-id, RFC 8601) of servers whose Authentication-Results are believed."""


class MailIntake(Section):
    """`[mail.intake]`: the SMTP or LMTP server that receives for the desks."""

    enabled: bool = True
    """Whether the mail server runs; off when all mail is fetched by IMAP."""
    listen: ListenOn = Listen("127.0.0.1", 2525)
    """Where it listens; port 25 needs a capability of the system."""
    lmtp: bool = False
    """Speak LMTP, for a local Postfix or Dovecot, in place of SMTP."""
    tls_cert: Annotated[Path, Beside(exists=True)] | None = None
    """The certificate (PEM, with its chain) for STARTTLS."""
    tls_key: Annotated[Path, Beside(exists=True)] | None = None
    """The key of tls_cert."""
    max_message_bytes: Annotated[int, Field(ge=65_536, le=1_073_741_824)] = 26_214_400
    """The largest message taken, in bytes; more is answered with 552."""
    postmaster: Annotated[str, Ref("desks")] = ""
    """The desk that takes what comes to postmaster@ and abuse@ of the desks' domains; when absent
    each domain's first desk. Nobody is thanked there."""
    trusted_relays: Networks = ()
    """Mail servers of ours whose Received and delivery headers are believed."""
    only_relays: bool = False
    """Whether only trusted_relays and this machine may send; all others are refused with 550."""
    judges: Judges = ()
    """The names those relays write first into Authentication-Results, which is believed then."""
    antivirus: SocketAt | None = None
    """ClamAV's daemon, asked before a mail is read: tcp://host:port or unix:///path."""
    antivirus_required: bool = True
    """Whether mail waits while the scanner is away; false lets it pass with a warning."""


class Imap(Section):
    """`[[mail.imap]]`: a mailbox that is fetched for one desk."""

    host: _Host
    """The IMAP server."""
    tls: Tls = Tls.IMPLICIT
    """implicit, starttls or none."""
    port: Port = Field(default_factory=lambda data: _IMAP_PORTS[data.get("tls", Tls.IMPLICIT)])
    """The server's port; 993 for implicit TLS, else 143."""
    username: _Word
    """The account."""
    password: Secret | None = None
    """Its password."""
    oauth: OAuth | None = None
    """In place of the password, where the provider takes none."""
    folder: _Word = "INBOX"
    """The folder that is read."""
    desk: Annotated[str, Ref("desks")]
    """The desk whose mail this is."""
    poll: Duration = timedelta(minutes=1)
    """How often to look where the server cannot announce new mail."""
    judges: Judges = ()
    """The names the provider writes first into Authentication-Results, which is believed then."""


class Dkim(Section):
    """`dkim = {…}` of a smarthost that does not sign mail itself (RFC 6376)."""

    domain: _Word
    """The domain that signs; the From address must belong to it."""
    selector: _Word
    """The public key stands in DNS at <selector>._domainkey.<domain>."""
    key: Secret
    """The private RSA key in PEM; name its file with key_file."""


class MailOutbound(Section):
    """`[mail.outbound]`: the smarthost that takes our mail."""

    host: _Host
    """The SMTP server."""
    tls: Tls = Tls.STARTTLS
    """starttls, implicit or none."""
    port: Port = Field(default_factory=lambda data: _SMTP_PORTS[data.get("tls", Tls.STARTTLS)])
    """The server's port; 587 for starttls, 465 for implicit TLS, 25 for none."""
    username: str = ""
    """The account, when the server wants one."""
    password: Secret | None = None
    """Its password."""
    oauth: OAuth | None = None
    """In place of the password, where the provider takes none."""
    dkim: Dkim | None = None
    """How mail is signed that the smarthost does not sign."""


class Mail(Section):
    """`[mail]`: everything about mail that is not a desk's own."""

    intake: MailIntake = MailIntake()
    imap: tuple[Imap, ...] = ()
    outbound: MailOutbound | None = None
