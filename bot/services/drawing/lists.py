"""Lists for the person who asked: queues, histories, who is on call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.cards import Action, Block, Card, Field, Link, Plain, Runs, Tone, When, shorten
from bot.domain.directory import Directory
from bot.domain.events import Event, MessagePinned, NoteAdded, ReplySent, TimelineEntry
from bot.domain.schedules import Shift
from bot.domain.work_items import AnyItem, Incident, Ticket
from bot.services.drawing.words import (
    INCIDENT_STATUS,
    SEVERITY,
    button,
    tell,
    ticket_word,
    titled,
)
from bot.services.oncall import Duty

MAX_ROWS = 25


def queue_card(
    title: str, items: Sequence[AnyItem], empty: str, directory: Directory, total: int = 0
) -> Card:
    """Work items, one line each; `empty` helps when there are none."""
    if not items:
        return Card(
            title=title,
            fallback=shorten(f"{title}: {empty}", 150),
            blocks=(Block((Plain(empty, dim=True),)),),
        )
    blocks = [Block(_row(item, directory)) for item in items[:MAX_ROWS]]
    hidden = max(total, len(items)) - len(blocks)
    if hidden > 0:
        narrow = "; narrow it with `/ticket find`" if isinstance(items[0], Ticket) else ""
        blocks.append(Block((Plain(f"… and {hidden} more{narrow}.", dim=True),)))
    actions = tuple(_open_button(item) for item in items[:5])
    return Card(
        title=title,
        fallback=f"{title}: {max(total, len(items))}",
        blocks=tuple(blocks),
        actions=actions,
    )


def _open_button(item: AnyItem) -> Action:
    return button("show", item.number, item.number)


def _row(item: AnyItem, directory: Directory) -> Runs:
    if isinstance(item, Incident):
        state = f"{SEVERITY[item.severity][0]} · {INCIDENT_STATUS[item.status]}"
    else:
        state = f"{ticket_word(item)} · {item.priority}"
    holder = directory.name_of(item.assignee) if item.assignee else "nobody yet"
    words = f" {shorten(titled(item), 80)} · {state} · {holder} · "
    return (Plain(item.number, bold=True), Plain(words), *_time(item))


def _time(item: AnyItem) -> Runs:
    """The time that matters most about it."""
    if isinstance(item, Ticket) and item.snoozed_until is not None:
        return (Plain("💤 until "), When(item.snoozed_until))
    if isinstance(item, Ticket) and item.due_at is not None:
        return (Plain("due "), When(item.due_at, relative=True))
    return (Plain("since "), When(item.created_at, relative=True))


def history_card(
    item: AnyItem,
    entries: Sequence[TimelineEntry],
    directory: Directory,
    links: Mapping[int, str],
) -> Card:
    """The timeline of a work item, the newest lines when there are many; `links` lead from
    messages to where they were said.
    """
    shown = entries[-60:]
    blocks = (
        [Block((Plain(f"… {len(entries) - len(shown)} earlier", dim=True),))]
        if (len(entries) > len(shown))
        else []
    )
    blocks += [
        Block((When(e.at), Plain("  "), *tell(directory, e), *_said(e.event, links))) for e in shown
    ]
    return Card(
        title=f"History of {item.number}",
        number=item.number,
        fallback=f"History of {item.number}: {len(entries)} entries",
        blocks=tuple(blocks),
    )


def _said(event: Event, links: Mapping[int, str]) -> Runs:
    match event:
        case NoteAdded(message=id_) | MessagePinned(message=id_) | ReplySent(message=id_):
            return (Plain(" · "), Link("where it was said", links[id_])) if id_ in links else ()
        case _:
            return ()


def duty_card(duties: Sequence[Duty], directory: Directory, *, following: bool) -> Card:
    """Who is on call (or who comes next) for every schedule."""
    title = "Next on call" if following else "On call now"
    if not duties:
        words = "No schedule yet. Add one under [schedules] in the configuration."
        return Card(title=title, fallback=words, blocks=(Block((Plain(words, dim=True),)),))
    fields = tuple(
        Field(duty.schedule.name, _shift(duty.next if following else duty.now, duty, directory))
        for duty in duties
    )
    return Card(title=title, fallback=title, fields=fields)


def _shift(shift: Shift | None, duty: Duty, directory: Directory) -> Runs:
    if shift is None:
        following = (Plain(" until "), When(duty.next.start)) if duty.next is not None else ()
        return (Plain("⚠️ nobody"), *following)
    name = Plain(directory.name_of(shift.person), bold=True)
    if shift is not duty.now:
        return (name, Plain(" from "), When(shift.start), Plain(" until "), When(shift.end))
    if duty.changes_at is None:
        return (name,)
    return (name, Plain(" until "), When(shift.end), *_after(shift, duty.next, directory))


def _after(shift: Shift, following: Shift | None, directory: Directory) -> Runs:
    """Who has it after the shift; a gap is named as what it is."""
    if following is None:
        return (Plain(" · ⚠️ then nobody"),)
    name = directory.name_of(following.person)
    if following.start == shift.end:
        return (Plain(f" · then {name}"),)
    return (Plain(" · ⚠️ then nobody until "), When(following.start), Plain(f" ({name})"))


def lines_card(title: str, lines: Sequence[str], *, tone: Tone = Tone.INFO) -> Card:
    """Plain lines under a title."""
    return Card(
        title=title,
        fallback=shorten(f"{title}: {' '.join(lines)}", 150),
        tone=tone,
        blocks=tuple(Block((Plain(line),)) for line in lines),
    )
