"""What every use case needs: who and what is configured, the time, the database, the signing
keys, and who is at work.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.directory import Directory
from bot.domain.reply_keys import ReplyKeys
from bot.domain.team_keys import TeamKeys
from bot.ports import Clock, Meter, Store
from bot.services.presence import Presence
from bot.services.viruses import VirusGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The common ground of the services; made once, at the start.

    `fallback` is the chat surface that is always there; `hiding` are those whose channels can hold
    threads that only some of their readers see. `links` is what links in mail to the team begin
    with; empty where no address is configured at which people's browsers reach us. `guard` looks
    at files that go out to customers.
    """

    directory: Directory
    clock: Clock
    store: Store
    meter: Meter
    keys: ReplyKeys
    name: str = "Deskhand"
    public_url: str = ""
    links: str = ""
    fallback: str = "console"
    hiding: frozenset[str] = frozenset()
    guard: VirusGuard | None = None
    presence: Presence = field(default_factory=Presence)

    @property
    def team_keys(self) -> TeamKeys:
        """Keys of mail to the team, under the same secrets as those of customers."""
        return TeamKeys(self.keys.seal, self.directory.people)
