"""Threads: made once, kept in step with their work item, archived when it ends, never locked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from adapters.discord.api.channels import MAX_TAGS, PRIVATE, Channel, Channels, read_channel
from adapters.discord.api.faults import FULL, HAS_THREAD
from adapters.discord.api.rest import Rest, Upload
from adapters.discord.api.routes import Route, route
from adapters.discord.drawing.render import heading
from bot.cards import Card, Tone
from bot.domain.threads import ThreadRef
from bot.errors import Fault, PermanentError, TemporaryError

Json = dict[str, Any]

TAGS: Final[Mapping[Tone, str]] = {
    Tone.NEW: "New",
    Tone.OPEN: "Open",
    Tone.WAITING: "Waiting",
    Tone.SNOOZED: "Snoozed",
    Tone.AT_RISK: "At risk",
    Tone.BREACHED: "Late",
    Tone.RESOLVED: "Resolved",
    Tone.SEVERE: "SEV1",
    Tone.MAJOR: "SEV2",
}
"""What the tags of a forum are called that show a work item's state."""
INCIDENT_TAG: Final = "Incident"

_MANY: Final = 5000
_FRESH: Final = 20.0
_AT_ONCE: Final = 10
_FULL_PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a thread stands, and since when we know; `ended` as its card says."""

    at: float
    archived: bool = False
    tags: tuple[str, ...] = ()
    ended: bool = False


class Threads:
    """Makes threads and keeps their archive state and tags in step.

    `desk_name` gives the name of the desk whose numbers begin with a prefix, empty for incidents.
    """

    def __init__(
        self,
        rest: Rest,
        channels: Channels,
        archive_minutes: int,
        desk_name: Callable[[str], str],
    ) -> None:
        self._rest = rest
        self._channels = channels
        self._archive = archive_minutes
        self._desk_name = desk_name
        self._standing: dict[str, _Standing] = {}

    async def begin_post(
        self, forum: Channel, card: Card, message: Json, files: Sequence[Upload] = ()
    ) -> str:
        """A forum post that begins with the message; the id of both."""
        tags = forum.tag_ids(self._tags(card))
        body: Json = {
            "name": heading(card),
            "auto_archive_duration": self._archive,
            "message": message,
        }
        if tags:
            body["applied_tags"] = list(tags)
        where = route("POST", "/channels/{channel}/threads", channel=forum.id)
        made = await self.ask(where, body, files)
        self._remember(str(made["id"]), _Standing(_now(), tags=tags))
        return str(made["id"])

    async def hang_on(self, channel: Channel, message: str, name: str) -> None:
        """A thread on a message, unless it has one; both have the same id."""
        where = "/channels/{channel}/messages/{message}/threads"
        body = {"name": name, "auto_archive_duration": self._archive}
        try:
            made = await self.ask(route("POST", where, channel=channel.id, message=message), body)
            self._channels.learn(read_channel(made))
        except PermanentError as error:
            if error.code != HAS_THREAD:
                raise
        self._remember(message, _Standing(_now()))

    async def begin_private(self, channel: Channel, name: str) -> str:
        """An empty private thread, into which its members bring nobody by themselves; its id."""
        body: Json = {
            "name": name,
            "type": PRIVATE,
            "invitable": False,
            "auto_archive_duration": self._archive,
        }
        where = route("POST", "/channels/{channel}/threads", channel=channel.id)
        made = self._channels.learn(read_channel(await self.ask(where, body)))
        self._remember(made.id, _Standing(_now()))
        return made.id

    async def ask(self, where: Route, body: Json, files: Sequence[Upload] = ()) -> Any:
        """A request that needs an active thread; when there are too many, room is made for it."""
        try:
            return await self._rest.ask(where, body, files=files)
        except PermanentError as error:
            if error.code != FULL:
                raise
        channel = await self._channels.of(where.major)
        await self._make_room(channel.guild)
        try:
            return await self._rest.ask(where, body, files=files)
        except PermanentError as error:
            if error.code != FULL:
                raise
            raise TemporaryError(error.words, retry_after=_FULL_PAUSE) from error

    async def keep_in_step(self, ref: ThreadRef, card: Card) -> None:
        """Bring the thread's tags and archive state to what the card says."""
        forum = await self._channels.of(ref.space)
        now = await self._standing_of(ref.id)
        tags = self._wanted(forum, card, now.tags)
        retag = set(tags) != set(now.tags)
        if now.archived and (retag or not card.ended):
            await self.wake(ref.id)
        change: Json = {"applied_tags": list(tags)} if retag else {}
        if card.ended and (retag or not now.archived):
            change["archived"] = True
        await self._tag(ref, change)
        self._remember(ref.id, _Standing(_now(), card.ended, tags, card.ended))

    async def rename(self, thread: str, name: str) -> None:
        """Call the thread so; one in the archive is there again afterwards."""
        body = await self._rest.ask(route("GET", "/channels/{channel}", channel=thread))
        if body.get("name") == name:
            return
        if (body.get("thread_metadata") or {}).get("archived"):
            await self.wake(thread)
            await self._change(thread, {"name": name, "archived": True})
        else:
            await self._change(thread, {"name": name})

    async def wake(self, thread: str) -> None:
        """Take the thread out of the archive, where nothing can be edited."""
        await self._change(thread, {"archived": False})
        known = self._standing.get(thread)
        if known is not None:
            self._remember(thread, replace(known, archived=False))

    async def put_back(self, thread: str) -> None:
        """Put the thread back into the archive that it was taken from."""
        await self._change(thread, {"archived": True})
        known = self._standing.get(thread)
        if known is not None:
            self._remember(thread, replace(known, archived=True))

    async def posted_in(self, thread: str) -> None:
        """A post took the thread out of the archive; put an ended one back."""
        known = self._standing.get(thread)
        if known is not None and known.ended:
            await self.put_back(thread)

    async def _standing_of(self, thread: str) -> _Standing:
        """How the thread stands; people, and other instances, may have changed it meanwhile."""
        known = self._standing.get(thread)
        if known is not None and _now() - known.at < _FRESH:
            return known
        body = await self._rest.ask(route("GET", "/channels/{channel}", channel=thread))
        archived = bool((body.get("thread_metadata") or {}).get("archived"))
        return _Standing(_now(), archived, tuple(map(str, body.get("applied_tags") or ())))

    def _wanted(self, forum: Channel, card: Card, present: Sequence[str]) -> tuple[str, ...]:
        """The tags of state and desk, and those that people have set besides."""
        if not forum.forum:
            return tuple(present)
        states = {forum.tag(name) for name in TAGS.values()}
        others = [tag for tag in present if tag not in states]
        return tuple(dict.fromkeys((*forum.tag_ids(self._tags(card)), *others)))[:MAX_TAGS]

    def _tags(self, card: Card) -> tuple[str, ...]:
        state = TAGS[Tone.RESOLVED] if card.ended else TAGS.get(card.tone, "")
        desk = self._desk_name(card.number.partition("-")[0]) or INCIDENT_TAG
        return tuple(filter(None, (state, desk)))

    async def _change(self, thread: str, change: Json) -> None:
        if change:
            await self.ask(route("PATCH", "/channels/{channel}", channel=thread), change)

    async def _tag(self, ref: ThreadRef, change: Json) -> None:
        """Change archive state and tags; tags that were taken from the forum are let go."""
        try:
            await self._change(ref.id, change)
        except PermanentError as error:
            if error.fault is not Fault.PAYLOAD or "applied_tags" not in change:
                raise
            self._channels.forget(ref.space)
            await self._change(ref.id, {k: v for k, v in change.items() if k != "applied_tags"})

    async def _make_room(self, guild: str) -> None:
        me = str((await self._rest.ask(route("GET", "/users/@me")))["id"])
        where = route("GET", "/guilds/{guild}/threads/active", guild=guild)
        active = (await self._rest.ask(where))["threads"]
        ours = [thread for thread in active if str(thread.get("owner_id")) == me]

        def silence(thread: Mapping[str, Any]) -> tuple[bool, int]:
            known = self._standing.get(str(thread["id"]))
            ended = known is not None and known.ended
            return (not ended, int(thread.get("last_message_id") or thread["id"]))

        for thread in sorted(ours, key=silence)[:_AT_ONCE]:
            await self._change(str(thread["id"]), {"archived": True})

    def _remember(self, thread: str, standing: _Standing) -> None:
        self._standing.pop(thread, None)
        if len(self._standing) >= _MANY:
            self._standing.pop(next(iter(self._standing)))
        self._standing[thread] = standing


def _now() -> float:
    return asyncio.get_running_loop().time()
