"""What every use case needs: who and what is configured, the time, the database, the signing
keys, and who is at work.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.directory import Directory
from bot.domain.reply_keys import ReplyKeys
from bot.ports import Clock, Meter, Store
from bot.services.presence import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The common ground of the services; made once, at the start.

    `fallback` is the chat surface that is always there; `hiding` are those whose channels can hold
    threads that only some of their readers see.
    """

    directory: Directory
    clock: Clock
    store: Store
    meter: Meter
    keys: ReplyKeys
    name: str = "Deskhand"
    public_url: str = ""
    fallback: str = "console"
    hiding: frozenset[str] = frozenset()
    presence: Presence = field(default_factory=Presence)
