"""Bringing outbox rows about: draw from the state of the moment, call the outside, write down what
came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import changes
from bot.domain.effects import (
    Effect,
    NotifyByMail,
    OpenThread,
    Parcel,
    SendMail,
    SendPage,
    UpdatePage,
)
from bot.domain.events import SYSTEM, DeliveryChanged, PageFailed
from bot.domain.mail import OutboundMail
from bot.domain.messages import Delivery
from bot.domain.paging import Page, PageState
from bot.errors import GONE, Fault, PermanentError, TemporaryError
from bot.ports import ChatSurface, MailSender, Pager, UnitOfWork
from bot.services import drawing, lockouts
from bot.services.core import Core
from bot.services.delivery import outages
from bot.services.delivery.notifications import Notifications
from bot.services.delivery.posting import Posting
from bot.services.leases import LostLease
from bot.services.mailing.outgoing import suppression, verifying, vetting, withholding
from bot.services.recording import record, refresh_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the outside answered: its id for what was posted, and words worth keeping.

    `cautions` are what people have to know of what left.
    """

    external_id: str = ""
    detail: str = ""
    cautions: tuple[str, ...] = ()


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
        self._posting = Posting(core, surfaces)
        self._sender = sender
        self._notifications = Notifications(core, sender)
        self._pagers = pagers

    async def carry(self, parcel: Parcel) -> Receipt:
        """Do what the parcel says; TemporaryError or PermanentError when it did not work."""
        match parcel.effect:
            case SendMail(mail=mail):
                return await self._send_mail(mail)
            case NotifyByMail() as effect:
                told, words = await self._notifications.carry(effect)
                return Receipt(external_id=told, detail=words)
            case SendPage(page=page):
                return await self._send_page(page)
            case UpdatePage(page=page):
                return await self._update_page(page)
            case effect:
                return Receipt(external_id=await self._posting.carry(parcel, effect))

    async def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """End the row as sent, with what that means; LostLease when it is somebody else's."""
        async with self._core.store.work() as work:
            if not await work.outbox.sent(parcel, receipt.external_id, receipt.detail):
                raise LostLease(f"outbox row {parcel.id}")
            match parcel.effect:
                case OpenThread(thread=thread):
                    await self._posting.bind(work, thread, receipt.external_id)
                case SendMail() as effect:
                    await _mail_left(work, effect, receipt, twice=parcel.ambiguous)
                case NotifyByMail() as effect:
                    await self._notifications.settle(work, effect, receipt.external_id)
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
                    address, now = effect.mail.recipient.address, self._core.clock.now()
                    await suppression.failed(work, address, error.code, error.words, now)
                    await self._mail_failed(work, effect, error)
                case NotifyByMail() as effect:
                    await self._notifications.give_up(work, effect, error)
                case SendPage(page=id_):
                    await self._page_failed(work, id_, error.words)
                case effect:
                    await outages.channel_failed(self._core, work, effect, error)

    async def withdraw(self, parcel: Parcel, *, ambiguous: bool) -> bool:
        """After a try that failed: end the row of a mail whose reader left while it was being sent;
        False for every other row, which is to be tried again.
        """
        effect = parcel.effect
        if not isinstance(effect, SendMail):
            return False
        async with self._core.store.read() as work:
            if not await withholding.gone(self._core, work, effect.mail):
                return False
        tried = replace(parcel, ambiguous=parcel.ambiguous or ambiguous)
        async with self._core.store.work() as work:
            if not await work.outbox.cancelled(parcel, withholding.LEFT):
                raise LostLease(f"outbox row {parcel.id}")
            await withholding.show(work, tried, withholding.LEFT)
        return True

    async def warn_locked_out(self, parcel: Parcel, words: str) -> None:
        """Tell whose mail or channel it is that our login is refused."""
        async with self._core.store.work() as work:
            match parcel.effect:
                case SendMail() | NotifyByMail() as effect:
                    await lockouts.tell(self._core, work, effect, words, self._core.clock.now())
                case effect:
                    refused = PermanentError(words, fault=Fault.CREDENTIAL)
                    await outages.channel_failed(self._core, work, effect, refused)

    async def warn_delayed(self, parcel: Parcel, words: str) -> None:
        """Show on an agent's message that its mail to somebody is taking long."""
        effect = parcel.effect
        if not isinstance(effect, SendMail) or not effect.message:
            return
        async with self._core.store.work() as work:
            await _mark(work, effect, Delivery.DELAYED, words)

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
        address, now = mail.recipient.address, self._core.clock.now()
        async with self._core.store.read() as work:
            if why := await suppression.stopped(work, address, now):
                words = f"not sent, since mail to this address came back: {why}"
                raise PermanentError(words, fault=Fault.DESTINATION)
            found = [await work.messages.file(ref.id) for ref in mail.attachments]
        files = [file for file in found if file is not None]
        if len(files) < len(found):
            raise PermanentError("a file of this mail is gone")
        cautions = await vetting.check(self._core, mail.attachments, files)
        try:
            taken = await self._sender.send(mail, files)
        except (TemporaryError, PermanentError) as error:
            if verifying.is_check(mail):
                raise verifying.final(error) from None
            raise
        return Receipt(external_id=taken.given_id, detail=taken.words, cautions=cautions)

    async def _mail_failed(self, work: UnitOfWork, effect: SendMail, error: PermanentError) -> None:
        words, now = error.words, self._core.clock.now()
        if verifying.is_check(effect.mail):
            await verifying.did_not_leave(self._core, work, effect.mail, error.code, now)
            return
        # The work item before its message, as whoever works on it locks them.
        item = await work.items.get(effect.mail.ticket) if effect.mail.ticket else None
        if isinstance(error, vetting.StoppedFile):
            words = error.told
            await _stop_file(work, effect, error)
        await _mark(work, effect, Delivery.FAILED, words)
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


async def _mail_left(work: UnitOfWork, effect: SendMail, receipt: Receipt, *, twice: bool) -> None:
    """Show it on the message, and know the mail by the Message-ID that a provider gave it."""
    if receipt.external_id and effect.mail.ticket:
        await work.messages.arrived_as(effect.mail.message_id, receipt.external_id)
    message = await work.messages.get(effect.message) if receipt.cautions else None
    if message is not None:
        await work.messages.save(vetting.with_cautions(message, receipt.cautions))
    await _mark(work, effect, Delivery.SENT, receipt.detail, twice=twice)


async def _stop_file(work: UnitOfWork, effect: SendMail, stopped: vetting.StoppedFile) -> None:
    """Let the file go out with no other mail either."""
    message = await work.messages.get(effect.message) if effect.message else None
    if message is not None:
        await work.messages.save(vetting.marked(message, stopped))


async def _mark(
    work: UnitOfWork, effect: SendMail, delivery: Delivery, words: str, *, twice: bool = False
) -> None:
    """Show on the message what became of the recipient's copy; greetings are no messages."""
    message = await work.messages.get(effect.message) if effect.message else None
    if message is None:
        return
    to = effect.mail.recipient.address
    marked = message.with_copies(delivery, words, to=to, twice=twice)
    if marked != message:
        await work.messages.save(marked)
        await refresh_message(work, marked)


async def _page(work: UnitOfWork, id_: int) -> Page:
    page = await work.pages.get(id_)
    if page is None:
        raise PermanentError(f"there is no page {id_} any more")
    return page


def describe(effect: Effect) -> str:
    """The effect in a few words without personal data, for logs and lists."""
    return type(effect).__name__
