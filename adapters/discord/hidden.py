"""Private threads: made without a message in the channel, seen by those who were let in alone.

https://discord.com/developers/docs/topics/threads#public-private-threads
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.discord.api.channels import Channel, Channels, read_channel
from adapters.discord.api.faults import ARCHIVED
from adapters.discord.api.rest import Rest
from adapters.discord.api.routes import route
from adapters.discord.drawing.payloads import is_ours, root_key
from adapters.discord.threads import Threads
from bot.domain.threads import ThreadRef
from bot.errors import GONE, Fault, PermanentError, open_to_all

Message = Mapping[str, Any]

_SAID: Final = 0
_FIRST: Final = 50
_MAX_THREADS: Final = 15
_MANY: Final = 2000


class Hidden:
    """Makes private threads, finds them again, lets people in and takes them out.

    No message of the channel begins one: its card is the first message that we wrote in it.
    """

    def __init__(self, rest: Rest, channels: Channels, threads: Threads) -> None:
        self._rest = rest
        self._channels = channels
        self._threads = threads
        self._begun: dict[str, str] = {}

    async def begin(self, channel: Channel, name: str, key: str) -> str:
        """An empty thread, which nobody sees yet; its id, and the same one for the same key.

        PermanentError with the code `OPEN_TO_ALL` where there is no such thread: in a forum.
        """
        if not channel.hides:
            raise open_to_all(f"the channel #{channel.name} is no text channel: it")
        known = self._begun.get(key)
        if known is None:
            known = await self._threads.begin_private(channel, name)
            if len(self._begun) >= _MANY:
                self._begun.pop(next(iter(self._begun)))
            self._begun[key] = known
        return known

    async def holds(self, ref: ThreadRef) -> bool:
        """Whether the thread is a private one."""
        return (await self._channels.of(ref.id)).private

    async def card_of(self, thread: str) -> str:
        """The id of the thread's card; PermanentError GONE when nothing of ours is left there."""
        owner = (await self._channels.of(thread)).owner
        ours = (each for each in await self._first(thread) if _is_said(each, owner))
        if (card := next(ours, None)) is None:
            words = f"the private thread {thread} has no card any more"
            raise PermanentError(words, fault=Fault.DESTINATION, code=GONE)
        return str(card["id"])

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Add somebody to the thread, also to one in the archive."""
        await self._change_member("PUT", ref, account)

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Take somebody out of the thread, also out of one in the archive."""
        await self._change_member("DELETE", ref, account)

    async def _change_member(self, method: str, ref: ThreadRef, account: str) -> None:
        if not await self.holds(ref):
            raise open_to_all(f"the thread {ref.id}")
        where = "/channels/{channel}/thread-members/{user}"
        target = route(method, where, channel=ref.id, user=account)
        try:
            await self._rest.ask(target)
        except PermanentError as error:
            if error.code != ARCHIVED:
                raise
            await self._threads.wake(ref.id)
            await self._rest.ask(target)
            await self._threads.posted_in(ref.id)

    async def find(self, channel: Channel, key: str) -> str | None:
        """The newest active thread of the channel whose card was posted with the key.

        One whose making broke off before its card stood is never found: nobody was let in.
        """
        where = route("GET", "/guilds/{guild}/threads/active", guild=channel.guild)
        active = map(read_channel, (await self._rest.ask(where))["threads"])
        here = [t.id for t in active if t.private and t.parent == channel.id]
        for thread in sorted(here, key=int, reverse=True)[:_MAX_THREADS]:
            if any(is_ours(message, root_key(key)) for message in await self._first(thread)):
                return thread
        return None

    async def _first(self, thread: str) -> Iterable[Message]:
        """The oldest messages of the thread, the oldest first."""
        where = route("GET", "/channels/{channel}/messages", channel=thread)
        found = await self._rest.ask(where, query={"after": thread, "limit": str(_FIRST)})
        return sorted(found, key=lambda message: int(message["id"]))


def _is_said(message: Message, account: str) -> bool:
    """Whether the account wrote it; what Discord itself says in its name has another type."""
    writer = str((message.get("author") or {}).get("id", ""))
    return writer == account and int(message.get("type") or 0) == _SAID
