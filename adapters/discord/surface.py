"""Discord as a chat surface: a thread for each work item, in a text channel or as a forum post."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from adapters.discord.api.channels import Channel, Channels
from adapters.discord.api.faults import ARCHIVED, CLOSED_DM
from adapters.discord.api.rest import Rest, Upload
from adapters.discord.api.routes import route
from adapters.discord.drawing.controls import named_uploads
from adapters.discord.drawing.payloads import created, edited, once, root_key
from adapters.discord.drawing.render import Drawing, Scene, bare, draw, heading, pinged
from adapters.discord.files import Files, Luggage, pack
from adapters.discord.hidden import Hidden
from adapters.discord.lookup import Lookup
from adapters.discord.threads import Threads
from bot.cards import Card, Tone
from bot.domain.threads import Space, ThreadRef
from bot.errors import Fault, PermanentError, TemporaryError

Json = dict[str, Any]
Refuge = Callable[[str], Awaitable[ThreadRef | None]]
"""The Discord thread of a work item, by its number; None when it has none."""

Uploads = tuple[Upload, ...]

_LOUD: Final = (Tone.BREACHED, Tone.SEVERE)
_MANY: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the surface asks of the service: stored files, a work item's thread, a picture."""

    scene: Scene
    files: Files
    refuge: Refuge


class DiscordSurface:
    """ChatSurface over the REST API; it works without the gateway, from any instance.

    A thread and the message it begins with have the same id; the card of a hidden one is its first
    message. A direct message's reference is `<channel>/<message>`, since it may stand elsewhere
    than among the person's direct messages.
    """

    name = "discord"

    def __init__(self, rest: Rest, channels: Channels, threads: Threads, desk: Desk) -> None:
        self._rest = rest
        self._channels = channels
        self._threads = threads
        self._desk = desk
        self._hidden = Hidden(rest, channels, threads)
        self._lookup = Lookup(rest, channels, threads, self._hidden)
        self._begun: dict[str, str] = {}

    async def open_thread(self, place: Space, card: Card, key: str, *, hidden: bool = False) -> str:
        """Post the card with a thread on it, as a forum post, or into a private thread; its id."""
        channel = await self._channels.of(place.id)
        if hidden:
            thread = await self._hidden.begin(channel, heading(card), key)
            await self._send(thread, card, root_key(key))
            return thread
        if channel.forum:
            return await self._begin_post(channel, card, key)
        root = await self._send(channel.id, card, root_key(key))
        try:
            await self._threads.hang_on(channel, root, heading(card))
        except TemporaryError as error:
            # The card stands there already: the next try has to find it.
            raise TemporaryError(
                error.words, retry_after=error.retry_after, ambiguous=True
            ) from error
        return root

    async def admit(self, ref: ThreadRef, account: str) -> None:
        """Add somebody to a private thread."""
        await self._hidden.admit(ref, account)

    async def remove(self, ref: ThreadRef, account: str) -> None:
        """Take somebody out of a private thread."""
        await self._hidden.remove(ref, account)

    async def post(self, ref: ThreadRef, card: Card, key: str) -> str:
        """Post into the thread, or into the channel when `ref.id` is empty."""
        channel = ref.id or ref.space
        if not ref.id and (place := await self._channels.of(ref.space)).forum:
            beside = await self._desk.refuge(card.number) if card.number else None
            if beside is None:
                return await self._begin_post(place, card, key)
            channel = beside.id
        message = await self._send(channel, card, key, silent=card.tone not in _LOUD)
        if ref.id:
            await self._tidy(ref.id)
        return message

    async def edit(self, ref: ThreadRef, message: str, card: Card) -> None:
        """Draw a message again; a thread's own card also settles its tags and archive."""
        if message != ref.id:
            await self._redraw(ref.id or ref.space, message, card)
            return
        channel, root = await self._card_of(ref)
        await self._redraw(channel, root, card, settled=True)
        await self._threads.keep_in_step(ref, card)

    async def direct(self, account: str, card: Card, key: str) -> str:
        """Write to one person; who takes no direct messages is called in the item's thread."""
        try:
            channel = await self._channels.direct(account)
            return f"{channel}/{await self._send(channel, card, key)}"
        except PermanentError as error:
            if error.code != CLOSED_DM:
                raise
            ref = await self._desk.refuge(card.number) if card.number else None
            if ref is None:
                raise
            return f"{ref.id}/{await self._send(ref.id, card, key, called=account)}"

    async def edit_direct(self, account: str, message: str, card: Card) -> None:
        """Draw a direct message again."""
        channel, _, id_ = message.rpartition("/")
        await self._redraw(channel or await self._channels.direct(account), id_, card)

    async def cleanse(self, ref: ThreadRef, card: Card, kept: Collection[str]) -> None:
        """Give the thread the name its card has; files go with the messages they came with."""
        await self._threads.rename(ref.id, heading(card))

    async def find(self, ref: ThreadRef, key: str) -> str | None:
        """The message that was made with the key; a root found without its thread gets one."""
        return await self._lookup.find(ref, key)

    # ------------------------------------------------------------ inside

    async def _card_of(self, ref: ThreadRef) -> tuple[str, str]:
        """Where the thread's card stands, and its id."""
        if (await self._channels.of(ref.space)).forum:
            return ref.id, ref.id
        if await self._hidden.holds(ref):
            return ref.id, await self._hidden.card_of(ref.id)
        return ref.space, ref.id

    async def _begin_post(self, forum: Channel, card: Card, key: str) -> str:
        """A forum post; Discord knows no nonce for it, so its repeats are remembered here."""
        key = root_key(key)
        if (known := self._begun.get(key)) is not None:
            return known

        async def send(drawing: Drawing, uploads: Uploads) -> str:
            message = created(drawing, key=key, files=uploads)
            # What Discord did not take may have been a tag that is there no more.
            fresh = await self._channels.of(forum.id)
            try:
                return await self._threads.begin_post(fresh, card, message, uploads)
            except PermanentError:
                self._channels.forget(forum.id)
                raise

        id_ = await self._drawn(card, send)
        if len(self._begun) >= _MANY:
            self._begun.pop(next(iter(self._begun)))
        self._begun[key] = id_
        return id_

    async def _send(
        self, channel: str, card: Card, key: str, *, silent: bool = False, called: str = ""
    ) -> str:
        """Post into a channel or thread; `called` is somebody to be pinged."""
        where = route("POST", "/channels/{channel}/messages", channel=channel)

        async def send(drawing: Drawing, uploads: Uploads) -> str:
            shown = pinged(drawing, called) if called else drawing
            quiet = silent and not shown.mentions
            body = created(shown, silent=quiet, key=key, files=uploads)
            made = await self._threads.ask(where, once(body, key), uploads)
            return str(made["id"])

        return await self._drawn(card, send)

    async def _drawn(self, card: Card, send: Callable[[Drawing, Uploads], Awaitable[str]]) -> str:
        """Draw and send; what Discord does not take is sent more plainly, at last as mere words."""
        scene = self._desk.scene
        luggage = await pack(card.files, self._desk.files)
        full = draw(card, scene, luggage.linked)
        uploads = luggage.uploads(full.spill, card.number)
        plainer: list[tuple[Drawing, Uploads]] = [(draw(card, scene), ())] if uploads else []
        for drawing, files in ((full, uploads), *plainer):
            try:
                return await send(drawing, files)
            except PermanentError as error:
                if error.fault is not Fault.PAYLOAD:
                    raise
        return await send(bare(card), ())

    async def _redraw(
        self, channel: str, message: str, card: Card, *, settled: bool = False
    ) -> None:
        """Draw it again; a thread that is woken for that sleeps on, unless it is `settled` next."""
        try:
            await self._patch(channel, message, card)
        except PermanentError as error:
            if error.code != ARCHIVED:
                raise
            await self._threads.wake(channel)
            await self._patch(channel, message, card)
            if not settled:
                with suppress(TemporaryError, PermanentError):
                    await self._threads.put_back(channel)

    async def _patch(self, channel: str, message: str, card: Card) -> None:
        where = "/channels/{channel}/messages/{message}"
        target = route("PATCH", where, channel=channel, message=message)
        full = draw(card, self._desk.scene)
        kept = await self._kept(channel, message) if card.files or full.spill else []
        present = {str(each["filename"]) for each in kept}
        linked = [file for file in card.files if named_uploads([file.name])[0] not in present]
        drawing = draw(card, self._desk.scene, linked)
        # The whole text may be another one by now.
        files = Luggage().uploads(drawing.spill, card.number)
        stay = [each for each in kept if each["filename"] not in {file.name for file in files}]
        try:
            await self._rest.ask(target, edited(drawing, stay, files, drops=True), files=files)
        except PermanentError as error:
            if error.fault is not Fault.PAYLOAD:
                raise
            await self._rest.ask(target, edited(bare(card)))

    async def _kept(self, channel: str, message: str) -> list[Mapping[str, Any]]:
        """The attachments that the message has; an edit must name them, or they vanish."""
        where = "/channels/{channel}/messages/{message}"
        found = await self._rest.ask(route("GET", where, channel=channel, message=message))
        return list(found.get("attachments") or ())

    async def _tidy(self, thread: str) -> None:
        """Put an ended thread back into the archive; the post stands whether that works or not."""
        with suppress(TemporaryError, PermanentError):
            await self._threads.posted_in(thread)
