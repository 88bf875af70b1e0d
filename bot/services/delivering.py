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
from bot.domain.mail import OutboundMail
from bot.domain.messages import Delivery
from bot.domain.paging import Page, PageState
from bot.domain.threads import ThreadLink, ThreadRef
from bot.errors import GONE, Fault, PermanentError
from bot.ports import ChatSurface, MailSender, Pager, UnitOfWork
from bot.services import drawing
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
            case UpdateCard() as effect:
                return await self._update_card(effect, parcel)
            case PostMessage() | PostLine():
                return await self._post(parcel.effect, parcel)
            case UpdateMessage() as effect:
                return await self._update_message(effect)
            case Announce() | Tell():
                return await self._announce(parcel.effect, parcel)
            case SendMail(mail=mail):
                return await self._send_mail(mail)
            case SendPage(page=page):
                return await self._send_page(page)
            case UpdatePage(page=page):
                return await self._update_page(page)

    async def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """End the row as sent, with what that means; LostLease when it is somebody else's."""
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
                case SendMail() as effect:
                    await _mark(work, effect, Delivery.SENT, receipt.detail)
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
                case SendMail() as effect:
                    await self._mail_failed(work, effect, error.words)
                case SendPage(page=id_):
                    await self._page_failed(work, id_, error.words)
                case _:
                    pass

    async def warn_delayed(self, parcel: Parcel, words: str) -> None:
        """Show on an agent's message that its mail to somebody is taking long."""
        effect = parcel.effect
        if not isinstance(effect, SendMail) or not effect.message:
            return
        async with self._core.store.work() as work:
            await _mark(work, effect, Delivery.DELAYED, words)

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
        ref = await self._open(link, card, key_of(effect), ambiguous=parcel.ambiguous)
        return Receipt(external_id=ref.id)

    async def _open(
        self, link: ThreadLink, card: Card, key: str, *, ambiguous: bool = True
    ) -> ThreadRef:
        place, surface = link.place, self._surface(link.place.surface)
        channel = ThreadRef(surface=place.surface, space=place.id, id="")
        found = await surface.find(channel, key) if ambiguous else None
        return replace(channel, id=found or await surface.open_thread(place, card, key))

    async def _update_card(self, effect: UpdateCard, parcel: Parcel) -> Receipt:
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            card = await drawing.item_card(self._core, work, link.item)
        ref = _bound(link)
        try:
            await self._surface(ref.surface).edit(ref, ref.id, card)
        except PermanentError as error:
            await self._reopen(link, parcel, error)
        return Receipt()

    async def _post(self, effect: PostMessage | PostLine, parcel: Parcel) -> Receipt:
        async with self._core.store.read() as work:
            link = await _link(work, effect.thread)
            card = await self._draw(work, effect)
        try:
            return await self._post_once(_bound(link), card, parcel)
        except PermanentError as error:
            anew = await self._reopen(link, parcel, error)
        return await self._post_once(anew, card, parcel) if anew is not None else Receipt()

    async def _reopen(
        self, link: ThreadLink, parcel: Parcel, error: PermanentError
    ) -> ThreadRef | None:
        """Make a thread that people deleted anew; None when its item has ended and needs none.

        Any other error is raised as it came.
        """
        if error.code != GONE:
            raise error
        async with self._core.store.read() as work:
            card = await drawing.item_card(self._core, work, link.item)
        if card.ended:
            return None
        ref = await self._open(link, card, f"{key_of(OpenThread(thread=link.id))}:{parcel.id}")
        async with self._core.store.work() as work:
            await work.threads.bind(link.id, ref)
        return ref

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
        try:
            if external_id:
                await self._surface(ref.surface).edit(ref, external_id, card)
        except PermanentError as error:
            # Somebody deleted the message; there is nothing to be drawn any more.
            if error.code != GONE:
                raise
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
        if page.state is not PageState.QUEUED:
            # Answered while an earlier try was on its way: it must wake nobody any more.
            return Receipt(detail="answered before it could be sent")
        pager = self._pager(page)
        return Receipt(external_id=await pager.page(page.person, card, f"page:{id_}"))

    async def _update_page(self, id_: int) -> Receipt:
        async with self._core.store.read() as work:
            page = await _page(work, id_)
            card = await drawing.page_card(self._core, work, page)
        try:
            if page.ref:
                await self._pager(page).update(page.person, page.ref, card)
        except PermanentError as error:
            # Somebody deleted the page; there is nothing to be drawn any more.
            if error.code != GONE:
                raise
        return Receipt()

    def _pager(self, page: Page) -> Pager:
        pager = self._pagers.get(page.contact)
        if pager is None or not pager.reaches(page.person):
            name = self._core.directory.name_of(page.person)
            words = f"{name} cannot be reached by {page.contact}"
            raise PermanentError(words, fault=Fault.DESTINATION)
        return pager

    async def _page_left(self, work: UnitOfWork, id_: int, ref: str) -> None:
        page, now = await _page(work, id_), self._core.clock.now()
        if page.state is not PageState.QUEUED and not ref:
            return
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

    async def _send_mail(self, mail: OutboundMail) -> Receipt:
        async with self._core.store.read() as work:
            found = [await work.messages.file(ref.id) for ref in mail.attachments]
        files = [file for file in found if file is not None]
        if len(files) < len(found):
            raise PermanentError("a file of this mail is gone")
        return Receipt(detail=await self._sender.send(mail, files))

    async def _mail_failed(self, work: UnitOfWork, effect: SendMail, words: str) -> None:
        await _mark(work, effect, Delivery.FAILED, words)
        item = await work.items.get(effect.mail.ticket) if effect.mail.ticket else None
        if item is not None:
            event = DeliveryChanged(
                message=effect.message,
                recipient=effect.mail.recipient.address,
                state="failed",
                detail=words,
            )
            await record(
                self._core,
                work,
                item,
                changes.Change(item, (event,)),
                SYSTEM,
                self._core.clock.now(),
            )


async def _mark(work: UnitOfWork, effect: SendMail, delivery: Delivery, words: str) -> None:
    """Show on the message what became of the recipient's copy; greetings are no messages."""
    message = await work.messages.get(effect.message) if effect.message else None
    if message is None:
        return
    marked = message.with_copies(delivery, words, to=effect.mail.recipient.address)
    if marked != message:
        await work.messages.save(marked)
        await refresh_message(work, marked)


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
