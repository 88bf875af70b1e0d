"""What the service does for a chat platform besides taking gestures: it looks up, and it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.domain.directory import Directory
from bot.domain.effects import Tell
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef, conversation_with
from bot.errors import TemporaryError
from bot.services.core import Core

BEING_MADE: Final = timedelta(seconds=30)
SOON: Final = timedelta(seconds=2)

_CONSOLE: Final = "console"
_HEARD: Final = "heard"


class Host:
    """The service as a platform sees it; every method raises TemporaryError and nothing else."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def knows(self, thread: ThreadRef) -> bool:
        """Whether a work item is talked about in the thread."""
        async with self._core.store.read() as work:
            return await work.threads.item_at(thread) is not None

    async def adopt(self, thread: ThreadRef, key: str) -> None:
        """Bind a thread that was made without our hearing of it (a lost answer, a kill); the key
        is what its root was posted with. Nothing happens when it is bound already.
        """
        kind, _, id_ = key.partition(":")
        if kind != "thread" or not id_.isdecimal():
            return
        async with self._core.store.work() as work:
            link = await work.threads.get(int(id_))
            if link is not None and link.ref is None and link.place == thread.place:
                await work.threads.bind(link.id, thread)

    async def file(self, id_: int) -> Attachment | None:
        """A stored file; None when it is gone."""
        async with self._core.store.read() as work:
            return await work.messages.file(id_)

    async def thread_on(self, surface: str, number: str) -> ThreadRef | None:
        """The thread that a work item has on a platform, None when it has none; TemporaryError
        while a new one's is being made: a page is often quicker than the thread.
        """
        async with self._core.store.read() as work:
            item = await work.items.get(number)
            links = await work.threads.of(item.id) if item is not None else ()
        here = [link.ref for link in links if link.place.surface == surface]
        made = next(filter(None, here), None)
        awaited = item is not None and self._core.clock.now() - item.created_at < BEING_MADE
        if here and made is None and awaited:
            raise TemporaryError(f"the thread of {number} is being made", retry_after=SOON)
        return made

    async def writer(self, surface: str, message: str) -> str:
        """The account of who wrote a platform's message that we keep; empty when we keep none."""
        async with self._core.store.read() as work:
            found = await work.messages.said(f"{surface}:{message}")
        return self._account(surface, found.author) if found is not None else ""

    def _account(self, surface: str, author: str) -> str:
        person = self._core.directory.people.get(author.partition(":")[2])
        return person.accounts.get(surface, "") if person is not None else ""

    async def said_about(self, thread: ThreadRef) -> Mapping[str, str]:
        """What people said on the thread's work item on that platform and did not take back: where
        each of it stands (its address), by the platform's ids.
        """
        async with self._core.store.read() as work:
            item = await work.threads.item_at(thread)
            messages = await work.messages.of(item) if item is not None else ()
        ours = f"{thread.surface}:"
        said = [message.said for message in messages if message.withdrawn_at is None]
        return {each.key.removeprefix(ours): each.url for each in said if each.key.startswith(ours)}

    async def heard_until(self, surface: str) -> datetime | None:
        """When any instance last heard something on a platform; None when none ever did."""
        async with self._core.store.read() as work:
            known = await work.facts.get(f"{_HEARD}:{surface}")
        return datetime.fromisoformat(known) if known else None

    async def note_heard(self, surface: str, at: datetime) -> None:
        """Keep when something was heard."""
        async with self._core.store.work() as work:
            await work.facts.put(f"{_HEARD}:{surface}", at.isoformat(), at)

    async def tell(self, key: str, title: str, text: str) -> None:
        """Tell the operators on the console, once a day for the key.

        The console is ours, so it is there when a platform is not.
        """
        now = self._core.clock.now()
        async with self._core.store.work() as work:
            if not await work.seen.once(f"told:{key}:{now:%Y-%m-%d}", now):
                return
            for place in operators_at(self._core.directory):
                tell = Tell(surface=place.surface, space=place.id, title=title, text=text)
                await work.outbox.put(tell)


def operators_at(directory: Directory) -> tuple[Space, ...]:
    """Where the operators are told: each admin alone, or without any in the desks' channels."""
    if alone := admins_at(directory):
        return alone
    channels = [place for desk in directory.desks.values() for place in desk.channels]
    return tuple(dict.fromkeys(place for place in channels if place.surface == _CONSOLE))


def admins_at(directory: Directory) -> tuple[Space, ...]:
    """Where each admin is told alone."""
    return tuple(conversation_with(_CONSOLE, person.key) for person in directory.admins)
