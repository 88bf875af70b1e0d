"""The console as a chat surface: cards are drawn to JSON and kept in the console's own feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from adapters.console.render import card_json
from bot.cards import Card
from bot.domain.threads import Space, ThreadRef, conversation_with
from bot.errors import GONE, Fault, PermanentError, open_to_all
from bot.ports import Clock, ConsoleFeed


def direct_space(account: str) -> str:
    """The channel of one person's direct messages."""
    return conversation_with(ConsoleSurface.name, account).id


class ConsoleSurface:
    """ChatSurface over a ConsoleFeed; ids are the feed's lines, accounts are people's keys."""

    name = "console"

    def __init__(self, feed: ConsoleFeed, clock: Clock, wake: Callable[[], None]) -> None:
        self._feed = feed
        self._clock = clock
        self._wake = wake

    async def open_thread(self, place: Space, card: Card, key: str, *, hidden: bool = False) -> str:
        """Post the card into the channel; its line is the thread's root.

        What is hidden stands where one person reads, since a channel has no secrets.
        """
        if hidden and not place.direct:
            raise open_to_all(str(place))
        return await self._post(place.id, 0, card, key)

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Nobody is let into somebody's direct channel, and everybody is in the others."""
        raise open_to_all(str(ref.place))

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Nobody is put out of their own direct channel, nor of one that everybody reads."""
        raise open_to_all(str(ref.place))

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread, or into the channel itself when `ref.id` is empty."""
        return await self._post(ref.space, _line(ref.id) if ref.id else 0, card, key)

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a line again; PermanentError when it is gone."""
        await self._redraw(message, card)

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Post where only this person looks."""
        return await self._post(direct_space(account), 0, card, key)

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again; PermanentError when it is gone."""
        await self._redraw(message, card)

    async def cleanse(self, ref: ThreadRef, card: Card, kept: Collection[str]) -> None:
        """Nothing to do: a thread is its lines, and files are links to what is stored."""

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """The line that was posted with the key."""
        line = await self._feed.find(key)
        return None if line is None else str(line)

    async def _post(self, space: str, thread: int, card: Card, key: str) -> str:
        line = await self._feed.post(space, thread, _body(card), key, self._clock.now())
        self._wake()
        return str(line)

    async def _redraw(self, message: str, card: Card) -> None:
        if not await self._feed.edit(_line(message), _body(card), self._clock.now()):
            words = f"the console has no line {message}"
            raise PermanentError(words, fault=Fault.DESTINATION, code=GONE)
        self._wake()


def _body(card: Card) -> str:
    return json.dumps(card_json(card), ensure_ascii=False, separators=(",", ":"))


def _line(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise PermanentError(
            f"{text!r} is no line of the console", fault=Fault.DESTINATION
        ) from None
