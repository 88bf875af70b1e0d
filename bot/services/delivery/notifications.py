"""Mail to the team about tickets: drawn from the state of the moment, and sent by the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.effects import NotifyByMail
from bot.domain.events import TimelineEntry
from bot.domain.mail import Address, OutboundMail
from bot.domain.messages import Delivery, Message, Voice
from bot.domain.notifications import news_for
from bot.domain.people import Mails, Person
from bot.domain.reply_keys import with_subaddress
from bot.domain.sla import worst
from bot.domain.team_keys import ActKey
from bot.domain.work_items import Ticket
from bot.errors import PermanentError, TemporaryError
from bot.ports import MailSender, UnitOfWork
from bot.services import clocks, wishes
from bot.services.core import Core
from bot.services.drawing.news import NewsView, newest_words, news_text, subject_of_news
from bot.services.mailing.outgoing import suppression
from bot.services.mailing.returned import unreachable

LINK_LIFE: Final = timedelta(hours=24)
# The serial of the id that all mails to one person about one ticket refer to.
_ROOT: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """A mail, and the timeline entries it tells."""

    mail: OutboundMail
    entries: tuple[int, ...]


class Notifications:
    """Carries `NotifyByMail`; what has become no news is not sent."""

    def __init__(self, core: Core, sender: MailSender) -> None:
        self._core = core
        self._sender = sender

    async def carry(self, effect: NotifyByMail) -> tuple[str, str]:
        """Send it: the entries it told, and the server's words. TemporaryError while a reply may
        still be taken back: how the ticket stands is not decided then.
        """
        async with self._core.store.read() as work:
            letter = await self._draw(work, effect)
        if letter is None:
            return "", "no news any more, or not wanted"
        taken = await self._sender.send(letter.mail, [])
        return " ".join(map(str, letter.entries)), taken.words

    async def settle(self, work: UnitOfWork, effect: NotifyByMail, entries: str) -> None:
        """Note what was told, so that no other mail to the person tells it again."""
        now = self._core.clock.now()
        for entry in entries.split():
            await work.seen.once(_told(effect.person, int(entry)), now)

    async def give_up(self, work: UnitOfWork, effect: NotifyByMail, error: PermanentError) -> None:
        """Count a failure of the person's address; the ticket has nothing to do with it."""
        person = self._core.directory.people.get(effect.person)
        if person is not None:
            now = self._core.clock.now()
            await unreachable.failed(self._core, work, person, error.code, error.words, now)

    # ------------------------------------------------------------ drawing

    async def _draw(self, work: UnitOfWork, effect: NotifyByMail) -> _Letter | None:
        core, now = self._core, self._core.clock.now()
        person = core.directory.people.get(effect.person)
        ticket = await work.items.by_id(effect.item)
        if person is None or not isinstance(ticket, Ticket) or not self._sends(ticket):
            return None
        mails = await wishes.mails_of(work, person)
        entries = await work.timeline.of(ticket.id)
        news = await self._news(work, person, mails, ticket, entries, effect.since)
        if not news or await suppression.stopped(work, person.email, now):
            return None
        messages = await work.messages.of(ticket.id)
        _wait_for_undo(messages, now)
        view = NewsView(
            ticket=ticket,
            person=person,
            mails=mails,
            news=news,
            latest=newest_words(messages),
            clock=worst(clocks.clocks_of(core, ticket, entries, now)),
            directory=core.directory,
            now=now,
            act_url=self._act_url(ticket, effect, now),
            item_url=f"{core.links}/console/#{ticket.number}" if core.links else "",
            stop_url=self._stop_url(person),
            pauses_until=effect.pauses_until,
        )
        return _Letter(mail=self._mail(view, effect), entries=tuple(entry.id for entry in news))

    def _sends(self, ticket: Ticket) -> bool:
        return ticket.desk in self._core.directory.desks

    async def _news(
        self,
        work: UnitOfWork,
        person: Person,
        mails: Mails,
        ticket: Ticket,
        entries: Sequence[TimelineEntry],
        since: int,
    ) -> tuple[TimelineEntry, ...]:
        """What is still news to them, and was not told by an earlier mail."""
        fresh = [entry for entry in entries if entry.id >= since]
        news = news_for(person, mails, ticket, fresh)
        known = await work.seen.known([_told(person.key, entry.id) for entry in news])
        return tuple(entry for entry in news if _told(person.key, entry.id) not in known)

    def _act_url(self, ticket: Ticket, effect: NotifyByMail, now: datetime) -> str:
        if not self._core.links:
            return ""
        key = ActKey(
            ticket=ticket.id,
            person=effect.person,
            serial=effect.since,
            expires_at=now + LINK_LIFE,
        )
        return f"{self._core.links}/act/{self._core.team_keys.make_act(key)}"

    def _stop_url(self, person: Person) -> str:
        if not self._core.links:
            return ""
        return f"{self._core.links}/u/{self._core.team_keys.make_stop(person.key)}"

    def _mail(self, view: NewsView, effect: NotifyByMail) -> OutboundMail:
        """Our own mail: marked as automatic, with an address of its own for the answer."""
        ticket, person, keys = view.ticket, view.person, self._core.team_keys
        desk = self._core.directory.desks[ticket.desk]
        domain = desk.sender.rpartition("@")[2]
        root = keys.message_id(ticket.id, person.key, _ROOT, domain)
        return OutboundMail(
            message_id=keys.message_id(ticket.id, person.key, effect.since, domain),
            date=view.now,
            sender=Address(address=desk.sender, name=desk.name),
            recipient=Address(address=person.email, name=person.name),
            subject=subject_of_news(ticket),
            text=news_text(view),
            envelope_from=with_subaddress(desk.sender, keys.make_return(ticket.id, person.key)),
            reply_to=with_subaddress(desk.sender, keys.make_answer(ticket.id, person.key)),
            in_reply_to=root,
            references=(root,),
            automatic="auto-generated",
            # Mail programs follow only https (RFC 8058).
            unsubscribe_url=view.stop_url if view.stop_url.startswith("https://") else "",
            ticket=ticket.number,
        )


def _wait_for_undo(messages: Sequence[Message], now: datetime) -> None:
    """TemporaryError while a reply on the ticket may still be taken back."""
    ends = [
        message.sends_at
        for message in messages
        if message.voice is Voice.REPLY and message.delivery is Delivery.QUEUED
        if message.sends_at is not None and message.sends_at > now
    ]
    if ends:
        raise TemporaryError("a reply may still be taken back", retry_after=max(ends) - now)


def _told(person: str, entry: int) -> str:
    return f"told by mail:{person}:{entry}"
