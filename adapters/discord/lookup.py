"""Looking up, after an ambiguous try, whether a message was made after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.discord.api.channels import Channel, Channels
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.drawing.payloads import is_ours, root_key
from adapters.discord.hidden import Hidden
from adapters.discord.threads import Threads
from bot.domain.threads import ThreadRef

Message = Mapping[str, Any]

MAX_MESSAGES: Final = 100
MAX_POSTS: Final = 15


class Lookup:
    """Finds messages by the key they were made with."""

    def __init__(self, rest: Rest, channels: Channels, threads: Threads, hidden: Hidden) -> None:
        self._rest = rest
        self._channels = channels
        self._threads = threads
        self._hidden = hidden

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """Among the newest messages of the thread, or of the channel when `ref.id` is empty."""
        if ref.id:
            found = _first(await self._newest(ref.id), key)
            return str(found["id"]) if found else None
        channel = await self._channels.of(ref.space)
        if channel.forum:
            return await self._in_forum(channel, key)
        messages = await self._newest(channel.id)
        if (found := _first(messages, key)) is not None:
            return str(found["id"])
        if (root := _first(messages, root_key(key))) is not None:
            await self._complete(channel, root)
            return str(root["id"])
        return await self._hidden.find(channel, key) if channel.hides else None

    async def _newest(self, channel: str) -> list[Message]:
        where = route("GET", "/channels/{channel}/messages", channel=channel)
        return list(await self._rest.ask(where, query={"limit": str(MAX_MESSAGES)}))

    async def _complete(self, channel: Channel, root: Message) -> None:
        """The card may have been posted without a thread on it."""
        if not root.get("thread"):
            await self._threads.hang_on(channel, str(root["id"]), _name(root))

    async def _in_forum(self, forum: Channel, key: str) -> str | None:
        where = route("GET", "/guilds/{guild}/threads/active", guild=forum.guild)
        active = (await self._rest.ask(where))["threads"]
        here = [str(t["id"]) for t in active if str(t.get("parent_id")) == forum.id]
        for thread in sorted(here, key=int, reverse=True)[:MAX_POSTS]:
            path = "/channels/{channel}/messages/{message}"
            message = await self._rest.ask(route("GET", path, channel=thread, message=thread))
            if is_ours(message, root_key(key)):
                return thread
        return None


def _first(messages: Iterable[Message], key: str) -> Message | None:
    return next((message for message in messages if is_ours(message, key)), None)


def _name(root: Message) -> str:
    """A name for a thread whose card is known only as Discord shows it."""
    texts = list(_texts(root.get("components") or ()))
    words = (texts or [""])[0].partition("\n")[0].lstrip("# ").replace("\\", "").replace("~~", "")
    return words[:95] or "…"


def _texts(components: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for part in components:
        if part.get("type") == 10:
            yield str(part.get("content") or "")
        yield from _texts(part.get("components") or ())
