"""Talk that is edited or deleted where it was said: notes follow it, a mail only while it waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.cards import Card, Plain, Style, Tone
from bot.commands.call import Reply, refusal, told
from bot.domain.changes import Change
from bot.domain.events import NoteEdited, NoteWithdrawn, person_actor
from bot.domain.messages import Message, Voice
from bot.domain.people import Person
from bot.domain.work_items import AnyItem, Ticket
from bot.errors import Refused, UserError
from bot.ports import UnitOfWork
from bot.services.core import Core
from bot.services.drawing.words import button
from bot.services.gestures import replying, talk
from bot.services.gestures.endings import ending_of
from bot.services.recording import record, refresh_message

_CHANGES: Final = (Voice.NOTE, Voice.REPLY)


def may_change(message: Message, person: Person) -> bool:
    """Whether a message still is what its writer makes of it: only theirs, until it is gone."""
    gone = message.withdrawn_at is not None or message.delivery.stayed
    return message.author == person_actor(person.key) and message.voice in _CHANGES and not gone


async def edit_note(
    core: Core, work: UnitOfWork, item: AnyItem, message: Message, words: str
) -> None:
    """Change the words of a note, everywhere it is shown; the history says that it was edited."""
    now = core.clock.now()
    edited = replace(message, text=words, edited_at=now)
    await work.messages.save(edited)
    await refresh_message(work, edited)
    event = NoteEdited(message=message.id)
    await record(core, work, item, Change(item, (event,)), message.author, now)


async def withdraw_note(core: Core, work: UnitOfWork, item: AnyItem, message: Message) -> None:
    """Strike a note through, everywhere it is shown; the record keeps its words."""
    now = core.clock.now()
    withdrawn = replace(message, withdrawn_at=now)
    await work.messages.save(withdrawn)
    await refresh_message(work, withdrawn)
    event = NoteWithdrawn(message=message.id)
    await record(core, work, item, Change(item, (event,)), message.author, now)


async def reword(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, person: Person, words: str
) -> Reply:
    """Send other words instead while the mail waits; later, offer to send a correction."""
    back = await take_back(core, work, ticket, message, person, words)
    fresh = await work.items.by_id(ticket.id)
    if back.refused or not isinstance(fresh, Ticket):
        return back
    try:
        text, then = ending_of(words, "")
        answer = talk.Answer(text=text, then=then, said=message.said)
        async with core.store.work() as inner:
            await talk.reply(core, inner, fresh, person, answer, core.clock.now())
    except Refused as refused:
        # The words it had are wrong, or they would not have been edited: they stay taken back.
        return refusal(refused)
    return told(f"Changed: the customer of {ticket.number} gets what it says now, in 10 s.")


async def take_back(
    core: Core, work: UnitOfWork, ticket: Ticket, message: Message, person: Person, words: str
) -> Reply:
    """Take a mail back while it waits; later, offer to send a correction with those words."""
    now = core.clock.now()
    try:
        async with core.store.work() as inner:
            await talk.take_back(core, inner, ticket, message, person, now)
    except UserError as error:
        if error.code != talk.TOO_LATE:
            raise
        return await _correction(core, work, ticket, person, words)
    return told(f"Taken back: nothing was sent to the customer of {ticket.number}.")


async def _correction(
    core: Core, work: UnitOfWork, ticket: Ticket, person: Person, words: str
) -> Reply:
    """The mail has left: what it should have said waits as a draft."""
    known = await work.drafts.of(person.key, ticket.id)
    text = "\n\n".join(filter(None, (known.text if known else "", words)))
    if words:
        await replying.keep(core, work, ticket, person, text, known.then if known else "")
    said = f"Too late: the mail has left. The customer of {ticket.number} has the earlier words."
    card = Card(
        title="",
        fallback=said,
        tone=Tone.WARNING,
        status=(Plain(said),),
        actions=(button("reply", ticket.number, "Send correction", Style.PRIMARY),),
    )
    return Reply(card=card, refused=True)
