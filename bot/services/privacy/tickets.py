"""Erasing somebody from one ticket, in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.effects import Parcel, ParcelState, SendMail
from bot.domain.erasure import (
    Gone,
    forget_event,
    forget_in_mail,
    forget_message,
    forget_person,
)
from bot.domain.messages import Message
from bot.domain.scrubbing import ERASED, TitleScrub
from bot.domain.work_items import Ticket
from bot.ports import UnitOfWork
from bot.ports.privacy import RowKey
from bot.services.core import Core
from bot.services.mailing.outgoing.correspondence import subject_of
from bot.services.privacy.redrawing import (
    redraw_entry,
    redraw_item,
    redraw_lines,
    redraw_notices,
)
from bot.services.recording import record, refresh_message

_ENDED: Final = (ParcelState.SENT, ParcelState.SUPERSEDED, ParcelState.CANCELLED)
_MANY: Final = 100


async def forget(
    core: Core, work: UnitOfWork, item: int, gone: Gone, actor: str, now: datetime
) -> int:
    """Take them out of the ticket with all that is theirs; how many rows that changed.

    A second time changes nothing.
    """
    ticket = await work.items.by_id(item)
    if not isinstance(ticket, Ticket):
        return 0
    own = gone.owns(ticket)
    said = await work.messages.of(ticket.id)
    emptied = await _messages(work, said, gone, own=own)
    changed = len(emptied) + await _history(work, ticket, gone, emptied, own=own)
    if not (own or changed or gone.place_on(ticket)):
        return 0
    change = forget_person(ticket, gone, now)
    await _letters(work, ticket.number, own=own)
    if own:
        lost = {m.mail_id for m in said if m.id in emptied and m.mail_id}
        await _own(work, ticket, change.item, gone, lost)
    await record(core, work, ticket, change, actor, now)
    await redraw_item(work, ticket.id)
    return changed + 1


async def _messages(
    work: UnitOfWork, said: Sequence[Message], gone: Gone, *, own: bool
) -> frozenset[int]:
    """Which messages have no words any more, or none of the address."""
    changed = set()
    for message in said:
        fresh = await _without_files(work, forget_message(message, gone, own=own), gone)
        if fresh == message:
            continue
        stay = {file.id for file in fresh.attachments}
        await work.belongings.drop_files([f.id for f in message.attachments if f.id not in stay])
        await work.messages.save(fresh)
        await refresh_message(work, fresh)
        changed.add(message.id)
    return frozenset(changed)


async def _without_files(work: UnitOfWork, message: Message, gone: Gone) -> Message:
    """The message without those of its files in which the address can be read."""
    stay = []
    for reference in message.attachments:
        file = await work.messages.file(reference.id)
        if file is None or not gone.scrub.in_bytes(file.content):
            stay.append(reference)
    return replace(message, attachments=tuple(stay))


async def _history(
    work: UnitOfWork, ticket: Ticket, gone: Gone, emptied: frozenset[int], *, own: bool
) -> int:
    """Let its timeline name them no more, nor quote them; how many entries changed."""
    entries = await work.timeline.of(ticket.id)
    changed = set()
    for entry in entries:
        event = forget_event(entry.event, emptied)
        if event != entry.event:
            await work.belongings.retell(entry.id, event)
            changed.add(entry.id)
    rows: list[RowKey] = [(entry.id,) for entry in entries]
    for key in await work.sweep.scrub("timeline", rows, gone.scrub):
        changed.add(int(str(key[0])))
    # What a channel hears ends with the title.
    announced = [entry.id for entry in entries] if own else sorted(changed)
    await redraw_lines(work, ticket.id, sorted(changed), announced)
    return len(changed)


async def _letters(work: UnitOfWork, number: str, *, own: bool) -> None:
    """Mails as they came to the ticket: those of others quote. The ledger keeps whose they were."""
    for letter in await work.belongings.letters_on(number):
        if own:
            await work.belongings.empty_letter(letter.id)
        elif letter.ended:
            await work.belongings.change_letter(letter.id, b"")


async def _own(
    work: UnitOfWork, ticket: Ticket, forgotten: Ticket, gone: Gone, lost: set[str]
) -> None:
    """What goes with a ticket of their own: files, drafts, mail that left, and its title."""
    await work.belongings.drop_files(await work.belongings.files_of(ticket.id))
    await work.belongings.drop_drafts(ticket.id)
    for parcel in await work.belongings.mail_about(ticket.number):
        await _mail(work, parcel, ticket, forgotten, gone, lost)
    if ticket.title != ERASED:
        await _title(work, TitleScrub(ticket.number, ticket.title))


async def _mail(
    work: UnitOfWork,
    parcel: Parcel,
    ticket: Ticket,
    forgotten: Ticket,
    gone: Gone,
    lost: set[str],
) -> None:
    """Mail to others on their ticket: what has left is let go, what waits leaves without them."""
    if parcel.state in _ENDED or not isinstance(parcel.effect, SendMail):
        await work.belongings.drop_parcels([parcel.id])
        return
    mail = forget_in_mail(parcel.effect.mail, subject_of(ticket), subject_of(forgotten), gone, lost)
    effect = SendMail(mail=mail, message=parcel.effect.message)
    await work.belongings.reword(parcel.id, effect)


async def _title(work: UnitOfWork, scrub: TitleScrub) -> None:
    """Take the title out of other tickets' histories, and of what channels were told."""
    for id_ in await _scrubbed(work, "timeline", scrub):
        await redraw_entry(work, id_)
    told = await _scrubbed(work, "outbox", scrub)
    await redraw_notices(work, told)
    await _scrubbed(work, "feed", scrub)


async def _scrubbed(work: UnitOfWork, table: str, scrub: TitleScrub) -> list[int]:
    found: list[RowKey] = []
    after: RowKey | None = None
    while True:
        page = await work.sweep.find(table, scrub, after, _MANY)
        found += page.keys
        if page.last is None:
            break
        after = page.last
    ids = await _told(work, table, [int(str(key[0])) for key in found])
    await work.sweep.scrub(table, [(id_,) for id_ in ids], scrub)
    return list(ids)


async def _told(work: UnitOfWork, table: str, ids: Sequence[int]) -> Sequence[int]:
    """Only what is drawn from no row: everything else is drawn again, or is somebody's words."""
    match table:
        case "outbox":
            return [id_ for id_, _ in await work.belongings.notices(ids)]
        case "feed":
            return await work.belongings.on_console(ids)
        case _:
            return ids
