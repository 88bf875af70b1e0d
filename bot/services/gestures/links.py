"""Acting by the one-time link of a mail: once, as the person it went to, by the ordinary way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.cards import action_id, plain
from bot.commands.call import Invocation, Reply
from bot.domain.directory import MAIL_LINK
from bot.domain.effects import TellPerson
from bot.domain.people import Person, Right, may
from bot.domain.sla import worst
from bot.domain.team_keys import ActKey
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.services import clocks
from bot.services.core import Core
from bot.services.drawing.news import due_words, newest_words
from bot.services.drawing.words import TICKET_STATUS
from bot.services.gestures import replying
from bot.services.gestures.dispatch import Dispatcher, once_key
from bot.services.oncall import contacts_of
from bot.services.people import zone_of

MAX_SHOWN: Final = 5000


class Deed(StrEnum):
    """What can be done by a link: the verbs of the table behind its buttons."""

    REPLY = "reply"
    NOTE = "note"
    CLAIM = "claim"


_DID: Final[Mapping[Deed, str]] = {
    Deed.REPLY: "to reply to the customer",
    Deed.NOTE: "to keep a note",
    Deed.CLAIM: "to claim it",
}


_UNDO: Final = "Until then it can be taken back in chat: its Undo button, or /ticket undo {number}."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What somebody asked for on the page; `knew` is the newest message that it showed."""

    deed: Deed
    text: str
    knew: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """A ticket as the page of a link shows it; all of it is text.

    `actor` is who acts by it. `said` tells what became of what was asked for, and `done` that the
    link is used up. `text` is what was written and did not go through.
    """

    number: str
    title: str
    actor: str
    writer: str
    words: str
    owner: str
    status: str
    due: str
    knew: str
    free: bool
    text: str = ""
    said: str = ""
    done: bool = False


class MailLinks:
    """The service behind `/act/<token>`. A link that is forged, over, or used up leads nowhere,
    always in the same way.
    """

    def __init__(self, core: Core, dispatcher: Dispatcher) -> None:
        self._core = core
        self._dispatcher = dispatcher

    async def look(self, token: str) -> LinkPage | None:
        """What the link is about; None when it leads nowhere. Changes nothing."""
        async with self._core.store.read() as work:
            found = await self._find(work, token)
            return await self._page(work, *found[1:]) if found is not None else None

    async def act(self, token: str, deed: str, text: str, knew: str) -> LinkPage | None:
        """Do it as the link's person, if they may; None when the link leads nowhere (any more).
        ValueError for a deed that no link is for.

        What is refused does not use it up, and neither does a reply when somebody was quicker than
        the page told (`knew` is the newest message it showed).
        """
        wish = _Wish(deed=Deed(deed), text=text.replace("\r\n", "\n"), knew=knew)
        async with self._core.store.read() as work:
            found = await self._find(work, token)
            if found is None:
                return None
            key, person, ticket = found
            page = replace(await self._page(work, person, ticket), text=wish.text)
            if problem := await self._problem(work, person, ticket, wish):
                return replace(page, said=problem)
        reply = await self._do(key, person, ticket, wish)
        said = plain(reply.card.status) if reply.card is not None else ""
        if not reply.refused:
            undo = f" {_UNDO.format(number=ticket.number)}" if wish.deed is Deed.REPLY else ""
            return replace(page, said=f"{said}{undo}", text="", done=True)
        # Who was refused since somebody else used the link a moment ago has none.
        return replace(page, said=said) if await self.look(token) is not None else None

    async def _problem(self, work: UnitOfWork, person: Person, ticket: Ticket, wish: _Wish) -> str:
        """Why it is not even tried; empty when it is."""
        if wish.deed is Deed.CLAIM:
            return ""
        if not wish.text.strip():
            return "Nothing was done: write something first."
        if len(wish.text) > replying.MAX_TEXT:
            return f"Nothing was done: that is longer than {replying.MAX_TEXT:,} characters."
        if wish.deed is Deed.NOTE:
            return ""
        first = await replying.quicker(work, ticket, person, wish.knew)
        if first is None:
            return ""
        wrote = "wrote" if first.author.startswith("mail:") else "replied"
        return (
            f"Nothing was sent: {first.author_name} {wrote} while you were writing. Read it, and"
            " send yours again if it still fits."
        )

    async def _do(self, key: ActKey, person: Person, ticket: Ticket, wish: _Wish) -> Reply:
        """The ordinary way of every gesture: rights, one unit of work, undo; and they are told."""
        invocation = Invocation(
            surface=MAIL_LINK,
            account=person.key,
            key=key.spent_as,
            action=action_id(wish.deed, ticket.number),
            args={"text": wish.text, replying.KNEW: wish.knew}
            if wish.deed is not Deed.CLAIM
            else {},
        )

        async def tell(work: UnitOfWork) -> None:
            title = f"Your link of {ticket.number} was used"
            at = self._core.clock.now().astimezone(zone_of(person))
            text = (
                f"At {at:%H:%M} on {at:%a %d %b}, {_DID[wish.deed]}. If that was not you, tell an"
                " operator: somebody else has your mail."
            )
            for surface in self._reached_at(person):
                account = person.accounts[surface]
                note = TellPerson(surface=surface, account=account, title=title, text=text)
                await work.outbox.put(note)

        return await self._dispatcher.follow(invocation, tell)

    def _reached_at(self, person: Person) -> tuple[str, ...]:
        """The chat surfaces they are told on: those they are reached at, and the one of our own."""
        ways = (*contacts_of(person), self._core.fallback)
        return tuple(dict.fromkeys(way for way in ways if way in person.accounts))

    # ------------------------------------------------------------ looking

    async def _find(self, work: UnitOfWork, token: str) -> tuple[ActKey, Person, Ticket] | None:
        """What the link names, while it can be used."""
        key = self._core.team_keys.check_act(token, self._core.clock.now())
        if key is None:
            return None
        person, ticket = self._core.directory.people[key.person], await work.items.by_id(key.ticket)
        if not isinstance(ticket, Ticket) or ticket.desk not in self._core.directory.desks:
            return None
        spent = once_key(MAIL_LINK, key.spent_as)
        if not may(person, Right.SEE, desk=ticket.desk) or await work.seen.known([spent]):
            return None
        return key, person, ticket

    async def _page(self, work: UnitOfWork, person: Person, ticket: Ticket) -> LinkPage:
        messages = await work.messages.of(ticket.id)
        latest, now = newest_words(messages), self._core.clock.now()
        entries = await work.timeline.of(ticket.id)
        clock = worst(clocks.clocks_of(self._core, ticket, entries, now))
        owner = ticket.assignee
        yours = "you" if owner == person.key else self._core.directory.name_of(owner or "")
        return LinkPage(
            number=ticket.number,
            title=ticket.title,
            actor=person.name,
            writer=latest.author_name if latest else "",
            words=latest.text[:MAX_SHOWN] if latest else "",
            owner=yours if owner else "nobody yet",
            status=TICKET_STATUS[ticket.status][0].partition(" ")[2],
            due="" if ticket.ended else due_words(clock, now, zone_of(person)),
            knew=str(replying.newest(messages)),
            free=owner is None and not ticket.ended,
        )
