"""What kind of place a channel is: asked of Discord, and remembered for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route

TEXT: Final = (0, 5)
FORUM: Final = (15, 16)
PRIVATE: Final = 12
THREAD: Final = (10, 11, PRIVATE)
DIRECT: Final = 1
MAX_TAGS: Final = 5
_REQUIRE_TAG: Final = 1 << 4
_REMEMBERED: Final = 600.0
_MANY: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel or thread; `parent` is the channel a thread hangs in, `owner` the account that made
    it, `tags` are a forum's own.
    """

    id: str
    kind: int
    guild: str = ""
    parent: str = ""
    owner: str = ""
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    requires_tag: bool = False

    @property
    def forum(self) -> bool:
        """Whether it holds nothing but threads."""
        return self.kind in FORUM

    @property
    def thread(self) -> bool:
        """Whether it is a thread."""
        return self.kind in THREAD

    @property
    def hides(self) -> bool:
        """Whether it can hold private threads: forums and announcement channels cannot."""
        return self.kind == TEXT[0]

    @property
    def private(self) -> bool:
        """Whether it is a thread that only its members see."""
        return self.kind == PRIVATE

    def tag(self, name: str) -> str:
        """The id of the forum's tag of that name, whatever its case; empty when it has none."""
        wanted = name.casefold()
        return next((id_ for each, id_ in self.tags.items() if each.casefold() == wanted), "")

    def tag_ids(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of those tags that the forum offers, at most five; one when it demands one."""
        ids = tuple(dict.fromkeys(filter(None, map(self.tag, names))))[:MAX_TAGS]
        if not ids and self.requires_tag:
            return tuple(self.tags.values())[:1]
        return ids


def read_channel(body: Mapping[str, Any]) -> Channel:
    """The channel that Discord's JSON speaks of."""
    tags = {str(tag["name"]): str(tag["id"]) for tag in body.get("available_tags") or ()}
    return Channel(
        id=str(body["id"]),
        kind=int(body.get("type", 0)),
        guild=str(body.get("guild_id") or ""),
        parent=str(body.get("parent_id") or ""),
        owner=str(body.get("owner_id") or ""),
        name=str(body.get("name") or ""),
        tags=tags,
        requires_tag=bool(int(body.get("flags") or 0) & _REQUIRE_TAG),
    )


class Channels:
    """Looks channels up; a platform's facts, never our state."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._known: dict[str, tuple[float, Channel]] = {}
        self._directs: dict[str, str] = {}

    async def of(self, id_: str) -> Channel:
        """The channel; PermanentError when there is none or the bot may not see it."""
        now = asyncio.get_running_loop().time()
        found = self._known.get(id_)
        if found is not None and (now < found[0] or found[1].thread):
            return found[1]
        body = await self._rest.ask(route("GET", "/channels/{channel}", channel=id_))
        return self.learn(read_channel(body))

    def known(self, id_: str) -> Channel | None:
        """What is remembered of a channel, without asking."""
        found = self._known.get(id_)
        return found[1] if found is not None else None

    def learn(self, channel: Channel) -> Channel:
        """Remember what an event or an answer told of a channel."""
        if len(self._known) >= _MANY:
            self._known.pop(next(iter(self._known)))
        until = asyncio.get_running_loop().time() + _REMEMBERED
        self._known[channel.id] = (until, channel)
        return channel

    def forget(self, id_: str) -> None:
        """It changed or went away."""
        self._known.pop(id_, None)

    async def direct(self, account: str) -> str:
        """The channel of direct messages with somebody."""
        known = self._directs.get(account)
        if known is None:
            body = {"recipient_id": account}
            made = await self._rest.ask(route("POST", "/users/@me/channels"), body)
            known = str(made["id"])
            if len(self._directs) < _MANY:
                self._directs[account] = known
        return known
