"""Slack as a chat surface: cards become messages, and a message is known again by its metadata."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from adapters.slack.api.budgets import Budgets
from adapters.slack.api.client import SlackClient
from adapters.slack.api.directs import Directs
from adapters.slack.api.faults import DRAWINGS, refused, troubled
from adapters.slack.api.files import SlackFiles
from adapters.slack.drawing.blocks import card_blocks, plain_blocks, whole_text
from adapters.slack.drawing.texts import notification
from adapters.slack.drawing.workspace import Json, Workspace
from bot.cards import BlockKind, Card, FileLink
from bot.domain.mail import Attachment
from bot.domain.threads import Space, ThreadRef
from bot.errors import PermanentError, TemporaryError, open_to_all
from bot.ports import Clock

log = logging.getLogger(__name__)

EVENT_TYPE: Final = "deskhand_post"
# A look-up reads so many messages back, and no further than so long ago.
PAGE: Final = 200
PAGES: Final = 10
LOOK_BACK: Final = timedelta(days=3)
# So many newest posts are known by heart, so that a repeat posts nothing.
REMEMBERED: Final = 2000
# Files that so often took longer than a try may take stay links.
SLOW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a message stands, or is to stand; `ts` of the thread or the message."""

    channel: str
    ts: str = ""

    def __str__(self) -> str:
        return f"{self.channel}/{self.ts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """A post of ours, and what of it has still to be brought into its thread."""

    at: _Place
    thread: str = ""
    files: tuple[FileLink, ...] = ()
    text: Attachment | None = None
    slow: int = 0

    @property
    def whole(self) -> bool:
        return self.slow >= SLOW or (not self.files and self.text is None)


class SlackSurface:
    """ChatSurface over the Web API; ids are messages' `ts`, accounts are Slack's user ids.

    A direct message's reference is `channel/ts`; the direct conversation with somebody is the space
    `@` and their id, whatever Slack calls its channel. A budget that is used up is a TemporaryError
    with the time to wait; pages are never held back by one.
    """

    name = "slack"

    def __init__(
        self,
        client: SlackClient,
        budgets: Budgets,
        files: SlackFiles,
        workspace: Workspace,
        clock: Clock,
    ) -> None:
        self._client = client
        self._budgets = budgets
        self._files = files
        self._workspace = workspace
        self._clock = clock
        self._posted: OrderedDict[str, _Posted] = OrderedDict()
        self._directs = Directs(client)

    # ------------------------------------------------------------ the port

    async def open_thread(self, place: Space, card: Card, key: str, *, hidden: bool = False) -> str:
        """Post the card into the channel; threads hang on its `ts`.

        What is hidden stands in a direct conversation, since a channel's threads are all its own.
        """
        if hidden and not place.direct:
            raise open_to_all(str(place))
        channel = await self._directs.channel(place)
        return await self._post_once(_Place(channel=channel), card, key)

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Nobody is let into a direct conversation, and everybody is in a channel."""
        raise open_to_all(str(ref.place))

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Nobody is put out of a direct conversation, nor of a thread alone."""
        raise open_to_all(str(ref.place))

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread, or into the channel itself when `ref.id` is empty."""
        channel = await self._directs.channel(ref.place)
        return await self._post_once(_Place(channel=channel, ts=ref.id), card, key)

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a message again; PermanentError GONE when people deleted it."""
        channel = await self._directs.channel(ref.place)
        await self._edit(_Place(channel=channel, ts=message), card, urgent=False)

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Send to one person alone, at once; `channel/ts`."""
        known = self._posted.get(key)
        posted = known or await self._post(_Place(channel=account), card, key)
        return str(posted.at)

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again, before any other edit."""
        channel, _, ts = message.rpartition("/")
        await self._edit(_Place(channel=channel or account, ts=ts), card, urgent=True)

    async def cleanse(self, ref: ThreadRef, card: Card, kept: Collection[str]) -> None:
        """Delete the files that we put into the thread, but those of these names."""
        async for message in self._replies(ref):
            if message.get("bot_id"):
                await self._files.drop(message.get("files") or (), kept)

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """The `ts` of what was posted with the key; files that it still lacks are brought in."""
        found = await self._look_up(ref, key)
        if key not in self._posted:
            return found
        # A look-up may be behind: what Slack confirmed is there.
        await self._complete(key)
        return self._posted[key].at.ts

    # ------------------------------------------------------------ posts

    async def _post_once(self, place: _Place, card: Card, key: str) -> str:
        if key not in self._posted:
            self._budgets.post(place.channel)
            await self._post(place, card, key)
        await self._complete(key)
        return self._posted[key].at.ts

    async def _post(self, place: _Place, card: Card, key: str) -> _Posted:
        answer = await self._draw(
            "chat.postMessage",
            card,
            lambda: None,
            per=place.channel,
            channel=place.channel,
            thread_ts=place.ts or None,
            unfurl_links=False,
            unfurl_media=False,
            mrkdwn=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        )
        at = _Place(channel=str(answer.get("channel", "")), ts=str(answer.get("ts", "")))
        if not (at.channel and at.ts):
            raise troubled("chat.postMessage", "the answer names no message")
        if place.ts and (answer.get("message") or {}).get("thread_ts") != place.ts:
            await self._take_back(at)
            raise refused("chat.postMessage", "thread_not_found", answer)
        text = whole_text(card) if place.ts else ""
        posted = _Posted(
            at=at,
            thread=place.ts,
            files=card.files if place.ts else (),
            text=_as_file(card, text) if text else None,
        )
        self._remember(key, posted)
        return posted

    async def _take_back(self, message: _Place) -> None:
        """Delete a reply that Slack put into the channel because its thread was deleted."""
        try:
            await self._client.call("chat.delete", channel=message.channel, ts=message.ts)
        except (TemporaryError, PermanentError) as error:
            log.warning("a stray reply stays in its channel", extra={"why": error.words})

    def _remember(self, key: str, posted: _Posted) -> None:
        self._posted[key] = posted
        self._posted.move_to_end(key)
        if len(self._posted) > REMEMBERED:
            self._posted.popitem(last=False)

    async def _complete(self, key: str) -> None:
        """Bring a message's files into its thread, once.

        TemporaryError says that the message itself is there. Files that may have arrived are not
        sent again, and those that Slack refuses never: the message names them all, with links.
        """
        posted = self._posted[key]
        if posted.whole:
            return
        more = [posted.text] if posted.text else []
        try:
            await self._files.share(posted.at.channel, posted.thread, posted.files, more)
        except asyncio.CancelledError:
            self._remember(key, replace(posted, slow=posted.slow + 1))
            raise
        except TemporaryError as error:
            if not error.ambiguous:
                raise TemporaryError(
                    error.words, retry_after=error.retry_after, ambiguous=True
                ) from error
            log.warning("files may be missing in a thread", extra={"why": error.words})
        except PermanentError as error:
            log.warning("files could not be shared", extra={"why": error.words})
        self._remember(key, _Posted(at=posted.at))

    # ------------------------------------------------------------ edits

    async def _edit(self, message: _Place, card: Card, *, urgent: bool) -> None:
        await self._draw(
            "chat.update",
            card,
            lambda: self._budgets.edit(urgent=urgent),
            channel=message.channel,
            ts=message.ts,
        )

    async def _draw(
        self, method: str, card: Card, claim: Callable[[], None], per: str = "", **params: object
    ) -> Json:
        """Send the card; once more, in a plainer form, when Slack does not take its blocks."""
        text = notification(card)

        async def send(blocks: list[Json]) -> Json:
            claim()
            return await self._client.call(
                method, per=per, text=text, blocks=blocks, parse="none", link_names=False, **params
            )

        try:
            return await send(card_blocks(card, self._workspace))
        except PermanentError as error:
            if error.code not in DRAWINGS:
                raise
            log.warning("Slack did not take a card", extra={"method": method, "why": error.words})
        return await send(self._plainer(card))

    def _plainer(self, card: Card) -> list[Json]:
        if any(block.kind is BlockKind.BARS for block in card.blocks):
            return card_blocks(card, self._workspace, charts=False)
        return plain_blocks(card)

    # ------------------------------------------------------------ look-ups

    async def _look_up(self, ref: ThreadRef, key: str) -> str | None:
        """Search what was posted lately, page by page."""
        method = "conversations.replies" if ref.id else "conversations.history"
        channel = await self._directs.channel(ref.place)
        oldest = f"{(self._clock.now() - LOOK_BACK).timestamp():.6f}"
        cursor = ""
        for _ in range(PAGES):
            answer = await self._client.call(
                method,
                channel=channel,
                ts=ref.id or None,
                oldest=oldest,
                limit=PAGE,
                include_all_metadata=True,
                cursor=cursor or None,
            )
            for message in answer.get("messages") or ():
                if key_of(message) == key:
                    return str(message.get("ts"))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return None

    async def _replies(self, ref: ThreadRef) -> AsyncIterator[Json]:
        """Everything in the thread, however long ago, as far as Slack lets us read it."""
        cursor: str | None = None
        for _ in range(PAGES):
            answer = await self._client.call(
                "conversations.replies", channel=ref.space, ts=ref.id, limit=PAGE, cursor=cursor
            )
            for message in answer.get("messages") or ():
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break


def key_of(message: Mapping[str, Any]) -> str:
    """The key that a message of ours was posted with; empty for all others."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("key", ""))


def _as_file(card: Card, text: str) -> Attachment:
    name = f"{card.number or 'message'}.txt"
    return Attachment(name=name, content_type="text/plain", content=text.encode())
