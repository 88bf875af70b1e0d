"""Events of the gateway, each brought to where it is handled; nothing here waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from adapters.discord.api.channels import Channels, read_channel
from adapters.discord.api.patience import patiently
from adapters.discord.events.catching_up import CatchingUp
from adapters.discord.events.gateway import BEGUN
from adapters.discord.events.lanes import Lanes
from adapters.discord.events.reviewing import Reviewing
from adapters.discord.gestures.hearing import Hearing
from adapters.discord.gestures.interactions import Interactions
from adapters.discord.gestures.occasions import SURFACE
from bot.domain.threads import ThreadRef
from bot.once import Once
from bot.tasks import spawn, stop

Json = Mapping[str, Any]
log = logging.getLogger(__name__)

AT_ONCE: Final = 500
"""So many interactions may be worked on at once."""


class Listening:
    """Takes every event; `guilds` empty means all servers, `spaces` are the desks' channels."""

    def __init__(
        self,
        channels: Channels,
        hearing: Hearing,
        interactions: Interactions,
        catching_up: CatchingUp,
        reviewing: Reviewing,
        *,
        guilds: frozenset[str],
        spaces: frozenset[str],
    ) -> None:
        self._channels = channels
        self._hearing = hearing
        self._interactions = interactions
        self._catching_up = catching_up
        self._reviewing = reviewing
        self._guilds = guilds
        self._spaces = spaces
        self._lanes = Lanes()
        self._once = Once()
        self._gestures: set[asyncio.Task[None]] = set()
        self._reviews: set[asyncio.Task[None]] = set()
        self._awaited: set[str] = set()
        self._handlers: Mapping[str, Callable[[Json], None]] = {
            BEGUN: self._begun,
            "READY": self._ready,
            "GUILD_CREATE": self._guild,
            "CHANNEL_CREATE": self._learn,
            "CHANNEL_UPDATE": self._learn,
            "CHANNEL_DELETE": self._forget,
            "THREAD_CREATE": self._learn,
            "THREAD_UPDATE": self._learn,
            "THREAD_DELETE": self._forget,
            "INTERACTION_CREATE": self._interaction,
            "MESSAGE_CREATE": self._message,
            "MESSAGE_UPDATE": self._edit,
            "MESSAGE_DELETE": self._deletion,
            "MESSAGE_DELETE_BULK": self._deletions,
            "MESSAGE_REACTION_ADD": self._reaction,
            "TYPING_START": self._typing,
        }

    def take(self, event: str, body: Json) -> None:
        """Take an event as Discord sent it; those of other servers are passed over."""
        handler = self._handlers.get(event)
        guild = str(body.get("guild_id") or (body.get("id") if event == "GUILD_CREATE" else ""))
        if handler is None or (self._guilds and guild and guild not in self._guilds):
            return
        handler(body)
        if event != BEGUN:
            self._reviewing.heard()

    async def idle(self) -> None:
        """Return once everything taken is done."""
        while working := self._gestures | self._reviews:
            await asyncio.wait(working)
        await self._lanes.idle()

    async def close(self) -> None:
        """Finish the answers that are under way as far as they are quick, and end the rest."""
        if self._gestures:
            await asyncio.wait(set(self._gestures), timeout=3.0)
        for task in self._gestures | self._reviews:
            await stop(task)
        await self._lanes.close()

    # ------------------------------------------------------------ places

    def _begun(self, _: Json) -> None:
        self._catching_up.begin()

    def _ready(self, body: Json) -> None:
        self._hearing.me = str((body.get("user") or {}).get("id", ""))
        self._awaited = {str(guild["id"]) for guild in body.get("guilds") or ()}
        self._reviewing.begin()

    def _guild(self, body: Json) -> None:
        """A server came up: its channels, and its threads that may hold something unheard."""
        guild = str(body["id"])
        for channel in (*(body.get("channels") or ()), *(body.get("threads") or ())):
            self._channels.learn(read_channel({**channel, "guild_id": guild}))
        threads = [t for t in body.get("threads") or () if str(t.get("parent_id")) in self._spaces]
        for thread in threads:
            self._catch_up(str(thread["id"]), guild, str(thread.get("last_message_id") or ""))
        if guild in self._awaited:
            self._awaited.discard(guild)
            self._begin(self._reviews, self._review(threads, guild), "discord review")

    def _catch_up(self, thread: str, guild: str, newest: str) -> None:
        if not self._catching_up.missed(thread, newest):
            return

        async def read() -> None:
            await self._catching_up.read(thread, guild)

        self._lanes.put(thread, read)

    async def _review(self, threads: Sequence[Json], guild: str) -> None:
        """Look for what changed in the gap, one thread after the other, in its turn there."""
        since = await patiently(self._reviewing.since)
        if since is None:
            return
        for thread in self._reviewing.worth(threads, since):
            space, id_ = str(thread["parent_id"]), str(thread["id"])
            ref = ThreadRef(surface=SURFACE, space=space, id=id_)
            await self._lanes.run(id_, partial(self._reviewing.look, ref, guild, since))

    def _learn(self, body: Json) -> None:
        self._channels.learn(read_channel(body))

    def _forget(self, body: Json) -> None:
        self._channels.forget(str(body["id"]))

    # ------------------------------------------------------------ gestures

    def _interaction(self, body: Json) -> None:
        """Once, though a resumed session brings again what it thinks we missed."""
        if len(self._gestures) >= AT_ONCE:
            log.error("too many interactions at once; one is dropped")
            return
        if not self._once.first(str(body["id"])):
            return
        self._begin(self._gestures, self._interactions.take(body), "discord interaction")

    def _begin(
        self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None], name: str
    ) -> None:
        task = spawn(work, name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    # ------------------------------------------------------------ talk

    def _message(self, body: Json) -> None:
        channel, id_ = str(body["channel_id"]), str(body["id"])

        async def hear() -> None:
            if not self._catching_up.knows(channel, id_) and self._once.first(id_):
                await patiently(lambda: self._hearing.said(body))
            if self._is_ours(channel):
                self._catching_up.saw(channel, id_)

        self._lanes.put(channel, hear)

    def _is_ours(self, channel: str) -> bool:
        """Whether it is a thread in a desk's channel."""
        found = self._channels.known(channel)
        return found is not None and found.parent in self._spaces

    def _edit(self, body: Json) -> None:
        self._put(body, lambda: self._hearing.edited(body))

    def _deletion(self, body: Json) -> None:
        channel, id_ = str(body["channel_id"]), str(body["id"])
        self._put(body, lambda: self._hearing.deleted(channel, id_))

    def _deletions(self, body: Json) -> None:
        for id_ in body.get("ids") or ():
            self._deletion({"channel_id": body["channel_id"], "id": id_})

    def _reaction(self, body: Json) -> None:
        self._put(body, lambda: self._hearing.reacted(body))

    def _typing(self, body: Json) -> None:
        self._put(body, lambda: self._hearing.typed(body))

    def _put(self, body: Json, job: Callable[[], Awaitable[None]]) -> None:
        self._lanes.put(str(body["channel_id"]), lambda: patiently(job))
