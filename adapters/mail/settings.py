"""What the SMTP intake is told: where it listens, and where its bounds are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpIntakeSettings:
    """Sizes in bytes, times in seconds. A trusted peer may open as many connections as there are,
    and send as much as it likes; the rates are for all others.

    `postmaster` is the address that a recipient called so, without a domain, stands for.

    With `only_trusted` nobody else may send at all. `judges` are the names (authserv-id) under
    which the trusted relays write what they found out about a message (RFC 8601): without any,
    nothing of that kind is believed. `memory` bounds the messages that are under way at once,
    whatever the number of connections.
    """

    host: str = "127.0.0.1"
    port: int = 2525
    hostname: str = "localhost"
    postmaster: str = ""
    lmtp: bool = False
    tls_context: ssl.SSLContext | None = None
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()
    only_trusted: bool = False
    max_message_bytes: int = 25 * MEBIBYTE
    max_recipients: int = 100
    max_errors: int = 20
    max_connections: int = 100
    per_peer: int = 10
    connections_per_minute: int = 120
    messages_per_minute: int = 240
    per_sender_per_minute: int = 60
    judges: tuple[str, ...] = ()
    memory: int = 100 * MEBIBYTE
    idle_timeout: float = 60.0
    message_timeout: float = 600.0
    store_timeout: float = 30.0
    stop_timeout: float = 5.0
