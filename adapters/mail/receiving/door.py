"""Who may connect and send: an upper bound for all, and rates for each peer that is not trusted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Generic, TypeVar

from adapters.mail.receiving.rates import Rate
from adapters.mail.settings import SmtpIntakeSettings

Session = TypeVar("Session")


class Door(Generic[Session]):
    """Counts the sessions that are inside, in all and by peer."""

    def __init__(
        self, settings: SmtpIntakeSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._connections = Rate(settings.connections_per_minute)
        self._messages = Rate(settings.messages_per_minute)
        self._senders = Rate(settings.per_sender_per_minute)
        self._inside: dict[Session, str] = {}
        self._by_peer: Counter[str] = Counter()

    @property
    def inside(self) -> tuple[Session, ...]:
        """The sessions that are inside now."""
        return tuple(self._inside)

    def enter(self, peer: str, make: Callable[[], Session]) -> Session | None:
        """A new session for the peer, or None when there is no room."""
        if len(self._inside) >= self._settings.max_connections:
            return None
        if not self.trusts(peer) and not self._has_room_for(peer):
            return None
        session = make()
        self._inside[session] = peer
        self._by_peer[peer] += 1
        return session

    def leave(self, session: Session) -> None:
        """Make room; once is enough, more often does no harm."""
        peer = self._inside.pop(session, None)
        if peer is None:
            return
        self._by_peer[peer] -= 1
        if not self._by_peer[peer]:
            del self._by_peer[peer]

    def admits(self, peer: str, sender: str) -> bool:
        """Whether one more message of this sender (empty: a bounce) may come from the peer now."""
        if self.trusts(peer):
            return True
        now = self._clock()
        return self._messages.allows(peer, now) and (
            not sender or self._senders.allows(sender.lower(), now)
        )

    def trusts(self, peer: str) -> bool:
        """Whether the peer is this machine, or a relay that was named: it speaks for many."""
        address = _address(peer)
        return address is not None and (address.is_loopback or self._named(address))

    def believes(self, peer: str) -> bool:
        """Whether what the peer says about a message counts: only of a relay that was named.

        This machine is not enough: a proxy on it passes on what strangers say.
        """
        address = _address(peer)
        return address is not None and self._named(address)

    def _named(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in net for net in self._settings.trusted)

    def _has_room_for(self, peer: str) -> bool:
        few = self._by_peer[peer] < self._settings.per_peer
        return few and self._connections.allows(peer, self._clock())


def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(peer.partition("%")[0])
    except ValueError:
        return None
