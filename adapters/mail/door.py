"""Who may connect: an upper bound for all, and one for each peer that is not trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from typing import Generic, TypeVar

from adapters.mail.settings import SmtpIntakeSettings

Session = TypeVar("Session")


class Door(Generic[Session]):
    """Counts the sessions that are inside, in all and by peer."""

    def __init__(self, settings: SmtpIntakeSettings) -> None:
        self._settings = settings
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
        if self._by_peer[peer] >= self._settings.per_peer and not self._trusts(peer):
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

    def _trusts(self, peer: str) -> bool:
        """Whether the peer is this machine, or a relay that was named: it speaks for many."""
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        return address.is_loopback or any(address in net for net in self._settings.trusted)
