"""Bringing outbox rows about: draw from the state of the moment, call the outside, write down what
came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.cards import Card
from bot.domain import changes
from bot.domain.effects import (
    Announce,
    Effect,
    OpenThread,
    Parcel,
    PostLine,
    PostMessage,
    SendMail,
    SendPage,
    Tell,
    UpdateCard,
    UpdateMessage,
    UpdatePage,
    key_of,
)
from bot.domain.events import SYSTEM, DeliveryChanged, PageFailed
from bot.domain.messages import Delivery, Message
from bot.domain.paging import Page, PageState
from bot.domain.threads import ThreadLink, ThreadRef
from bot.errors import Fault, PermanentError
from bot.ports import ChatSurface, MailSender, Pager, UnitOfWork
from bot.services import correspondence, drawing
from bot.services.core import Core
from bot.services.leases import LostLease
from bot.services.recording import record, refresh_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the outside answered: its id for what was posted, and words worth keeping."""

    external_id: str = ""
    detail: str = ""


class Delivering:
    """Carries parcels to surfaces, smarthost and pagers, and settles their end."""

    def __init__(
        self,
        core: Core,
        surfaces: Mapping[str, ChatSurface],
        sender: MailSender,
        pagers: Mapping[str, Pager],
    ) -> None:
        self._core = core
        self._surfaces = surfaces
        self._sender = sender
        self._pagers = pagers

    async def carry(self, parcel: Parcel) -> Receipt:
        """Do what the parcel says; TemporaryError or PermanentError when it did not work."""
        match parcel.effect:
            case OpenThread() as effect:
                return await self._open_thread(effect, parcel)
            case UpdateCard(thread=thread):
                return await self._update_card(thread)
            case PostMessage() | PostLine():
                return await self._post(parcel.effect, parcel)
            case UpdateMessage() as effect:
                return await self._update_message(effect)
            case Announce() | Tell():
                return await self._announce(parcel.effect, parcel)
            case SendMail(mail=mail):
                async with self._core.store.read() as work:
                    found = [await work.messages.file(ref.id) for ref in mail.attachments]
                files = [file for file in found if file is not None]
                return Receipt(detail=await self._sender.send(mail, files))
            case SendPage(page=page):
                return await self._send_page(page)
            case UpdatePage(page=page):
                return await self._update_page(page)

    async def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """End the row as sent, together with what that means; LostLease when it is somebody else's."""
        async with self._core.store.work() as work:
            if not await work.outbox.sent(parcel, receipt.external_id, receipt.detail):
                raise LostLease(f"outbox row {parcel.id}")
            match parcel.effect:
                case OpenThread(thread=thread):
                    link = await _link(work, thread)
                    ref = ThreadRef(
                        surface=link.place.surface, space=link.place.id, id=receipt.external_id
                    )
                    await work.threads.bind(thread, ref)
                case SendMail(message=id_) if id_:
                    await self._mail_left(work, id_, receipt.detail)
                case SendPage(page=id_):
                    await self._page_left(work, id_, receipt.external_id)
                case _:
                    pass

    async def give_up(self, parcel: Parcel, error: PermanentError) -> None:
        """Park the row, and show the failure where a person will see it."""
        async with self._core.store.work() as work:
            if not await work.outbox.dead(parcel, error.words):
                raise LostLease(f"outbox row {parcel.id}")
            match parcel.effect:
                case SendMail(message=id_, mail=mail) if id_:
                    await self._mail_failed(work, id_, mail.recipient.address, error.words)
                case SendPage(page=id_):
                    await self._page_failed(work, id_, error.words)
                case _:
                    pass

    async def warn_delayed(self, parcel: Parcel, words: str) -> None:
        """Show on an agent's message that its mail is taking long."""
        if not isinstance(parcel.effect, SendMail) or not parcel.effect.message:
            return
        async with self._core.store.work() as work:
            message = await work.messages.get(parcel.effect.message)
            if message is not None and message.delivery is Delivery.QUEUED:
                await _save(
                    work, replace(message, delivery=Delivery.DELAYED, delivery_detail=words)
                )

    # ------------------------------------------------------------ chat

    def _surface(self, name: str) -> ChatSurface:
        surface = self._surfaces.get(name)
        if surface is None:
            raise PermanentError(f"the surface {name!r} is not configured", fault=Fault.DESTINATION)
        return surface

    async def _open_thread(self, effect: OpenThread, parcel: Parcel) -> Receipt:
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            card = await drawing.item_card(self._core, work, link.item)
        surface = self._surface(link.place.surface)
        channel = ThreadRef(surface=link.place.surface, space=link.place.id, id="")
        key = key_of(effect)
        found = await surface.find(channel, key) if parcel.ambiguous else None
        return Receipt(external_id=found or await surface.open_thread(link.place, card, key))

    async def _update_card(self, thread: int) -> Receipt:
        async with self._core.store.read() as work:
            link = await _link(work, thread)
            card = await drawing.item_card(self._core, work, link.item)
        ref = _bound(link)
        await self._surface(ref.surface).edit(ref, ref.id, card)
        return Receipt()

    async def _post(self, effect: PostMessage | PostLine, parcel: Parcel) -> Receipt:
        async with self._core.store.read() as work:
            ref = _bound(await _link(work, effect.thread))
            card = await self._draw(work, effect)
        return await self._post_once(ref, card, parcel)

    async def _draw(self, work: UnitOfWork, effect: PostMessage | PostLine) -> Card:
        if isinstance(effect, PostMessage):
            return await drawing.message_card(self._core, work, effect.message)
        return await drawing.line_card(self._core, work, effect.entry, mention=effect.mention)

    async def _post_once(self, ref: ThreadRef, card: Card, parcel: Parcel) -> Receipt:
        surface, key = self._surface(ref.surface), key_of(parcel.effect) or f"parcel:{parcel.id}"
        found = await surface.find(ref, key) if parcel.ambiguous else None
        return Receipt(external_id=found or await surface.post(ref, card, key))

    async def _update_message(self, effect: UpdateMessage) -> Receipt:
        async with self._core.store.read() as work:
            ref = _bound(await _link(work, effect.thread))
            posted = PostMessage(thread=effect.thread, message=effect.message)
            external_id = await work.outbox.external_id(key_of(posted))
            card = await drawing.message_card(self._core, work, effect.message)
        if external_id:
            await self._surface(ref.surface).edit(ref, external_id, card)
        return Receipt()

    async def _announce(self, effect: Announce | Tell, parcel: Parcel) -> Receipt:
        async with self._core.store.read() as work:
            card = (
                await drawing.line_card(self._core, work, effect.entry, in_channel=True)
                if isinstance(effect, Announce)
                else drawing.notice_card(effect.title, effect.text)
            )
        ref = ThreadRef(surface=effect.surface, space=effect.space, id="")
        return await self._post_once(ref, card, parcel)

    # ------------------------------------------------------------ pages

    async def _send_page(self, id_: int) -> Receipt:
        async with self._core.store.read() as work:
            page = await _page(work, id_)
            card = await drawing.page_card(self._core, work, page)
        pager = self._pager(page)
        return Receipt(external_id=await pager.page(page.person, card, f"page:{id_}"))

    async def _update_page(self, id_: int) -> Receipt:
        async with self._core.store.read() as work:
            page = await _page(work, id_)
            card = await drawing.page_card(self._core, work, page)
        if page.ref:
            await self._pager(page).update(page.person, page.ref, card)
        return Receipt()

    def _pager(self, page: Page) -> Pager:
        pager = self._pagers.get(page.contact)
        if pager is None or not pager.reaches(page.person):
            words = f"{page.person} cannot be reached by {page.contact}"
            raise PermanentError(words, fault=Fault.DESTINATION)
        return pager

    async def _page_left(self, work: UnitOfWork, id_: int, ref: str) -> None:
        page, now = await _page(work, id_), self._core.clock.now()
        state = PageState.SENT if page.state is PageState.QUEUED else page.state
        await work.pages.save(replace(page, state=state, sent_at=now, ref=ref))
        waited = (now - page.created_at).total_seconds()
        self._core.meter.observe("page_seconds", waited, contact=page.contact)
        if state is not PageState.SENT:
            await work.outbox.refresh(UpdatePage(page=id_))

    async def _page_failed(self, work: UnitOfWork, id_: int, words: str) -> None:
        page, now = await _page(work, id_), self._core.clock.now()
        await work.pages.save(replace(page, state=PageState.FAILED, detail=words))
        item = await work.items.by_id(page.item)
        if item is not None:
            name = self._core.directory.name_of(page.person)
            event = PageFailed(person=name, contact=page.contact, detail=words)
            await record(self._core, work, item, changes.Change(item, (event,)), SYSTEM, now)

    # ------------------------------------------------------------ mail

    async def _mail_left(self, work: UnitOfWork, id_: int, detail: str) -> None:
        message = await work.messages.get(id_)
        if message is not None and message.delivery in (Delivery.QUEUED, Delivery.DELAYED):
            await _save(work, correspondence.delivered(message, detail))

    async def _mail_failed(self, work: UnitOfWork, id_: int, recipient: str, words: str) -> None:
        message, now = await work.messages.get(id_), self._core.clock.now()
        item = await work.items.by_id(message.item) if message is not None else None
        if message is None or item is None:
            return
        await _save(work, replace(message, delivery=Delivery.FAILED, delivery_detail=words))
        event = DeliveryChanged(message=id_, recipient=recipient, state="failed", detail=words)
        await record(self._core, work, item, changes.Change(item, (event,)), SYSTEM, now)


async def _save(work: UnitOfWork, message: Message) -> None:
    await work.messages.save(message)
    await refresh_message(work, message)


async def _link(work: UnitOfWork, thread: int) -> ThreadLink:
    link = await work.threads.get(thread)
    if link is None:
        raise PermanentError(f"there is no thread {thread} any more")
    return link


def _bound(link: ThreadLink) -> ThreadRef:
    if link.ref is None:
        raise PermanentError(
            f"the thread in {link.place} was never opened", fault=Fault.DESTINATION
        )
    return link.ref


async def _page(work: UnitOfWork, id_: int) -> Page:
    page = await work.pages.get(id_)
    if page is None:
        raise PermanentError(f"there is no page {id_} any more")
    return page


def describe(effect: Effect) -> str:
    """The effect in a few words without personal data, for logs and lists."""
    return type(effect).__name__
