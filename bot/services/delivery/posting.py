"""Chat effects: threads opened, messages posted and drawn again, from the state of the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.cards import Card
from bot.domain.effects import (
    Admit,
    Announce,
    CleanThread,
    OpenThread,
    Parcel,
    PostLine,
    PostMessage,
    Redraw,
    Remove,
    Tell,
    TellPerson,
    UpdateCard,
    UpdateMessage,
    key_of,
)
from bot.domain.threads import ThreadLink, ThreadRef
from bot.domain.work_items import Incident
from bot.errors import GONE, OPEN_TO_ALL, Fault, PermanentError
from bot.ports import ChatSurface, UnitOfWork
from bot.services import drawing, insiders
from bot.services.core import Core
from bot.services.places import account_on

ChatEffect = (
    OpenThread
    | Admit
    | Remove
    | UpdateCard
    | PostMessage
    | UpdateMessage
    | PostLine
    | Announce
    | Tell
    | TellPerson
    | Redraw
    | CleanThread
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Root:
    """What a thread begins with, and whether its channel's readers must not see it.

    One that is `replaced` was to be hidden in another channel of its platform since; one that is
    `closed` belongs to somebody who was put out.
    """

    link: ThreadLink
    card: Card
    hidden: bool
    replaced: bool
    closed: bool


class Posting:
    """Carries chat effects to their surfaces; a thread that is not there is made."""

    def __init__(self, core: Core, surfaces: Mapping[str, ChatSurface]) -> None:
        self._core = core
        self._surfaces = surfaces

    async def carry(self, parcel: Parcel, effect: ChatEffect) -> str:
        """Do what the effect says; the platform's id of what was posted, empty for a redrawing."""
        match effect:
            case OpenThread():
                return await self._open_thread(effect, parcel)
            case Admit() | Remove():
                return await self._change_member(effect, parcel)
            case UpdateCard():
                return await self._update_card(effect, parcel)
            case PostMessage() | PostLine():
                return await self._post(effect, parcel)
            case UpdateMessage():
                return await self._update_message(effect)
            case Announce() | Tell():
                return await self._announce(effect, parcel)
            case TellPerson(surface=surface, account=account, title=title, text=text):
                card = drawing.notice_card(title, text)
                return await self._surface(surface).direct(account, card, f"parcel:{parcel.id}")
            case Redraw(row=row):
                return await self._redraw(row)
            case CleanThread(thread=thread):
                return await self._clean(thread)

    async def bind(self, work: UnitOfWork, thread: int, id_: str) -> None:
        """Say that this is the thread which the platform made, and let in who may see it."""
        link = await _link(work, thread)
        ref = ThreadRef(surface=link.place.surface, space=link.place.id, id=id_)
        await work.threads.bind(thread, ref)
        await insiders.admit_all(self._core, work, link)

    def _surface(self, name: str) -> ChatSurface:
        surface = self._surfaces.get(name)
        if surface is None:
            raise PermanentError(f"the surface {name!r} is not configured", fault=Fault.DESTINATION)
        return surface

    # ------------------------------------------------------------ threads and their cards

    async def _open_thread(self, effect: OpenThread, parcel: Parcel) -> str:
        root = await self._root(effect.thread)
        if root.link.ref is not None:
            # It was made late, by something that came after this was given up.
            return root.link.ref.id
        if root.closed:
            raise PermanentError("whose thread it was to be was put out", fault=Fault.PAYLOAD)
        ref = await self._open(root, key_of(effect), ambiguous=parcel.ambiguous)
        return ref.id

    async def _open(self, root: _Root, key: str, *, ambiguous: bool = True) -> ThreadRef:
        place, surface = root.link.place, self._surface(root.link.place.surface)
        channel = ThreadRef(surface=place.surface, space=place.id, id="")
        found = await surface.find(channel, key) if ambiguous else None
        if found is None:
            found = await surface.open_thread(place, root.card, key, hidden=root.hidden)
        return replace(channel, id=found)

    async def _change_member(self, effect: Admit | Remove, parcel: Parcel) -> str:
        """Let somebody into a hidden thread or take them out, as things stand by now."""
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            item = await work.items.by_id(link.item)
        account = account_on(self._core, effect.person, link.place.surface)
        inside = isinstance(item, Incident) and effect.person in item.insiders
        try:
            # Whoever belongs into a thread that is still to be made is let in when it is.
            if link.ref is not None and account:
                surface = self._surface(link.ref.surface)
                await (surface.admit if inside else surface.remove)(link.ref, account)
        except PermanentError as error:
            await self._reopen(link, parcel, error)
        return ""

    async def _update_card(self, effect: UpdateCard, parcel: Parcel) -> str:
        root = await self._root(effect.thread)
        ref = root.link.ref
        if ref is None:
            await self._open_late(root)
            return ""
        try:
            await self._surface(ref.surface).edit(ref, ref.id, root.card)
        except PermanentError as error:
            await self._reopen(root.link, parcel, error)
        return ""

    async def _reopen(
        self, link: ThreadLink, parcel: Parcel, error: PermanentError
    ) -> ThreadRef | None:
        """Make a thread that people deleted anew; None when its item has ended and needs none.

        Any other error is raised as it came.
        """
        if error.code != GONE:
            raise error
        root = await self._root(link.id)
        if root.card.ended or root.closed:
            return None
        ref = await self._open(root, f"{key_of(OpenThread(thread=link.id))}:{parcel.id}")
        await self._bind(link, ref)
        return ref

    async def _open_late(self, root: _Root) -> ThreadRef | None:
        """Try once more to make a thread that was given up: the channel may work by now.

        None where it never will, since the channel can hide nothing, and where it need not.
        """
        if root.replaced or root.closed:
            return None
        try:
            ref = await self._open(root, key_of(OpenThread(thread=root.link.id)))
        except PermanentError as error:
            if error.code != OPEN_TO_ALL:
                raise
            return None
        await self._bind(root.link, ref)
        return ref

    async def _bind(self, link: ThreadLink, ref: ThreadRef) -> None:
        async with self._core.store.work() as work:
            await self.bind(work, link.id, ref.id)

    async def _root(self, thread: int) -> _Root:
        async with self._core.store.read() as work:
            link = await _link(work, thread)
            item = await work.items.by_id(link.item)
            hidden, closed = insiders.is_hidden(item), insiders.is_closed(self._core, item, link)
            replaced = hidden and await _is_replaced(work, link)
            card = await drawing.item_card(self._core, work, link.item)
        card = drawing.CLOSED if closed else card
        return _Root(link=link, card=card, hidden=hidden, replaced=replaced, closed=closed)

    # ------------------------------------------------------------ what stands in them

    async def _post(self, effect: PostMessage | PostLine, parcel: Parcel) -> str:
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            card = await self._draw(work, effect, link)
        if card is drawing.CLOSED:
            return ""
        try:
            ref = link.ref or await self._open_late(await self._root(link.id))
            return await self._post_once(ref, card, parcel) if ref is not None else ""
        except PermanentError as error:
            anew = await self._reopen(link, parcel, error)
        return await self._post_once(anew, card, parcel) if anew is not None else ""

    async def _draw(
        self, work: UnitOfWork, effect: PostMessage | PostLine, link: ThreadLink
    ) -> Card:
        """The words as the thread's readers may see them now."""
        item = await work.items.by_id(link.item)
        if insiders.is_closed(self._core, item, link):
            return drawing.CLOSED
        if isinstance(effect, PostMessage):
            return await drawing.message_card(self._core, work, effect.message)
        return await drawing.line_card(self._core, work, effect.entry, mention=effect.mention)

    async def _post_once(self, ref: ThreadRef, card: Card, parcel: Parcel) -> str:
        surface, key = self._surface(ref.surface), key_of(parcel.effect) or f"parcel:{parcel.id}"
        found = await surface.find(ref, key) if parcel.ambiguous else None
        return found or await surface.post(ref, card, key)

    async def _update_message(self, effect: UpdateMessage) -> str:
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            posted = PostMessage(thread=effect.thread, message=effect.message)
            external_id = await work.outbox.external_id(key_of(posted))
            card = await self._draw(work, posted, link)
        try:
            if link.ref is not None and external_id:
                await self._surface(link.ref.surface).edit(link.ref, external_id, card)
        except PermanentError as error:
            # Somebody deleted the message; there is nothing to be drawn any more.
            if error.code != GONE:
                raise
        return ""

    async def _announce(self, effect: Announce | Tell, parcel: Parcel) -> str:
        async with self._core.store.read() as work:
            card = await self._announcement(work, effect)
        ref = ThreadRef(surface=effect.surface, space=effect.space, id="")
        return await self._post_once(ref, card, parcel)

    async def _announcement(self, work: UnitOfWork, effect: Announce | Tell) -> Card:
        if isinstance(effect, Announce):
            return await drawing.line_card(self._core, work, effect.entry, in_channel=True)
        return drawing.notice_card(effect.title, effect.text)

    # ------------------------------------------------------------ what stands there already

    async def _redraw(self, row: int) -> str:
        async with self._core.store.read() as work:
            posted = await work.outbox.row(row)
            if posted is None or not posted.external_id:
                return ""
            refs, card = await self._posted(work, posted)
        for ref in refs:
            try:
                await self._surface(ref.surface).edit(ref, posted.external_id, card)
            except PermanentError as error:
                # It stands elsewhere, or somebody deleted it.
                if error.code != GONE:
                    raise
            else:
                break
        return ""

    async def _posted(self, work: UnitOfWork, posted: Parcel) -> tuple[list[ThreadRef], Card]:
        """Where a line or notice may stand, the likeliest first, and what it says now."""
        match posted.effect:
            case PostLine(thread=thread) as line:
                link = await _link(work, thread)
                refs = [link.ref] if link.ref is not None else []
                return refs, await self._draw(work, line, link)
            case Announce() | Tell() as effect:
                channel = ThreadRef(surface=effect.surface, space=effect.space, id="")
                card = await self._announcement(work, effect)
                # A forum has no place for it but a post of its own, or the item's thread.
                others = [replace(channel, id=posted.external_id)]
                others += await _threads_on(work, effect.surface, card.number)
                return [channel, *others], card
            case _:
                raise PermanentError(f"outbox row {posted.id} posted nothing of the kind")

    async def _clean(self, thread: int) -> str:
        root = await self._root(thread)
        async with self._core.store.read() as work:
            said = await work.messages.of(root.link.item)
        ref, kept = root.link.ref, {file.name for each in said for file in each.attachments}
        try:
            if ref is not None:
                kept = set() if root.closed else kept
                await self._surface(ref.surface).cleanse(ref, root.card, kept)
        except PermanentError as error:
            if error.code != GONE:
                raise
        return ""


async def _threads_on(work: UnitOfWork, surface: str, number: str) -> list[ThreadRef]:
    item = await work.items.get(number) if number else None
    links = await work.threads.of(item.id) if item is not None else ()
    return [link.ref for link in links if link.ref is not None and link.ref.surface == surface]


async def _is_replaced(work: UnitOfWork, link: ThreadLink) -> bool:
    """Whether a later channel of the platform was asked for what this one could not hide."""
    if link.place.direct:
        return False
    later = [each for each in await work.threads.of(link.item) if each.id > link.id]
    return any(each.place.surface == link.place.surface for each in later)


async def _link(work: UnitOfWork, thread: int) -> ThreadLink:
    link = await work.threads.get(thread)
    if link is None:
        raise PermanentError(f"there is no thread {thread} any more")
    return link
